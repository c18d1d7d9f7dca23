/// What an Ethernet frame carries (IEEE 802 Numbers; below 0x0600 the field is a length, IEEE 802.3 3.2.6).
public struct EtherType: RawRepresentable, Hashable, Sendable {
    public let rawValue: UInt16

    public init(rawValue: UInt16) { self.rawValue = rawValue }

    /// RFC 894.
    public static let ipv4 = EtherType(rawValue: 0x0800)
    /// RFC 826.
    public static let arp = EtherType(rawValue: 0x0806)
    /// IEEE 802.1Q customer tag.
    public static let vlan = EtherType(rawValue: 0x8100)
    /// IEEE 802.1ad service tag.
    public static let serviceVLAN = EtherType(rawValue: 0x88a8)
    /// RFC 2464, 3.
    public static let ipv6 = EtherType(rawValue: 0x86dd)
    /// Local experimental EtherType 1 (IEEE 802): free for frames of one's own.
    public static let localExperimental = EtherType(rawValue: 0x88b5)

    /// The field is the payload's length, not a type.
    public var isLength: Bool { rawValue < 0x0600 }

    var name: String? {
        switch self {
        case .ipv4: "IPv4"
        case .arp: "ARP"
        case .vlan: "802.1Q"
        case .serviceVLAN: "802.1Q-QinQ"
        case .ipv6: "IPv6"
        default: nil
        }
    }
}

extension EtherType: LosslessStringConvertible {
    /// `0x88b5`, `88b5`, or one of the names `ipv4`, `ipv6`, `arp`, `vlan`.
    public init?(_ text: String) {
        switch text.lowercased() {
        case "ipv4", "ip": self = .ipv4
        case "ipv6": self = .ipv6
        case "arp": self = .arp
        case "vlan": self = .vlan
        case let lower:
            let digits = lower.hasPrefix("0x") ? lower.dropFirst(2) : lower[...]
            guard (1...4).contains(digits.utf8.count), digits.utf8.allSatisfy({ hexValue($0) != nil }),
                let value = UInt16(digits, radix: 16)
            else { return nil }
            self.init(rawValue: value)
        }
    }

    public var description: String { "0x" + hex(rawValue, digits: 4) }
}
