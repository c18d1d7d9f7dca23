/// An IPv4 packet: a view over its bytes (RFC 791, 3.1). Nothing is copied; a field is read when it is asked for.
public struct IPv4Packet: ~Escapable {
    /// From the header's start to the packet's end, or to where a capture cut it. Ethernet's padding is no part of it.
    public let bytes: RawSpan
    /// Bytes of the header, options included: 20...60.
    public let headerLength: Int
    /// Bytes of the packet by its own account: `headerLength`...65535.
    public let totalLength: Int

    /// Bytes of a header without options.
    public static let minimumHeaderLength = 20

    /// Bytes that have been checked before: a view of them was made by another initialiser.
    ///
    /// - Precondition: `bytes` holds the whole header; what does not is a trap, never a read outside.
    @_lifetime(copy bytes)
    public init(unchecked bytes: RawSpan) {
        headerLength = Int(bytes.byte(0) & 0x0f) * 4
        totalLength = Int(bytes.big16(2))
        self.bytes = bytes.extracting(..<min(totalLength, bytes.byteCount))
    }

    /// The packet at the start of these bytes; padding may follow. `nil` when it is not whole, or its header cannot be true.
    /// The checksum is not looked at: see `hasGoodChecksum`.
    @_lifetime(copy bytes)
    public init?(checking bytes: RawSpan) {
        guard let packet = try? Self(header: bytes), packet.isWhole else { return nil }
        self = packet
    }

    /// The packet whose header, at least, is at the start of these bytes: the rest may have been cut by a capture.
    @_lifetime(copy bytes)
    public init(header bytes: RawSpan) throws(HeaderFault) {
        guard bytes.byteCount >= Self.minimumHeaderLength else { throw .cut }
        let headerLength = Int(bytes.byte(0) & 0x0f) * 4
        guard bytes.byte(0) >> 4 == 4 else { throw .bad("version \(bytes.byte(0) >> 4)") }
        guard headerLength >= Self.minimumHeaderLength else { throw .bad("header length \(headerLength)") }
        guard Int(bytes.big16(2)) >= headerLength else { throw .bad("total length \(bytes.big16(2))") }
        guard bytes.byteCount >= headerLength else { throw .cut }
        self.init(unchecked: bytes)
    }

    /// All bytes are there.
    public var isWhole: Bool { bytes.byteCount == totalLength }
    /// The upper six bits are the class of service (RFC 2474), the lower two congestion notification (RFC 3168).
    public var serviceType: UInt8 { bytes.byte(1) }
    /// Tells the fragments of one packet from those of another (RFC 6864).
    public var identification: UInt16 { bytes.big16(4) }
    /// DF: a router must not cut it.
    public var dontFragment: Bool { bytes.big16(6) & 0x4000 != 0 }
    /// MF: it is not the last fragment.
    public var moreFragments: Bool { bytes.big16(6) & 0x2000 != 0 }
    /// Where the payload belongs in that of the whole packet, in bytes.
    public var fragmentOffset: Int { Int(bytes.big16(6) & 0x1fff) * 8 }
    /// It is a piece of a packet, not the whole.
    public var isFragment: Bool { moreFragments || fragmentOffset > 0 }
    /// Routers that it may still pass.
    public var timeToLive: UInt8 { bytes.byte(8) }
    /// What it carries.
    public var type: IPProtocol { IPProtocol(rawValue: bytes.byte(9)) }
    /// Over the header.
    public var checksum: UInt16 { bytes.big16(10) }
    /// Who sends it.
    public var source: IPv4Address { IPv4Address(rawValue: bytes.big32(12)) }
    /// Whom it is for.
    public var destination: IPv4Address { IPv4Address(rawValue: bytes.big32(16)) }
    /// Bytes that the packet carries by its own account.
    public var payloadLength: Int { totalLength - headerLength }

    /// The bytes that it carries, as far as they are there.
    public var payload: RawSpan {
        @_lifetime(copy self) get { bytes.extracting(headerLength...) }
    }

    /// The options, padding included; 0...40 bytes.
    public var options: RawSpan {
        @_lifetime(copy self) get { bytes.extracting(Self.minimumHeaderLength..<headerLength) }
    }

    /// The header is as it was sent.
    public var hasGoodChecksum: Bool { InternetChecksum.of(bytes.extracting(..<headerLength)) == 0 }
}

extension IPv4Packet {
    /// A packet without options, not to be cut into fragments, its checksum right.
    ///
    /// `identification`: may be anything, since the packet will not be cut (RFC 6864, 4.1).
    /// `payload`: at most 65,515 bytes.
    public static func bytes(
        from source: IPv4Address, to destination: IPv4Address, carrying type: IPProtocol, identification: UInt16 = 0,
        timeToLive: UInt8 = 64, payload: [UInt8]
    ) -> [UInt8] {
        let total = minimumHeaderLength + payload.count
        precondition(total <= UInt16.max, "an IPv4 packet has 65,535 bytes at most, this one \(total)")
        var packet: [UInt8] = [0x45, 0]
        packet.reserveCapacity(total)
        packet.appendBig(UInt16(total))
        packet.appendBig(identification)
        packet.appendBig(0x4000 as UInt16)
        packet += [timeToLive, type.rawValue, 0, 0]
        packet.appendBig(source.rawValue)
        packet.appendBig(destination.rawValue)
        packet.putBig(InternetChecksum.of(packet), at: 10)
        packet += payload
        return packet
    }
}
