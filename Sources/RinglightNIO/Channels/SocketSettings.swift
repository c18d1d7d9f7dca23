import Glibc
import HostStack
import NIOCore

/// Options of a socket (socket(7), tcp(7)), kept until there is one: the stack makes it when its address family is known.
struct SocketSettings {
    enum Kind { case stream, listener, datagram }

    private(set) var kind: Kind
    var reuseAddress = false
    var noDelay = false
    var keepAlive = false
    var keepAliveTimes = KeepAliveTimes()
    var broadcast = false
    /// Hops of what is sent to a group (ip(7), IP_MULTICAST_TTL).
    var multicastHops: UInt8 = 1
    /// Seconds that a close may last; 0: a reset. `nil`: in the background.
    var linger: Int32?
    /// Whether `::` is IPv6's alone (ipv6(7), IPV6_V6ONLY); `nil`: nobody has said, and it is both families'.
    var isIPv6Only: Bool?
    /// The socket's family, once there is one.
    var isIPv6: Bool?

    init(_ kind: Kind) { self.kind = kind }

    /// Of an accepted connection: its listener's, as Linux does it.
    init(inherited listener: SocketSettings) {
        self = listener
        kind = .stream
    }

    /// - Throws: `ChannelError.operationUnsupported` for what this stack has not.
    mutating func set(_ level: NIOBSDSocket.OptionLevel, _ name: NIOBSDSocket.Option, _ value: Any) throws {
        if level == .socket, name == .so_linger, kind != .datagram, setLinger(value) { return }
        guard let number = (value as? any BinaryInteger).map({ Int($0) }) else { throw ChannelError.operationUnsupported }
        switch (level, name) {
        case (.socket, .so_reuseaddr): reuseAddress = number != 0
        case (.socket, .so_keepalive) where kind != .datagram: keepAlive = number != 0
        case (.tcp, .tcp_nodelay) where kind != .datagram: noDelay = number != 0
        case (.tcp, .keepIdle) where kind != .datagram: keepAliveTimes.idle = UInt16(try Self.checked(number, 1...32_767))
        case (.tcp, .keepInterval) where kind != .datagram: keepAliveTimes.interval = UInt16(try Self.checked(number, 1...32_767))
        case (.tcp, .keepCount) where kind != .datagram: keepAliveTimes.count = UInt8(try Self.checked(number, 1...127))
        case (.ipv6, .ipv6_v6only):
            try checkIsIPv6(ENOPROTOOPT)
            guard isIPv6 == nil else { throw IOError(errnoCode: EINVAL, reason: "IPV6_V6ONLY of a socket that is bound; set it before") }
            isIPv6Only = number != 0
        case (.socket, .so_broadcast) where kind == .datagram: broadcast = number != 0
        case (.ip, .ip_multicast_ttl) where kind == .datagram: multicastHops = UInt8(try Self.checked(number, 0...255))
        default: throw ChannelError.operationUnsupported
        }
    }

    /// As Linux bounds it (tcp(7), ip(7)).
    private static func checked(_ number: Int, _ range: ClosedRange<Int>) throws -> Int {
        guard range.contains(number) else {
            throw IOError(errnoCode: EINVAL, reason: "\(number) for a socket option; it takes \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    /// An option of IPv6 is for a socket of IPv6, or one whose family is not known yet.
    ///
    /// - Parameter code: what Linux says else: one thing of a question, another of a change.
    private func checkIsIPv6(_ code: CInt) throws {
        if isIPv6 == false { throw IOError(errnoCode: code, reason: "IPV6_V6ONLY of a socket of IPv4") }
    }

    /// Before the socket is made.
    ///
    /// - Throws: `ENOPROTOOPT` when an option of IPv6 was set for what turns out to be IPv4: a socket of the kernel's, which has its family
    ///   from the start, says so when it is set.
    func check(isIPv6: Bool) throws {
        guard !isIPv6, isIPv6Only != nil else { return }
        throw IOError(errnoCode: ENOPROTOOPT, reason: "IPV6_V6ONLY of a socket of IPv4; leave it out, or bind to an address of IPv6")
    }

    /// - Throws: `ChannelError.operationUnsupported` for what this stack has not.
    func get(_ level: NIOBSDSocket.OptionLevel, _ name: NIOBSDSocket.Option) throws -> any Sendable {
        if name == .ipv6_v6only, level == .ipv6 { try checkIsIPv6(EOPNOTSUPP) }
        return switch (level, name) {
        case (.socket, .so_reuseaddr): reuseAddress ? 1 : 0
        case (.socket, .so_keepalive) where kind != .datagram: keepAlive ? 1 : 0
        case (.tcp, .tcp_nodelay) where kind != .datagram: noDelay ? 1 : 0
        case (.tcp, .keepIdle) where kind != .datagram: Int(keepAliveTimes.idle)
        case (.tcp, .keepInterval) where kind != .datagram: Int(keepAliveTimes.interval)
        case (.tcp, .keepCount) where kind != .datagram: Int(keepAliveTimes.count)
        case (.ipv6, .ipv6_v6only): isIPv6Only == true ? 1 : 0
        case (.socket, .so_broadcast) where kind == .datagram: broadcast ? 1 : 0
        case (.ip, .ip_multicast_ttl) where kind == .datagram: Int(multicastHops)
        case (.socket, .so_linger) where kind != .datagram: lingerOption
        default: throw ChannelError.operationUnsupported
        }
    }
}

/// Those that SwiftNIO has no names for (tcp(7)).
extension NIOBSDSocket.Option {
    static let keepIdle = Self(rawValue: TCP_KEEPIDLE)
    static let keepInterval = Self(rawValue: TCP_KEEPINTVL)
    static let keepCount = Self(rawValue: TCP_KEEPCNT)
}
