import Frames
import HostStack
import NIOCore

extension SocketAddress {
    /// An address and port of the stack's as SwiftNIO's.
    public init(_ endpoint: HostEndpoint) {
        let bytes: ByteBuffer
        switch endpoint.address {
        case .v4(let address): bytes = ByteBuffer(integer: address.rawValue)
        case .v6(let address): bytes = ByteBuffer(bytes: address.bytes)
        }
        guard let address = try? SocketAddress(packedIPAddress: bytes, port: Int(endpoint.port)) else {
            preconditionFailure("4 or 16 bytes are an address")
        }
        self = address
    }
}

extension HostEndpoint {
    /// SwiftNIO's address and port as the stack's; the scope of a link-local one is the card's link.
    ///
    /// - Returns: `nil` for an address that is not of IP.
    public init?(_ address: SocketAddress) {
        guard let port = address.port.flatMap(UInt16.init(exactly:)) else { return nil }
        switch address {
        case .v4:
            // struct sockaddr_in, ip(7): family, port, address.
            let value = address.withSockAddr { native, _ in UnsafeRawPointer(native).load(fromByteOffset: 4, as: UInt32.self) }
            self.init(.v4(IPv4Address(rawValue: UInt32(bigEndian: value))), port: port)
        case .v6:
            // struct sockaddr_in6, ipv6(7): family, port, flow, address, scope.
            let value = address.withSockAddr { native, size in IPv6Address(UnsafeRawBufferPointer(start: native, count: size)[8..<24]) }
            guard let value else { return nil }
            self.init(.v6(value), port: port)
        default:
            return nil
        }
    }

    /// - Throws: `SocketAddressError.unsupported` for an address that is not of IP.
    init(checking address: SocketAddress) throws {
        guard let endpoint = HostEndpoint(address) else { throw SocketAddressError.unsupported }
        self = endpoint
    }
}
