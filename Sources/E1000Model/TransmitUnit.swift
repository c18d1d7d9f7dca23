/// What the transmitter holds between descriptors.
struct TransmitState: Sendable {
    /// The frame so far.
    var bytes: [UInt8] = []
    /// Second word of the frame's first descriptor, if that is an extended one: its options hold for the frame.
    var options: UInt64?
    var context = TransmitContext()
}

extension ModelCard {
    var transmitRing: RingIndices? { RingIndices(count: self[.TDLEN] / 16, head: self[.TDH], tail: self[.TDT]) }
    private var transmitBase: UInt64 { UInt64(self[.TDBAH]) << 32 | UInt64(self[.TDBAL]) }

    /// Takes descriptors off the ring while the transmitter may run (3.4): enabled, a link or a loopback, and no pause.
    mutating func runTransmitter(memory: inout some BusMemory) {
        guard self[.TDT] < max(1, self[.TDLEN] / 16) else {
            if !isHalted { halt(.beyondRing(register: .TDT, value: self[.TDT])) }
            return
        }
        var worked = false
        while self[.TCTL] & TCTLBits.EN != 0, canAccessMemory, !faults.transmitterHangs, isLinkUp || isLoopback, !isPaused,
            var ring = transmitRing, ring.owned > 0 {
            let address = transmitBase + UInt64(ring.head) * 16
            guard let buffer = memory.loadWord(at: address), let word = memory.loadWord(at: address + 8) else {
                return halt(.illegalRead(address: address, count: 16))
            }
            guard process(buffer, word, memory: &memory) else { return }
            ring.advanceHead()
            self[.TDH] = ring.head
            worked = true
            if word & TransmitBits.RS != 0 {
                schedule(
                    faults.transmitDone, address: address + 8, word: word | TransmitBits.DD | faults.transmitNoise,
                    isReceive: false, isDelayed: word & TransmitBits.IDE != 0, length: 0, memory: &memory)
            }
        }
        if worked { interrupts.raise(ModelCause.TXQE) }
    }

    /// - Returns: false when the card had to stop.
    private mutating func process(_ buffer: UInt64, _ word: UInt64, memory: inout some BusMemory) -> Bool {
        let isExtended = word & TransmitBits.DEXT != 0
        if isExtended, word >> 20 & 0xf == 0 {
            transmitter.context = TransmitContext(offsets: buffer, word: word)
            return true
        }
        let length = Int(word & (isExtended ? 0xfffff : 0xffff))
        if length > 0 {
            if self[.RCTL] & RCTLBits.EN != 0, receiver.buffers.overlaps(buffer, count: length) {
                violations.append(.sentFromReceiveBuffer(address: buffer))
            }
            guard let bytes = memory.load(length, at: buffer) else {
                halt(.illegalRead(address: buffer, count: length))
                return false
            }
            if transmitter.bytes.isEmpty { transmitter.options = isExtended ? word : nil }
            transmitter.bytes += bytes
        }
        guard word & TransmitBits.EOP != 0 else { return true }
        let frame = transmitter.bytes
        let options = transmitter.options
        (transmitter.bytes, transmitter.options) = ([], nil)
        for part in parts(of: frame, options: options, last: word) { emit(part, word, memory: &memory) }
        return true
    }

    /// The frames that a packet becomes: one with its checksums, or the segments of a large one.
    private mutating func parts(of frame: [UInt8], options: UInt64?, last: UInt64) -> [[UInt8]] {
        guard let options else {
            // Legacy: checksum from CSS to the end, at CSO (3.3.3).
            guard last & TransmitBits.IC_TSE != 0 else { return [frame] }
            return [withChecksum(frame, start: Int(last >> 40 & 0xff), field: Int(last >> 16 & 0xff), end: 0, flips: faults.checksumFlips)]
        }
        if options & TransmitBits.IC_TSE != 0 {
            count(.TSCTC)
            return transmitter.context.segments(of: frame, options: options, faults: faults)
        }
        return [transmitter.context.withChecksums(frame, options: options, faults: faults)]
    }

    /// One frame leaves: tag, padding, CRC; to the wire, or back.
    private mutating func emit(_ frame: [UInt8], _ word: UInt64, memory: inout some BusMemory) {
        var frame = frame
        var hasGoodCRC = true
        if word & TransmitBits.IFCS == 0, frame.count > Self.crcLength {
            // Software's own CRC.
            let body = Array(frame.dropLast(Self.crcLength))
            hasGoodCRC = frameCheckSequence(body) == Array(frame.suffix(Self.crcLength))
            frame = body
        } else {
            if word & TransmitBits.VLE != 0, self[.CTRL] & CTRLBits.VME != 0, frame.count >= 12 {
                let (type, tag) = (self[.VET], UInt32(truncatingIfNeeded: word >> 48))
                frame.insert(contentsOf: [type >> 8, type, tag >> 8, tag].map { UInt8(truncatingIfNeeded: $0) }, at: 12)
            }
            if self[.TCTL] & TCTLBits.PSP != 0, frame.count < 60 { frame += [UInt8](repeating: 0, count: 60 - frame.count) }
        }
        guard !frame.isEmpty else { return }
        countSent(frame)
        if isLoopback {
            frame[frame.count - 1] ^= faults.loopbackFlips
            receive(frame, hasGoodCRC: hasGoodCRC, memory: &memory)
        } else {
            transmitted.append(frame)
        }
    }
}
