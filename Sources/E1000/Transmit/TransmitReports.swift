import CVolatile
import DeviceAccess

/// What a descriptor is beside one whole frame that the card reports.
struct DescriptorMarks: OptionSet {
    let rawValue: UInt8
    /// More of the same frame follows.
    static let continues = DescriptorMarks(rawValue: 1 << 0)
    /// Reported, on a ring where not each frame is.
    static let reported = DescriptorMarks(rawValue: 1 << 1)
    /// Its buffer is not given back to the pool: it is lent.
    static let lent = DescriptorMarks(rawValue: 1 << 2)
}

// Where a frame takes several descriptors, or not each frame is reported (RS): the card works in order, so that one
// reported descriptor stands for all before it.
extension TransmitRing {
    /// In `buffers`: a descriptor that sends none.
    static var noBuffer: UInt32 { .max }

    private func isReported(_ position: UInt32) -> Bool {
        let marks = unsafe marks[Int(position)]
        return reportEvery > 1 ? marks.contains(.reported) : !marks.contains(.continues)
    }

    private func isDone(_ position: UInt32) -> Bool {
        unsafe volatile_load_u64(memory.base + Int(position) &* TransmitDescriptor.size + 8) & TransmitDescriptor.DD != 0
    }

    /// Asks for reports of what is about to be the card's: one for so many descriptors, at the end of a frame, and one for the last,
    /// so that all of it is taken back without anything being sent after it.
    mutating func markReports() {
        var position = committed
        while position != tail {
            let left = tail >= position ? tail &- position : tail &+ count &- position
            position = skip(min(reportEvery, left) - 1, from: position)
            // A frame is appended whole, so it ends before the tail.
            while unsafe marks[Int(position)].contains(.continues) { position = next(position) }
            let word = unsafe memory.base + Int(position) &* TransmitDescriptor.size + 8
            unsafe volatile_store_u64(word, volatile_load_u64(word) | TransmitDescriptor.RS)
            unsafe marks[Int(position)].insert(.reported)
            position = next(position)
        }
    }

    private func skip(_ distance: UInt32, from position: UInt32) -> UInt32 {
        let sum = position &+ distance
        return sum >= count ? sum &- count : sum
    }

    /// `reclaim` of a ring where frames have several descriptors, or no report of their own.
    @inline(never) @usableFromInline
    mutating func reclaimReported(into pool: inout PacketPool) -> UInt32 {
        var done: UInt32 = 0
        search: while head != committed {
            var report = head
            while !isReported(report) {
                report = next(report)
                if report == committed { break search }
            }
            guard isDone(report) else { break }
            done += release(upTo: next(report), into: &pool)
        }
        isMixed = reportEvery > 1 || extra > 0 || lentPending > 0
        return done
    }

    /// Takes all buffers back; only after the transmitter was disabled.
    /// - Returns: frames that the card did not report done.
    mutating func abandon(into pool: inout PacketPool) -> UInt32 {
        let lost = release(upTo: tail, into: &pool)
        committed = tail
        isMixed = reportEvery > 1
        // A reset card has forgotten.
        cardContext = nil
        return lost
    }

    /// Frees the descriptors from the head on, and gives their buffers back.
    /// - Returns: frames that end among them.
    // Part of its callers: of the rare functions the packet path may refer to one, and to nothing beyond it.
    @inline(__always)
    private mutating func release(upTo end: UInt32, into pool: inout PacketPool) -> UInt32 {
        var frames: UInt32 = 0
        while head != end {
            let position = Int(head)
            let offset = unsafe buffers[position]
            if unsafe marks[position].contains(.lent) {
                lentPending -= 1
                lentDone += 1
            } else if offset != Self.noBuffer {
                pool.putOffset(offset)
            }
            if unsafe marks[position].contains(.continues) { extra -= 1 } else { frames += 1 }
            unsafe marks[position] = []
            head = next(head)
        }
        unused = head == 0 ? count &- 1 : head &- 1
        return frames
    }

    /// Bytes on the ring that the card has not reported done, those of segments not multiplied by their headers.
    var pendingBytes: UInt64 {
        var total: UInt64 = 0
        var position = head
        while position != tail {
            if unsafe buffers[Int(position)] != Self.noBuffer {
                total += unsafe volatile_load_u64(memory.base + Int(position) &* TransmitDescriptor.size + 8) & 0xffff
            }
            position = next(position)
        }
        return total
    }
}
