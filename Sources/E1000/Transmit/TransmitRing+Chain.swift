import CVolatile
import DeviceAccess

/// What became of a chain that was to be sent.
public enum ChainTransmitResult: ~Copyable {
    /// It is on the ring; the card sends it after `TransmitRing.commit`.
    case queued
    /// There are not enough free descriptors for all of it, so none was used: try again after a `reclaim` that took something
    /// back. The chain comes back.
    case full(PacketChain)
    /// It cannot be sent as it is. The chain comes back.
    case refused(PacketChain, TransmitRefusal)
}

extension TransmitRing {
    /// Puts a frame in several buffers on the ring, or a payload that the card cuts into segments; the card sees it after `commit`.
    ///
    /// Each part takes a descriptor, and what the card must know first takes one where it differs from what the card knows.
    /// Either all of them fit, or nothing is written.
    ///
    /// - Parameters:
    ///   - chain: the frame; comes back where it cannot be queued.
    ///   - offload: what the card does to it.
    ///   - pool: where the chain is from; a chain of another pool traps.
    public mutating func append(
        _ chain: consuming PacketChain, offload: TransmitOffload = .none, from pool: borrowing PacketPool
    ) -> ChainTransmitResult {
        pool.check(chain)
        if let why = refusal(of: chain, offload) { return .refused(chain, why) }
        let context = offload.context(length: chain.length)
        let news = context == cardContext ? nil : context
        let needed = UInt32(chain.count) + (news == nil ? 0 : 1)
        guard needed <= room else { return .full(chain) }
        if let news {
            write(news.offsets, news.word, buffer: Self.noBuffer, [.continues])
            cardContext = news
        }
        let bits = offload.command
        while let (offset, length) = chain.unlinkFirst() {
            let isLast = chain.count == 0
            let word = UInt64(length) | bits | (isLast ? UInt64(command) : TransmitDescriptor.IFCS)
            write(pool.busAddress(offset), word, buffer: offset, isLast ? [] : [.continues])
        }
        extra += needed - 1
        if needed > 1 { isMixed = true }
        return .queued
    }

    /// Puts a frame in one buffer on the ring, with a tag for the card to insert.
    ///
    /// - Parameters:
    ///   - packet: the frame, without a tag; comes back where it cannot be queued. Refused as well without
    ///     `Configuration.stripsVLANTags`: one bit of the card, CTRL.VME, does both.
    ///   - vlanTag: priority, CFI and VLAN as on the wire.
    ///   - pool: where the packet is from; a packet of another pool traps.
    public mutating func append(_ packet: consuming Packet, vlanTag: UInt16, from pool: borrowing PacketPool) -> TransmitResult {
        let length = packet.length
        guard tail != unused else { return .full(packet) }
        guard offers.contains(.vlan), length > 0, length <= maximumFrame else { return .refused(packet) }
        let offset = pool.take(packet)
        let tag = TransmitDescriptor.VLE | TransmitDescriptor.special(vlanTag)
        write(pool.busAddress(offset), UInt64(length | command) | tag, buffer: offset, [])
        return .queued
    }

    private mutating func write(_ first: UInt64, _ second: UInt64, buffer: UInt32, _ mark: DescriptorMarks) {
        let descriptor = unsafe memory.base + Int(tail) &* TransmitDescriptor.size
        unsafe volatile_store_u64(descriptor, first)
        unsafe volatile_store_u64(descriptor + 8, second)
        unsafe buffers[Int(tail)] = buffer
        unsafe marks[Int(tail)] = mark
        tail = next(tail)
    }

    private func refusal(of chain: borrowing PacketChain, _ offload: TransmitOffload) -> TransmitRefusal? {
        var isWhole = chain.count > 0
        chain.forEachBuffer { _, length in if length == 0 { isWhole = false } }
        guard isWhole else { return .empty }
        if let why = offload.refusal(length: chain.length, longest: Int(longest(chain, offload)), offers: offers) { return why }
        let needed = chain.count + (offload.context(length: chain.length) == nil ? 0 : 1)
        return needed < Int(count) ? nil : .tooManyParts
    }

    /// Bytes that a frame with these headers may have; the card's tag comes on top.
    private func longest(_ chain: borrowing PacketChain, _ offload: TransmitOffload) -> UInt32 {
        let isTagged = offload.vlanTag == nil && chain.length >= 14 && chain.big16(at: 12) == FrameLength.tagProtocol
        return isTagged ? maximumFrame + FrameLength.tag : maximumFrame
    }
}
