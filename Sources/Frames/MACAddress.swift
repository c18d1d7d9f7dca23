/// A 48-bit Ethernet address (IEEE 802: EUI-48).
public struct MACAddress: Hashable, Sendable {
    /// The address as a number: the first byte on the wire is the most significant of the six.
    public let rawValue: UInt64

    /// - Parameter rawValue: bits above the 48th are dropped.
    public init(rawValue: UInt64) { self.rawValue = rawValue & 0xffff_ffff_ffff }

    /// Six bytes in wire order; `nil` for any other number of them.
    public init?(_ bytes: some Collection<UInt8>) {
        guard bytes.count == 6 else { return nil }
        rawValue = bytes.reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// All stations: ff:ff:ff:ff:ff:ff.
    public static let broadcast = MACAddress(rawValue: 0xffff_ffff_ffff)
    /// 00:00:00:00:00:00: "not known" in ARP, never a station.
    public static let zero = MACAddress(rawValue: 0)

    /// The six bytes in wire order.
    public var bytes: [UInt8] { (0..<6).map { UInt8(truncatingIfNeeded: rawValue >> (40 - 8 * $0)) } }
    /// The group bit: a multicast or the broadcast address.
    public var isMulticast: Bool { rawValue & 0x0100_0000_0000 != 0 }
    /// All stations.
    public var isBroadcast: Bool { self == .broadcast }
    /// The local bit: not given by a manufacturer.
    public var isLocallyAdministered: Bool { rawValue & 0x0200_0000_0000 != 0 }

    init(_ span: RawSpan, at offset: Int) {
        rawValue = UInt64(span.big16(offset)) << 32 | UInt64(span.big32(offset + 2))
    }
}

extension MACAddress: LosslessStringConvertible {
    /// Six pairs of hexadecimal digits, separated by `:` or all by `-`.
    public init?(_ text: String) {
        let parts = text.split(separator: text.contains("-") ? "-" : ":", omittingEmptySubsequences: false)
        guard parts.count == 6 else { return nil }
        var value: UInt64 = 0
        for part in parts {
            guard part.utf8.count == 2, part.utf8.allSatisfy({ hexValue($0) != nil }), let byte = UInt8(part, radix: 16) else {
                return nil
            }
            value = value << 8 | UInt64(byte)
        }
        rawValue = value
    }

    public var description: String { bytes.map { hex($0, digits: 2) }.joined(separator: ":") }
}

extension MACAddress: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let address = MACAddress(text) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "\(text): not a MAC address")
        }
        self = address
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
