/// Done bits on their way to memory.
extension ModelCard {
    /// Writes a descriptor's second word now, later or never; never before one of its ring that was due earlier.
    mutating func schedule(
        _ when: Faults.WriteBack, address: UInt64, word: UInt64, isReceive: Bool, isDelayed: Bool, length: Int,
        memory: inout some BusMemory
    ) {
        var due = now
        switch when {
        case .atOnce: break
        case .late(let nanoseconds): due += nanoseconds
        case .never: return
        }
        if let last = writeBacks.last(where: { $0.isReceive == isReceive }) { due = max(due, last.due) }
        let writeBack = WriteBack(
            due: due, address: address, word: word, isReceive: isReceive, isDelayed: isDelayed, length: length)
        guard due > now else { return finish(writeBack, memory: &memory) }
        let position = writeBacks.firstIndex { $0.due > due } ?? writeBacks.endIndex
        writeBacks.insert(writeBack, at: position)
    }

    /// The word is in memory: the frame's interrupt is due at once, or after its delay.
    mutating func finish(_ writeBack: WriteBack, memory: inout some BusMemory) {
        guard canAccessMemory else { return }
        guard memory.storeWord(writeBack.word, at: writeBack.address) else {
            return halt(.illegalWrite(address: writeBack.address, count: 8))
        }
        guard writeBack.isReceive else {
            // Without IDE at once, and a delay that runs is over (3.3.3.1).
            if !writeBack.isDelayed { transmitTimers.stop() }
            if !writeBack.isDelayed || transmitTimers.frame(now: now, delay: self[.TIDV], longest: self[.TADV]) {
                interrupts.raise(ModelCause.TXDW)
            }
            return
        }
        // The length is 0 in all descriptors of a frame but its last.
        guard writeBack.length > 0 else { return }
        if self[.RSRPD] > 0, writeBack.length <= Int(self[.RSRPD]) {
            interrupts.raise(ModelCause.SRPD)
            receiveTimers.stop()
        } else if receiveTimers.frame(now: now, delay: self[.RDTR], longest: self[.RADV]) {
            interrupts.raise(ModelCause.RXT0)
        }
    }
}
