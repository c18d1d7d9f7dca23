import Glibc
import NIOCore

/// Options of a socket (socket(7), tcp(7)), kept until there is one: the stack makes it when its address family is known.
struct SocketSettings {
    enum Kind { case stream, listener, datagram }

    let kind: Kind
    var reuseAddress = false
    var noDelay = false
    var keepAlive = false
    var broadcast = false
    /// Hops of what is sent to a group (ip(7), IP_MULTICAST_TTL).
    var multicastHops: UInt8 = 1
    /// Seconds that a close may last; 0: a reset. `nil`: in the background.
    var linger: Int32?

    init(_ kind: Kind) { self.kind = kind }

    /// Of an accepted connection: its listener's, as Linux does it.
    init(inherited listener: SocketSettings) {
        kind = .stream
        (noDelay, keepAlive, linger, reuseAddress) = (listener.noDelay, listener.keepAlive, listener.linger, listener.reuseAddress)
    }

    /// - Throws: `ChannelError.operationUnsupported` for what this stack has not.
    mutating func set(_ level: NIOBSDSocket.OptionLevel, _ name: NIOBSDSocket.Option, _ value: Any) throws {
        if level == .socket, name == .so_linger, kind != .datagram, let value = value as? NIOLinger {
            linger = value.l_onoff == 0 ? nil : value.l_linger
            return
        }
        guard let number = (value as? any BinaryInteger).map({ Int($0) }) else { throw ChannelError.operationUnsupported }
        switch (level, name) {
        case (.socket, .so_reuseaddr): reuseAddress = number != 0
        case (.socket, .so_keepalive) where kind != .datagram: keepAlive = number != 0
        case (.tcp, .tcp_nodelay) where kind != .datagram: noDelay = number != 0
        case (.socket, .so_broadcast) where kind == .datagram: broadcast = number != 0
        case (.ip, .ip_multicast_ttl) where kind == .datagram:
            guard let hops = UInt8(exactly: number) else { throw IOError(errnoCode: EINVAL, reason: "setsockopt") }
            multicastHops = hops
        default: throw ChannelError.operationUnsupported
        }
    }

    /// - Throws: `ChannelError.operationUnsupported` for what this stack has not.
    func get(_ level: NIOBSDSocket.OptionLevel, _ name: NIOBSDSocket.Option) throws -> any Sendable {
        switch (level, name) {
        case (.socket, .so_reuseaddr): reuseAddress ? 1 : 0
        case (.socket, .so_keepalive) where kind != .datagram: keepAlive ? 1 : 0
        case (.tcp, .tcp_nodelay) where kind != .datagram: noDelay ? 1 : 0
        case (.socket, .so_broadcast) where kind == .datagram: broadcast ? 1 : 0
        case (.ip, .ip_multicast_ttl) where kind == .datagram: Int(multicastHops)
        case (.socket, .so_linger) where kind != .datagram: NIOLinger(l_onoff: linger == nil ? 0 : 1, l_linger: linger ?? 0)
        default: throw ChannelError.operationUnsupported
        }
    }
}
