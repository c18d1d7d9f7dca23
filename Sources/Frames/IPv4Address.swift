/// A 32-bit Internet address (RFC 791).
public struct IPv4Address: Hashable, Sendable {
    /// In host order: 10.0.2.15 is 0x0a00020f.
    public let rawValue: UInt32

    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// 0.0.0.0: "not known yet", e.g. the sender of an ARP probe.
    public static let any = IPv4Address(rawValue: 0)
    /// 255.255.255.255: every station of this network (RFC 919).
    public static let broadcast = IPv4Address(rawValue: .max)

    /// A group: 224.0.0.0/4 (RFC 1112, 4).
    public var isMulticast: Bool { rawValue >> 28 == 0xe }
}

extension IPv4Address: LosslessStringConvertible {
    /// Four decimal numbers from 0 to 255, without leading zeros (some programs read those as octal).
    public init?(_ text: String) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var value: UInt32 = 0
        for part in parts {
            guard part.utf8.allSatisfy({ (0x30...0x39).contains($0) }), part == "0" || !part.hasPrefix("0"),
                let byte = UInt8(part)
            else {
                return nil
            }
            value = value << 8 | UInt32(byte)
        }
        rawValue = value
    }

    public var description: String { (0..<4).map { String(rawValue >> (24 - 8 * $0) & 0xff) }.joined(separator: ".") }
}

extension IPv4Address: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let address = IPv4Address(text) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "\(text): not an IPv4 address")
        }
        self = address
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
