/// A 128-bit Internet address (RFC 4291).
public struct IPv6Address: Hashable, Sendable {
    /// The address as a number: the first byte on the wire is the most significant one.
    public let rawValue: UInt128

    public init(rawValue: UInt128) { self.rawValue = rawValue }

    /// Sixteen bytes in wire order; `nil` for any other number of them.
    public init?(_ bytes: some Collection<UInt8>) {
        guard bytes.count == 16 else { return nil }
        rawValue = bytes.reduce(0) { $0 << 8 | UInt128($1) }
    }

    init(_ span: RawSpan, at offset: Int) {
        rawValue = UInt128(UInt64(span.big32(offset)) << 32 | UInt64(span.big32(offset + 4))) << 64
            | UInt128(UInt64(span.big32(offset + 8)) << 32 | UInt64(span.big32(offset + 12)))
    }

    /// `::`: "not known yet" (2.5.2).
    public static let any = IPv6Address(rawValue: 0)
    /// `::1` (2.5.3).
    public static let loopback = IPv6Address(rawValue: 1)
    /// `ff02::1`: all nodes of the link (2.7.1).
    public static let allNodes = IPv6Address(rawValue: 0xff02 << 112 | 1)
    /// `ff02::2`: all routers of the link (2.7.1).
    public static let allRouters = IPv6Address(rawValue: 0xff02 << 112 | 2)

    /// The sixteen bytes in wire order.
    public var bytes: [UInt8] { (0..<16).map { UInt8(truncatingIfNeeded: rawValue >> UInt128(120 - 8 * $0)) } }

    /// `ff00::/8` (2.7).
    public var isMulticast: Bool { rawValue >> 120 == 0xff }
    /// `fe80::/10`: good on its own link only (2.5.6).
    public var isLinkLocal: Bool { rawValue >> 118 == 0x3fa }

    /// The address that an IPv4-mapped one, `::ffff:a.b.c.d`, stands for (2.5.5.2).
    public var mappedIPv4: IPv4Address? {
        rawValue >> 32 == 0xffff ? IPv4Address(rawValue: UInt32(truncatingIfNeeded: rawValue)) : nil
    }

    /// The group in which a neighbour is asked for that has this address: `ff02::1:ffXX:XXXX` (2.7.1).
    public var solicitedNode: IPv6Address { IPv6Address(rawValue: 0xff02 << 112 | 0x1_ff00_0000 | rawValue & 0xff_ffff) }

    /// The Ethernet group that carries a multicast address: `33:33` and its last four bytes (RFC 2464, 7).
    public var multicastMAC: MACAddress { MACAddress(rawValue: 0x3333_0000_0000 | UInt64(truncatingIfNeeded: rawValue & 0xffff_ffff)) }

    /// The link-local address that a station forms from its own address (RFC 2464, 4 and 5: modified EUI-64).
    public static func linkLocal(_ mac: MACAddress) -> IPv6Address {
        let identifier = (mac.rawValue >> 24 ^ 0x02_0000) << 40 | 0xff_fe00_0000 | mac.rawValue & 0xff_ffff
        return IPv6Address(rawValue: 0xfe80 << 112 | UInt128(identifier))
    }
}

extension IPv6Address: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let address = IPv6Address(text) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "\(text): not an IPv6 address")
        }
        self = address
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
