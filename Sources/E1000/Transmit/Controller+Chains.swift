import DeviceAccess

extension Controller {
    /// A chain without parts, to which packets are appended.
    public func chain() -> PacketChain { pool.chain() }

    /// A chain of one packet.
    public func chain(_ packet: consuming Packet) -> PacketChain { pool.chain(packet) }

    /// A chain with a copy of some bytes, in as many buffers as they need; `PacketPool.chain(copying:headerLength:)`.
    public mutating func chain(copying bytes: RawSpan, headerLength: Int = 0) -> PacketChain? {
        pool.chain(copying: bytes, headerLength: headerLength)
    }

    /// A chain with a copy of an array's bytes: as the copy of a span.
    public mutating func chain(copying bytes: [UInt8], headerLength: Int = 0) -> PacketChain? {
        pool.chain(copying: bytes, headerLength: headerLength)
    }

    /// Whether a frame of so many bytes could be copied and put on the ring now, without an offload.
    public func hasRoom(for length: Int) -> Bool {
        let parts = PacketPool.buffers(for: length)
        return parts <= freePackets && parts <= Int(freeDescriptors)
    }

    /// Gives the packets of a chain back unsent.
    public mutating func put(_ chain: consuming PacketChain) { pool.put(chain) }

    /// Puts a frame in several buffers on the transmit ring, whole or not at all, with the card's work on it;
    /// the card sees it after `commit`.
    public mutating func append(_ chain: consuming PacketChain, offload: TransmitOffload = .none) -> ChainTransmitResult {
        transmitRing.append(chain, offload: offload, from: pool)
    }

    /// Puts a frame on the transmit ring, with a tag for the card to insert; needs `Configuration.stripsVLANTags`.
    public mutating func append(_ packet: consuming Packet, vlanTag: UInt16) -> TransmitResult {
        transmitRing.append(packet, vlanTag: vlanTag, from: pool)
    }
}
