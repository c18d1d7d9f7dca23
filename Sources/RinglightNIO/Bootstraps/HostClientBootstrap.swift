import NIOCore

/// Makes client connections from a host: `ClientBootstrap` for a card.
public final class HostClientBootstrap: NIOClientTCPBootstrapProtocol {
    private let loop: HostEventLoop
    private var initializer: @Sendable (any Channel) -> EventLoopFuture<Void>
    private var handlers: (@Sendable () -> [any ChannelHandler])?
    private var options = ChannelOptions.Storage()
    private var timeout = TimeAmount.seconds(10)
    private var resolver: HostResolver?
    private var local: SocketAddress?

    /// - Precondition: `group` is a `HostEventLoopGroup` or its loop.
    public convenience init(group: any EventLoopGroup) { self.init(requireHostLoop(of: group)) }

    /// `nil` for a group that is not a `HostEventLoopGroup` or its loop.
    public convenience init?(validatingGroup group: any EventLoopGroup) {
        guard let loop = hostLoop(of: group) else { return nil }
        self.init(loop)
    }

    private init(_ loop: HostEventLoop) {
        self.loop = loop
        initializer = { $0.eventLoop.makeSucceededVoidFuture() }
        // As SwiftNIO's own.
        options.append(key: .tcpOption(.tcp_nodelay), value: 1)
    }

    /// Sets up the connection's channel, before it connects.
    public func channelInitializer(_ handler: @escaping @Sendable (any Channel) -> EventLoopFuture<Void>) -> Self {
        initializer = handler
        return self
    }

    /// Handlers in front of those of the initializer.
    ///
    /// - Precondition: they are set once.
    public func protocolHandlers(_ handlers: @escaping @Sendable () -> [any ChannelHandler]) -> Self {
        precondition(self.handlers == nil, "protocol handlers can only be set once")
        self.handlers = handlers
        return self
    }

    public func channelOption<Option: ChannelOption>(_ option: Option, value: Option.Value) -> Self {
        options.append(key: option, value: value)
        return self
    }

    /// How long a connection may take to come about; 10 seconds unless said otherwise.
    public func connectTimeout(_ timeout: TimeAmount) -> Self {
        self.timeout = timeout
        return self
    }

    /// Who finds the addresses of names. Without one there are only addresses.
    public func resolver(_ resolver: HostResolver?) -> Self {
        self.resolver = resolver
        return self
    }

    /// The local address of the connection.
    public func bind(to address: SocketAddress) -> Self {
        local = address
        return self
    }

    /// Connects to an address, or, with a resolver, to the first address of a name that answers.
    public func connect(host: String, port: Int) -> EventLoopFuture<any Channel> { connect(host, port, wrap) }

    public func connect(to address: SocketAddress) -> EventLoopFuture<any Channel> { connect([address], wrap) }

    private var wrap: @Sendable (any Channel) -> EventLoopFuture<any Channel> { { $0.eventLoop.makeSucceededFuture($0) } }

    /// - Returns: a failure: there are no UNIX sockets on a card.
    public func connect(unixDomainSocketPath: String) -> EventLoopFuture<any Channel> {
        loop.makeFailedFuture(SocketAddressError.unsupported)
    }

    /// Connects.
    ///
    /// - Returns: what the initializer made of the channel.
    public func connect<Output: Sendable>(
        host: String, port: Int, channelInitializer: @escaping @Sendable (any Channel) -> EventLoopFuture<Output>
    ) async throws -> Output {
        try await connect(host, port, channelInitializer).get()
    }

    /// Connects.
    ///
    /// - Returns: what the initializer made of the channel.
    public func connect<Output: Sendable>(
        to address: SocketAddress, channelInitializer: @escaping @Sendable (any Channel) -> EventLoopFuture<Output>
    ) async throws -> Output {
        try await connect([address], channelInitializer).get()
    }

    private func connect<Output: Sendable>(
        _ host: String, _ port: Int, _ prepare: @escaping @Sendable (any Channel) -> EventLoopFuture<Output>
    ) -> EventLoopFuture<Output> {
        let attempt = attempt(prepare)
        return resolve(host, port, resolver, on: loop).flatMap { Self.connect($0, attempt) }
    }

    private func connect<Output: Sendable>(
        _ addresses: [SocketAddress], _ prepare: @escaping @Sendable (any Channel) -> EventLoopFuture<Output>
    ) -> EventLoopFuture<Output> {
        Self.connect(addresses, attempt(prepare))
    }

    /// One after the other, until one answers.
    private static func connect<Output: Sendable>(
        _ addresses: [SocketAddress], _ attempt: @escaping @Sendable (SocketAddress) -> EventLoopFuture<Output>
    ) -> EventLoopFuture<Output> {
        let first = attempt(addresses[0])
        guard addresses.count > 1 else { return first }
        return first.flatMapError { _ in connect(Array(addresses.dropFirst()), attempt) }
    }

    /// One connection with the settings of now.
    private func attempt<Output: Sendable>(
        _ prepare: @escaping @Sendable (any Channel) -> EventLoopFuture<Output>
    ) -> @Sendable (SocketAddress) -> EventLoopFuture<Output> {
        let (loop, options, initializer, handlers, local, timeout) = (loop, options, initializer, handlers, local, timeout)
        return { address in
            start(on: loop, { HostTCPChannel($0) }, options: options) { channel in
                let bound = local.map { channel.bind(to: $0) } ?? loop.makeSucceededVoidFuture()
                return bound.flatMap { initializer(channel) }.flatMapThrowing {
                    if let handlers { try channel.pipeline.syncOperations.addHandlers(handlers(), position: .first) }
                }.flatMap { prepare(channel) }
            } begin: { channel in
                let connected = loop.makePromise(of: Void.self)
                channel.connect(to: address, promise: connected)
                let timer = loop.scheduleTask(in: timeout) {
                    connected.fail(ChannelError.connectTimeout(timeout))
                    channel.close(promise: nil)
                }
                connected.futureResult.whenComplete { _ in timer.cancel() }
                return connected.futureResult
            }
        }
    }
}

@available(*, unavailable)
extension HostClientBootstrap: Sendable {}
