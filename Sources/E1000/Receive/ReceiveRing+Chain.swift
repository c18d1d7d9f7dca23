import CVolatile
import DeviceAccess

// Frames that need several buffers (3.2.1): all descriptors of one but the last have full buffers and no EOP; length,
// errors and the rest are in the last.
extension ReceiveRing {
    /// What is at the head of the ring.
    private enum Front {
        case nothing
        /// The first descriptors of a frame whose others are not done yet.
        case beginning
        case frame(parts: UInt32, status: UInt32)
        /// Descriptors that make no frame; `ends`: with its last one.
        case bad(parts: UInt32, ends: Bool)
    }

    /// More descriptors than the longest frame needs: one, for a last buffer that had nothing but the CRC, which was stripped.
    private var mostParts: UInt32 { min(longestFrame / UInt32(PacketPool.bufferSize) + 1, count) }

    /// True when `next` or `nextChain` would get on: a frame is there with all its buffers, or one that is bad.
    var isReady: Bool {
        let first = status(head)
        guard first.isDone else { return false }
        guard !first.isEndOfPacket, !skipping, mostParts > 1 else { return true }
        if case .beginning = front() { return false }
        return true
    }

    /// Frames on the ring with all their descriptors, good or bad.
    var waitingFrames: UInt32 {
        var position = head
        var frames: UInt32 = 0
        for _ in 0..<waiting {
            if status(position).isEndOfPacket { frames += 1 }
            position = position &+ 1 == count ? 0 : position &+ 1
        }
        return frames
    }

    private func front() -> Front {
        let size = UInt32(PacketPool.bufferSize)
        var position = head
        var length: UInt32 = 0
        for parts in 1...mostParts {
            let descriptor = status(position)
            guard descriptor.isDone else { return parts == 1 ? .nothing : .beginning }
            guard descriptor.length <= size else { return .bad(parts: parts, ends: descriptor.isEndOfPacket) }
            length += descriptor.length
            if descriptor.isEndOfPacket {
                let isGood = descriptor.word & ReceiveDescriptor.frameErrors == 0 && 1...longestFrame ~= length
                return isGood ? .frame(parts: parts, status: descriptor.status) : .bad(parts: parts, ends: true)
            }
            guard descriptor.length == size else { return .bad(parts: parts, ends: false) }
            position = position &+ 1 == count ? 0 : position &+ 1
        }
        return .bad(parts: mostParts, ends: false)
    }

    /// The next frame, in as many buffers as it has; `nil` when none is there as a whole, or when the pool has too few buffers to
    /// put in their place (`refillMisses`): it stays on the ring then.
    mutating func nextChain(from pool: inout PacketPool) -> PacketChain? {
        while true {
            guard !skipping else {
                guard skipRest(in: pool) else { return nil }
                continue
            }
            switch front() {
            case .nothing, .beginning:
                return nil
            case .bad(let parts, let ends):
                bad &+= 1
                skipping = !ends
                for _ in 0..<parts { giveBack(in: pool) }
            case .frame(let parts, let status):
                guard pool.available >= Int(parts) else {
                    misses &+= 1
                    return nil
                }
                return exchange(parts: parts, status: status, from: &pool)
            }
        }
    }

    /// Hands the buffers at the head out, and puts fresh ones in their place.
    private mutating func exchange(parts: UInt32, status chainStatus: UInt32, from pool: inout PacketPool) -> PacketChain {
        // The buffers' bytes are read only after the status that promises them.
        dma_load_fence()
        var chain = PacketChain(pool.chains, status: chainStatus)
        for _ in 0..<parts {
            let length = status(head).length
            // Nothing but a stripped CRC was in it.
            guard length > 0, let fresh = pool.getOffset() else {
                giveBack(in: pool)
                continue
            }
            chain.link(unsafe buffers[Int(head)], length: length)
            arm(head, fresh, in: pool)
            advance()
        }
        return chain
    }

    /// Passes over the rest of a bad frame.
    /// - Returns: false when its end is not there yet.
    private mutating func skipRest(in pool: borrowing PacketPool) -> Bool {
        while skipping {
            let descriptor = status(head)
            guard descriptor.isDone else { return false }
            skipping = !descriptor.isEndOfPacket
            giveBack(in: pool)
        }
        return true
    }

    /// The card was reset, and is told of every descriptor anew. Of a frame that it had begun the rest does not come any more: what
    /// came is given back, so that the next frame is not taken for its end. So is what was reported behind a descriptor that never
    /// was: the card starts over before it.
    mutating func restart(in pool: borrowing PacketPool) {
        unreported = 0
        var position = position
        while position != head {
            let last = position == 0 ? count &- 1 : position &- 1
            if status(last).isEndOfPacket { break }
            position = last
        }
        if position == head { skipping = false }
        let kept = position >= head ? position &- head : position &+ count &- head
        for distance in kept..<count {
            let empty = (head &+ distance) % count
            arm(empty, unsafe buffers[Int(empty)], in: pool)
        }
    }

    /// Gives the descriptor at the head back with the buffer that it has.
    private mutating func giveBack(in pool: borrowing PacketPool) {
        arm(head, unsafe buffers[Int(head)], in: pool)
        advance()
    }
}

extension Controller {
    /// The next received frame, in one buffer or several; `nil` when none is there as a whole. After a batch, `commit` gives the
    /// descriptors back to the card.
    ///
    /// Frames longer than a buffer come this way only (`Configuration.maximumFrame`): `receive` drops them, and counts them bad.
    public mutating func receiveChain() -> PacketChain? { receiveRing.nextChain(from: &pool) }
}
