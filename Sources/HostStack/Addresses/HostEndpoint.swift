import CLWIP
import Frames

extension IPAddress {
    public static let anyIPv4 = IPAddress.v4(.any)
    public static let anyIPv6 = IPAddress.v6(.any)

    public var isIPv6: Bool {
        if case .v6 = self { return true }
        return false
    }

    /// A group's (RFC 1112, 4; RFC 4291, 2.7).
    public var isMulticast: Bool {
        switch self {
        case .v4(let address): address.rawValue >> 28 == 0xe
        case .v6(let address): address.bytes[0] == 0xff
        }
    }

    /// No address: all of this host's own, where one is expected.
    public var isAny: Bool { self == .anyIPv4 || self == .anyIPv6 }
}

/// An address and a port of TCP or UDP.
public struct HostEndpoint: Hashable, Sendable, CustomStringConvertible {
    public var address: IPAddress
    /// 0: chosen by the stack, where one is bound.
    public var port: UInt16

    public init(_ address: IPAddress, port: UInt16) { (self.address, self.port) = (address, port) }

    /// `192.0.2.1:80`, `[2001:db8::1]:80`.
    public var description: String { address.isIPv6 ? "[\(address)]:\(port)" : "\(address):\(port)" }
}

// lwIP's own form.
extension IPAddress {
    init(_ address: ip_addr_t) {
        var address = address
        if UInt32(address.type) == IPADDR_TYPE_ANY.rawValue {
            // Both families' any: as `::` is on Linux.
            self = .anyIPv6
        } else if unsafe ringlight_is_ip6(&address) {
            var bytes = [UInt8](repeating: 0, count: 16)
            unsafe ringlight_ip6_bytes(&address, &bytes)
            self = .v6(IPv6Address(bytes) ?? .any)
        } else {
            self = unsafe .v4(IPv4Address(rawValue: ringlight_ip4_value(&address)))
        }
    }

    /// - Parameter netif: the link of an address of link-local scope (RFC 4007, 6).
    func lwip(on netif: UnsafePointer<netif>?) -> ip_addr_t {
        switch self {
        case .v4(let address): ringlight_ip4(address.rawValue)
        case .v6(let address): unsafe ringlight_ip6(address.bytes, netif)
        }
    }

    /// To take a port at: the type that its control block must be of, and the address.
    ///
    /// `isDual`: any IPv6 address (`::`) is any of IPv4 too.
    func binding(on netif: UnsafePointer<netif>?, isDual: Bool) -> (type: UInt8, address: ip_addr_t) {
        if self == .anyIPv6, isDual { return (UInt8(IPADDR_TYPE_ANY.rawValue), ringlight_any_family()) }
        return unsafe (UInt8((isIPv6 ? IPADDR_TYPE_V6 : IPADDR_TYPE_V4).rawValue), lwip(on: netif))
    }
}
