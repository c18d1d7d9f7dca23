import Frames

/// Why a message that came was not taken. It changes nothing: another server, or the same one asked again, may do better.
public enum DHCPRefusal: Error, Hashable, Sendable {
    /// Not a DHCP message for an Ethernet station, or one whose options leave their field.
    case malformed
    /// A client's message.
    case notAReply
    /// For another exchange: an old one, or another client's (RFC 2131, 4.1: `xid`).
    case otherTransaction(UInt32)
    /// For another station (`chaddr`).
    case otherStation(MACAddress)
    /// Not what this state waits for (RFC 2131, 4.4, figure 5).
    case unexpected(DHCPMessage.Kind?)
    /// No server identifier, or one that can be no server (RFC 2131, 4.3.1, table 3).
    case noServer
    /// Not from the server that was asked.
    case otherServer(IPv4Address)
    case noLeaseTime
    /// A lease of fewer than `DHCPLease.shortestTime` seconds: nothing but renewals would be done.
    case leaseTooShort(UInt32)
    /// An address that cannot be a host's.
    case badAddress(IPv4Address)
    /// Another address than was asked for.
    case otherAddress(IPv4Address)
    /// A mask that is not ones and then zeros.
    case badMask(IPv4Address)
    /// An option of a length that it cannot have.
    case badOption(DHCPOptionCode)
}

extension DHCPRefusal: CustomStringConvertible {
    public var description: String {
        switch self {
        case .malformed: "a message that is no DHCP for Ethernet, or damaged"
        case .notAReply: "a client's message"
        case .otherTransaction(let transaction): "a reply to another exchange (0x\(String(transaction, radix: 16)))"
        case .otherStation(let station): "a reply for another station (\(station))"
        case .unexpected(let kind): "a reply of a kind that nobody waits for (\(kind.map { "\($0)" } ?? "unknown"))"
        case .noServer: "a reply that does not say which server sent it"
        case .otherServer(let server): "a reply of a server that was not asked (\(server))"
        case .noLeaseTime: "a lease that does not say for how long"
        case .leaseTooShort(let seconds): "a lease for \(seconds) s (at least \(DHCPLease.shortestTime) s are needed)"
        case .badAddress(let address): "a lease of \(address), which no host can have"
        case .otherAddress(let address): "a lease of \(address), which was not asked for"
        case .badMask(let mask): "a lease with \(mask), which is no subnet mask"
        case .badOption(let code): "option \(code) with a length that it cannot have"
        }
    }
}
