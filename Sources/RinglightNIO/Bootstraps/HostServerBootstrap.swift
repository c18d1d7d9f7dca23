import NIOCore

/// Makes server channels on a host: `ServerBootstrap` for a card.
///
/// ```swift
/// let group = HostEventLoopGroup(host)
/// let server = try HostServerBootstrap(group: group)
///     .childChannelInitializer { $0.pipeline.addHandler(Echo()) }
///     .bind(host: "0.0.0.0", port: 7).wait()
/// ```
public final class HostServerBootstrap {
    private let loop: HostEventLoop
    private var serverInitializer: @Sendable (any Channel) -> EventLoopFuture<Void>
    private var childInitializer: @Sendable (any Channel) -> EventLoopFuture<Void>
    private var serverOptions = ChannelOptions.Storage()
    private var childOptions = ChannelOptions.Storage()

    /// - Precondition: `group` is a `HostEventLoopGroup` or its loop.
    public convenience init(group: any EventLoopGroup) { self.init(requireHostLoop(of: group)) }

    /// `nil` for a group that is not a `HostEventLoopGroup` or its loop.
    public convenience init?(validatingGroup group: any EventLoopGroup) {
        guard let loop = hostLoop(of: group) else { return nil }
        self.init(loop)
    }

    private init(_ loop: HostEventLoop) {
        self.loop = loop
        serverInitializer = { $0.eventLoop.makeSucceededVoidFuture() }
        childInitializer = { $0.eventLoop.makeSucceededVoidFuture() }
        // As SwiftNIO's own; accepted connections inherit it.
        serverOptions.append(key: .tcpOption(.tcp_nodelay), value: 1)
    }

    /// Sets up the server channel itself.
    public func serverChannelInitializer(_ initializer: @escaping @Sendable (any Channel) -> EventLoopFuture<Void>) -> Self {
        serverInitializer = initializer
        return self
    }

    /// Sets up each accepted connection.
    public func childChannelInitializer(_ initializer: @escaping @Sendable (any Channel) -> EventLoopFuture<Void>) -> Self {
        childInitializer = initializer
        return self
    }

    public func serverChannelOption<Option: ChannelOption>(_ option: Option, value: Option.Value) -> Self {
        serverOptions.append(key: option, value: value)
        return self
    }

    public func childChannelOption<Option: ChannelOption>(_ option: Option, value: Option.Value) -> Self {
        childOptions.append(key: option, value: value)
        return self
    }

    /// Listens.
    ///
    /// - Parameters:
    ///   - host: an address of the host; `0.0.0.0`: all of IPv4, `::`: all of both families.
    ///   - port: 0: the stack chooses.
    public func bind(host: String, port: Int) -> EventLoopFuture<any Channel> {
        do {
            return bind(to: try literalAddress(host, port))
        } catch {
            return loop.makeFailedFuture(error)
        }
    }

    /// Listens.
    public func bind(to address: SocketAddress) -> EventLoopFuture<any Channel> {
        listen(on: address, backsOff: false) { $0 }
    }

    /// Listens; connections come as an asynchronous sequence of what the initializer makes of them.
    public func bind<Output: Sendable>(
        host: String, port: Int,
        serverBackPressureStrategy: NIOAsyncSequenceProducerBackPressureStrategies.HighLowWatermark? = nil,
        childChannelInitializer: @escaping @Sendable (any Channel) -> EventLoopFuture<Output>
    ) async throws -> NIOAsyncChannel<Output, Never> {
        try await bind(
            to: try literalAddress(host, port), serverBackPressureStrategy: serverBackPressureStrategy,
            childChannelInitializer: childChannelInitializer)
    }

    /// Listens; connections come as an asynchronous sequence of what the initializer makes of them.
    public func bind<Output: Sendable>(
        to address: SocketAddress,
        serverBackPressureStrategy: NIOAsyncSequenceProducerBackPressureStrategies.HighLowWatermark? = nil,
        childChannelInitializer: @escaping @Sendable (any Channel) -> EventLoopFuture<Output>
    ) async throws -> NIOAsyncChannel<Output, Never> {
        try await listen(on: address, backsOff: true) { channel in
            try NIOAsyncChannel<Output, Never>._wrapAsyncChannelWithTransformations(
                wrappingChannelSynchronously: channel, backPressureStrategy: serverBackPressureStrategy,
                channelReadTransformation: childChannelInitializer)
        }.get()
    }

    /// - Parameters:
    ///   - backsOff: stops accepting for a second after an error.
    ///   - wrap: what the caller gets, once the handlers are there.
    private func listen<Output: Sendable>(
        on address: SocketAddress, backsOff: Bool, _ wrap: @escaping @Sendable (any Channel) throws -> Output
    ) -> EventLoopFuture<Output> {
        let (serverInitializer, childInitializer, childOptions) = (serverInitializer, childInitializer, childOptions)
        return start(on: loop, { HostServerChannel($0) }, options: serverOptions) { channel in
            serverInitializer(channel).flatMapThrowing {
                if backsOff { try channel.pipeline.syncOperations.addHandler(AcceptBackoffHandler(shouldForwardIOErrorCaught: false)) }
                try channel.pipeline.syncOperations.addHandler(AcceptHandler(childInitializer, childOptions), name: "AcceptHandler")
                return try wrap(channel)
            }
        } begin: { channel in
            channel.bind(to: address)
        }
    }
}

@available(*, unavailable)
extension HostServerBootstrap: Sendable {}
