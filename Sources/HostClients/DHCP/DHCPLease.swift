import Frames

/// What a DHCP server lends: an address, for a time, and how to use it (RFC 2131, 1.6 and 2.2).
public struct DHCPLease: Hashable, Sendable {
    public let address: IPv4Address
    /// Bits of the subnet's part: 1...32. Where the server said nothing, that of the address's class (RFC 791, 3.2).
    public let prefixLength: Int
    /// Who lends it.
    public let server: IPv4Address
    /// The preferred one first; may be empty.
    public let routers: [IPv4Address]
    public let nameServers: [IPv4Address]
    public let domainName: DNSName?
    /// Bytes of an IP packet, at least `smallestMTU`; `nil`: the server did not say.
    public let mtu: UInt16?
    /// In seconds, from when it was asked for; `nil`: for ever.
    public let duration: UInt32?
    /// T1: when the server is asked for more time, in seconds (4.4.5).
    public let renewalTime: UInt32
    /// T2: when any server is asked, in seconds (4.4.5).
    public let rebindingTime: UInt32

    /// Every host takes packets of this length (RFC 791, 3.1); a smaller MTU is a mistake or malice, and not taken.
    public static let smallestMTU: UInt16 = 576

    /// In seconds. Half of it is T1: a server cannot make the client ask more than once a second.
    public static let shortestTime: UInt32 = 4

    public var mask: IPv4Address { IPv4Address(rawValue: .max << UInt32(32 - prefixLength)) }
}

extension DHCPLease {
    /// Reads a lease out of an offer or an acknowledgement.
    ///
    /// - Throws: `DHCPRefusal` when it makes no sense: nobody could live with it, or it is malice.
    init(_ message: borrowing DHCPMessage) throws(DHCPRefusal) {
        let options = try DHCPOptionValues(message)
        guard let server = options.server, server.isHost else { throw .noServer }
        guard let time = options.leaseTime else { throw .noLeaseTime }
        guard time >= Self.shortestTime else { throw .leaseTooShort(time) }
        let address = message.yourAddress
        guard address.isHost else { throw .badAddress(address) }
        let mask = options.subnetMask ?? IPv4Address(rawValue: .max << UInt32(32 - address.classPrefixLength))
        // Ones, then zeros: what is left, counted up by one, is a power of two.
        guard mask.rawValue != 0, ~mask.rawValue & (~mask.rawValue &+ 1) == 0 else { throw .badMask(mask) }
        let prefixLength = mask.rawValue.nonzeroBitCount
        // The subnet itself and its broadcast are no host's; the two of a point-to-point link are (RFC 3021).
        let host = address.rawValue & ~mask.rawValue
        guard prefixLength >= 31 || host != 0 && host != ~mask.rawValue else { throw .badAddress(address) }
        (self.address, self.prefixLength, self.server) = (address, prefixLength, server)
        routers = options.routers.filter { $0.isHost && $0 != address }
        nameServers = options.nameServers.filter { $0.isHost || $0.isLoopback }
        domainName = options.domainName
        mtu = options.mtu.flatMap { $0 >= Self.smallestMTU ? $0 : nil }
        duration = time == .max ? nil : time
        // 4.4.5: half, and seven eighths. What the server says counts if it comes in this order.
        let (half, most) = (time / 2, UInt32(UInt64(time) * 7 / 8))
        let t2 = options.rebindingTime.flatMap { $0 < time && $0 > 0 ? $0 : nil } ?? most
        let t1 = options.renewalTime.flatMap { $0 <= t2 && $0 > 0 ? $0 : nil } ?? min(half, t2)
        (renewalTime, rebindingTime) = (t1, t2)
    }
}

extension IPv4Address {
    var isLoopback: Bool { rawValue >> 24 == 127 }
    /// Could be a host's: not of "this network" (0/8), the loopback, a group, or reserved (RFC 6890).
    var isHost: Bool { rawValue >> 24 != 0 && !isLoopback && rawValue >> 28 < 0xe }
    /// RFC 791, 3.2: class A, B or C.
    var classPrefixLength: Int { rawValue >> 31 == 0 ? 8 : rawValue >> 30 == 0b10 ? 16 : 24 }
}
