/// A port that a socket has, or wants: which packets it would take. lwIP compares two of one family only.
struct PortClaim {
    enum Kind { case listener, datagrams }

    let kind: Kind
    let local: HostEndpoint
    /// `::` without IPv4.
    let isIPv6Only: Bool
    /// Shares its port with others that would, too (SO_REUSEADDR, socket(7)); listeners never do.
    let reuses: Bool

    private var isDual: Bool { local.address == .anyIPv6 && !isIPv6Only }

    /// Whether there are packets that both would take.
    func collides(with other: PortClaim) -> Bool {
        guard kind == other.kind, local.port == other.local.port, local.port != 0, !(reuses && other.reuses) else { return false }
        guard isDual || other.isDual || local.address.isIPv6 == other.local.address.isIPv6 else { return false }
        return local.address.isAny || other.local.address.isAny || local.address == other.local.address
    }
}
