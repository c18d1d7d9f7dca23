/// What an IP packet carries (IANA, Assigned Internet Protocol Numbers); in IPv6 the "next header" field, which shares the numbers.
public struct IPProtocol: RawRepresentable, Hashable, Sendable {
    public let rawValue: UInt8

    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// Options that each router looks at (RFC 8200, 4.3).
    public static let hopByHopOptions = IPProtocol(rawValue: 0)
    /// RFC 792.
    public static let icmp = IPProtocol(rawValue: 1)
    /// RFC 3376.
    public static let igmp = IPProtocol(rawValue: 2)
    /// RFC 9293.
    public static let tcp = IPProtocol(rawValue: 6)
    /// RFC 768.
    public static let udp = IPProtocol(rawValue: 17)
    /// Routers to pass (RFC 8200, 4.4).
    public static let routing = IPProtocol(rawValue: 43)
    /// A piece of a packet (RFC 8200, 4.5).
    public static let fragment = IPProtocol(rawValue: 44)
    /// Encapsulating security payload (RFC 4303): nothing behind it can be read.
    public static let esp = IPProtocol(rawValue: 50)
    /// Authentication header (RFC 4302).
    public static let authentication = IPProtocol(rawValue: 51)
    /// RFC 4443.
    public static let icmpv6 = IPProtocol(rawValue: 58)
    /// Nothing follows (RFC 8200, 4.7).
    public static let noNextHeader = IPProtocol(rawValue: 59)
    /// Options for the receiver (RFC 8200, 4.6).
    public static let destinationOptions = IPProtocol(rawValue: 60)
    /// Of a host that moves (RFC 6275, 6.1).
    public static let mobility = IPProtocol(rawValue: 135)

    var name: String? {
        switch self {
        case .hopByHopOptions: "hop-by-hop options"
        case .icmp: "ICMP"
        case .igmp: "IGMP"
        case .tcp: "TCP"
        case .udp: "UDP"
        case .routing: "routing"
        case .fragment: "fragment"
        case .esp: "ESP"
        case .authentication: "authentication"
        case .icmpv6: "ICMPv6"
        case .noNextHeader: "no next header"
        case .destinationOptions: "destination options"
        case .mobility: "mobility"
        default: nil
        }
    }
}

extension IPProtocol: CustomStringConvertible {
    /// The number, and its name if it is known here: `17 (UDP)`.
    public var description: String { name.map { "\(rawValue) (\($0))" } ?? "\(rawValue)" }
}
