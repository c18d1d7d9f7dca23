import Frames
import HostStack
import NIOCore

/// Groups, as on SwiftNIO's own channel, except that a datagram to a group does not come back to its sender's own sockets.
extension HostDatagramChannel: MulticastChannel {
    @available(*, deprecated, message: "use joinGroup(_:device:promise:)")
    public func joinGroup(_ group: SocketAddress, interface: NIONetworkInterface?, promise: EventLoopPromise<Void>?) {
        change(group, interface == nil, promise) { (socket, group) throws(HostError) in try socket.join(group) }
    }

    public func joinGroup(_ group: SocketAddress, device: NIONetworkDevice?, promise: EventLoopPromise<Void>?) {
        change(group, device == nil, promise) { (socket, group) throws(HostError) in try socket.join(group) }
    }

    @available(*, deprecated, message: "use leaveGroup(_:device:promise:)")
    public func leaveGroup(_ group: SocketAddress, interface: NIONetworkInterface?, promise: EventLoopPromise<Void>?) {
        change(group, interface == nil, promise) { (socket, group) throws(HostError) in try socket.leave(group) }
    }

    public func leaveGroup(_ group: SocketAddress, device: NIONetworkDevice?, promise: EventLoopPromise<Void>?) {
        change(group, device == nil, promise) { (socket, group) throws(HostError) in try socket.leave(group) }
    }

    /// - Parameter isOurs: no device of the kernel's was named: this host has one card.
    private func change(
        _ group: SocketAddress, _ isOurs: Bool, _ promise: EventLoopPromise<Void>?,
        _ body: @escaping @Sendable (UDPSocket, IPAddress) throws(HostError) -> Void
    ) {
        guard hostLoop.inEventLoop else { return hostLoop.execute { self.change(group, isOurs, promise, body) } }
        guard isOpen else { promise?.fail(ChannelError.ioOnClosedChannel); return }
        guard state == .active, let socket else { promise?.fail(ChannelError.inappropriateOperationForState); return }
        guard group.isMulticast, let address = HostEndpoint(group)?.address else {
            promise?.fail(ChannelError.illegalMulticastAddress(group))
            return
        }
        // `::` is both families.
        guard localAddress.map({ $0.protocol == group.protocol || $0.ipAddress == "::" }) ?? false else {
            promise?.fail(ChannelError.badMulticastGroupAddressFamily)
            return
        }
        guard isOurs else { promise?.fail(ChannelError.badInterfaceAddressFamily); return }
        do {
            try translated { () throws(HostError) in try body(socket, address) }
            promise?.succeed(())
        } catch {
            promise?.fail(error)
        }
    }
}
