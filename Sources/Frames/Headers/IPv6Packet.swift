/// An IPv6 packet: a view over its bytes (RFC 8200, 3). What follows the fixed header is found by `upperLayer()`.
public struct IPv6Packet: ~Escapable {
    /// From the header's start to the packet's end, or to where a capture cut it.
    public let bytes: RawSpan
    /// Bytes after the fixed header by the packet's own account, extension headers included: 0...65535.
    ///
    /// Jumbograms (RFC 2675) are not known here: they say 0.
    public let payloadLength: Int

    /// Bytes of the fixed header.
    public static let headerLength = 40

    /// Bytes that have been checked before: a view of them was made by another initialiser.
    ///
    /// - Precondition: `bytes` holds the fixed header; what does not is a trap, never a read outside.
    @_lifetime(copy bytes)
    public init(unchecked bytes: RawSpan) {
        payloadLength = Int(bytes.big16(4))
        self.bytes = bytes.extracting(..<min(Self.headerLength + payloadLength, bytes.byteCount))
    }

    /// The packet at the start of these bytes; padding may follow. `nil` when it is not whole, or its header cannot be true.
    @_lifetime(copy bytes)
    public init?(checking bytes: RawSpan) {
        guard let packet = try? Self(header: bytes), packet.isWhole else { return nil }
        self = packet
    }

    /// The packet whose fixed header, at least, is at the start of these bytes: the rest may have been cut by a capture.
    @_lifetime(copy bytes)
    public init(header bytes: RawSpan) throws(HeaderFault) {
        guard bytes.byteCount >= Self.headerLength else { throw .cut }
        guard bytes.byte(0) >> 4 == 6 else { throw .bad("version \(bytes.byte(0) >> 4)") }
        self.init(unchecked: bytes)
    }

    /// All bytes are there.
    public var isWhole: Bool { bytes.byteCount == Self.headerLength + payloadLength }
    /// The upper six bits are the class of service (RFC 2474), the lower two congestion notification (RFC 3168).
    public var trafficClass: UInt8 { UInt8(truncatingIfNeeded: bytes.big16(0) >> 4) }
    /// 20 bits (RFC 6437).
    public var flowLabel: UInt32 { bytes.big32(0) & 0xf_ffff }
    /// The type of what follows the fixed header: an extension header or the upper layer.
    public var nextHeader: IPProtocol { IPProtocol(rawValue: bytes.byte(6)) }
    /// Routers that it may still pass.
    public var hopLimit: UInt8 { bytes.byte(7) }
    /// Who sends it.
    public var source: IPv6Address { IPv6Address(bytes, at: 8) }
    /// Whom it is for.
    public var destination: IPv6Address { IPv6Address(bytes, at: 24) }

    /// The bytes after the fixed header, as far as they are there.
    public var payload: RawSpan {
        @_lifetime(copy self) get { bytes.extracting(Self.headerLength...) }
    }
}

extension IPv6Packet {
    /// A packet without extension headers.
    ///
    /// `payload`: at most 65,535 bytes.
    public static func bytes(
        from source: IPv6Address, to destination: IPv6Address, carrying type: IPProtocol, hopLimit: UInt8 = 64, payload: [UInt8]
    ) -> [UInt8] {
        precondition(payload.count <= UInt16.max, "an IPv6 packet carries 65,535 bytes at most, this one \(payload.count)")
        var packet: [UInt8] = [0x60, 0, 0, 0]
        packet.reserveCapacity(headerLength + payload.count)
        packet.appendBig(UInt16(payload.count))
        packet += [type.rawValue, hopLimit]
        packet += source.bytes
        packet += destination.bytes
        packet += payload
        return packet
    }
}
