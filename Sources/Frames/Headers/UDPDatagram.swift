/// A UDP datagram: a view over its bytes (RFC 768).
public struct UDPDatagram: ~Escapable {
    /// From the header's start to the datagram's end, or to where a capture cut it.
    public let bytes: RawSpan
    /// Bytes of header and data by the datagram's own account: 8...65535.
    public let length: Int

    /// Bytes before the data.
    public static let headerLength = 8

    /// Bytes that have been checked before: a view of them was made by another initialiser.
    ///
    /// - Precondition: `bytes` holds the header; what does not is a trap, never a read outside.
    @_lifetime(copy bytes)
    public init(unchecked bytes: RawSpan) {
        length = Int(bytes.big16(4))
        self.bytes = bytes.extracting(..<min(length, bytes.byteCount))
    }

    /// The datagram at the start of an IP packet's payload; `nil` when it is not whole, or its header cannot be true.
    @_lifetime(copy bytes)
    public init?(checking bytes: RawSpan) {
        guard let datagram = try? Self(header: bytes), datagram.isWhole else { return nil }
        self = datagram
    }

    /// The datagram whose header, at least, is at the start of these bytes: the rest may have been cut by a capture or into fragments.
    @_lifetime(copy bytes)
    public init(header bytes: RawSpan) throws(HeaderFault) {
        guard bytes.byteCount >= Self.headerLength else { throw .cut }
        guard bytes.big16(4) >= Self.headerLength else { throw .bad("length \(bytes.big16(4))") }
        self.init(unchecked: bytes)
    }

    /// All bytes are there.
    public var isWhole: Bool { bytes.byteCount == length }
    /// The sender's; 0: it wants no answer.
    public var sourcePort: UInt16 { bytes.big16(0) }
    /// The receiver's.
    public var destinationPort: UInt16 { bytes.big16(2) }
    /// 0: the sender made none (over IPv4 only).
    public var checksum: UInt16 { bytes.big16(6) }
    /// Bytes of data by the datagram's own account.
    public var payloadLength: Int { length - Self.headerLength }

    /// The data, as far as they are there.
    public var payload: RawSpan {
        @_lifetime(copy self) get { bytes.extracting(Self.headerLength...) }
    }

    /// The whole datagram is as it was sent, or its sender made no checksum.
    public func hasGoodChecksum(from source: IPv4Address, to destination: IPv4Address) -> Bool {
        var sum = InternetChecksum(from: source, to: destination, carrying: .udp, length: length)
        sum.add(bytes)
        return checksum == 0 || isWhole && sum.isGood
    }

    /// The whole datagram is as it was sent. Over IPv6 a checksum is needed (RFC 8200, 8.1).
    public func hasGoodChecksum(from source: IPv6Address, to destination: IPv6Address) -> Bool {
        var sum = InternetChecksum(from: source, to: destination, carrying: .udp, length: length)
        sum.add(bytes)
        return checksum != 0 && isWhole && sum.isGood
    }
}

extension UDPDatagram {
    /// A datagram in an IPv4 packet, both checksums right.
    ///
    /// `payload`: at most 65,507 bytes.
    public static func packet(
        from source: (address: IPv4Address, port: UInt16), to destination: (address: IPv4Address, port: UInt16),
        identification: UInt16 = 0, timeToLive: UInt8 = 64, payload: [UInt8]
    ) -> [UInt8] {
        let length = headerLength + payload.count
        let sum = InternetChecksum(from: source.address, to: destination.address, carrying: .udp, length: length)
        return IPv4Packet.bytes(
            from: source.address, to: destination.address, carrying: .udp, identification: identification, timeToLive: timeToLive,
            payload: bytes(source.port, destination.port, sum, payload))
    }

    /// A datagram in an IPv6 packet, its checksum right.
    ///
    /// `payload`: at most 65,527 bytes.
    public static func packet(
        from source: (address: IPv6Address, port: UInt16), to destination: (address: IPv6Address, port: UInt16),
        hopLimit: UInt8 = 64, payload: [UInt8]
    ) -> [UInt8] {
        let length = headerLength + payload.count
        let sum = InternetChecksum(from: source.address, to: destination.address, carrying: .udp, length: length)
        return IPv6Packet.bytes(
            from: source.address, to: destination.address, carrying: .udp, hopLimit: hopLimit,
            payload: bytes(source.port, destination.port, sum, payload))
    }

    private static func bytes(_ source: UInt16, _ destination: UInt16, _ pseudoHeader: InternetChecksum, _ payload: [UInt8]) -> [UInt8] {
        let length = headerLength + payload.count
        precondition(length <= UInt16.max, "a UDP datagram has 65,535 bytes at most, this one \(length)")
        var datagram: [UInt8] = []
        datagram.reserveCapacity(length)
        datagram.appendBig(source)
        datagram.appendBig(destination)
        datagram.appendBig(UInt16(length))
        datagram += [0, 0]
        datagram += payload
        var sum = pseudoHeader
        sum.add(datagram)
        // Zero would mean "none": its other form in ones' complement says the same.
        datagram.putBig(sum.value == 0 ? 0xffff : sum.value, at: 6)
        return datagram
    }
}
