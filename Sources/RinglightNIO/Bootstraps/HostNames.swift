import Frames
import HostStack
import NIOCore

/// Finds the addresses of a name, the best first; on the loop that is given, like a DNS client of the card's own host.
/// What the kernel would find (getaddrinfo) is of the kernel's network, not of the card's.
public typealias HostResolver = @Sendable (_ name: String, _ loop: any EventLoop) -> EventLoopFuture<[IPAddress]>

/// A name where only addresses are understood.
public struct HostNameError: Error, Equatable, CustomStringConvertible {
    public let name: String

    public init(name: String) { self.name = name }

    public var description: String { "\(name): not an address, and there is no resolver to ask; give an address, or set a resolver" }
}

/// A port number from 0 to 65535 and an address.
///
/// - Throws: `HostNameError` for a name, `SocketAddressError.unsupported` for a port that is none.
func literalAddress(_ host: String, _ port: Int) throws -> SocketAddress {
    guard let number = UInt16(exactly: port) else { throw SocketAddressError.unsupported }
    guard let address = IPAddress(host) else { throw HostNameError(name: host) }
    return SocketAddress(HostEndpoint(address, port: number))
}

/// - Returns: the addresses of a name or an address, at least one.
func resolve(_ host: String, _ port: Int, _ resolver: HostResolver?, on loop: HostEventLoop) -> EventLoopFuture<[SocketAddress]> {
    guard let resolver, IPAddress(host) == nil else {
        return loop.makeCompletedFuture { [try literalAddress(host, port)] }
    }
    return resolver(host, loop).hop(to: loop).flatMapThrowing { addresses in
        guard let number = UInt16(exactly: port) else { throw SocketAddressError.unsupported }
        guard !addresses.isEmpty else { throw HostNameError(name: host) }
        return addresses.map { SocketAddress(HostEndpoint($0, port: number)) }
    }
}
