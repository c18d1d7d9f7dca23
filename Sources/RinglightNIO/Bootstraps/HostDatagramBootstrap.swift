import NIOCore

/// Makes datagram channels on a host: `DatagramBootstrap` for a card.
public final class HostDatagramBootstrap {
    private let loop: HostEventLoop
    private var initializer: @Sendable (any Channel) -> EventLoopFuture<Void>
    private var options = ChannelOptions.Storage()

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
    }

    /// Sets up the channel, before it is bound.
    public func channelInitializer(_ handler: @escaping @Sendable (any Channel) -> EventLoopFuture<Void>) -> Self {
        initializer = handler
        return self
    }

    public func channelOption<Option: ChannelOption>(_ option: Option, value: Option.Value) -> Self {
        options.append(key: option, value: value)
        return self
    }

    /// Takes a port.
    ///
    /// - Parameters:
    ///   - host: an address of the host; `0.0.0.0`: all of IPv4, `::`: all of both families.
    ///   - port: 0: the stack chooses.
    public func bind(host: String, port: Int) -> EventLoopFuture<any Channel> { begin(Result { try literalAddress(host, port) }, .bind, wrap) }

    public func bind(to address: SocketAddress) -> EventLoopFuture<any Channel> { begin(.success(address), .bind, wrap) }

    /// Takes any port, and speaks with one peer.
    public func connect(host: String, port: Int) -> EventLoopFuture<any Channel> {
        begin(Result { try literalAddress(host, port) }, .connect, wrap)
    }

    public func connect(to address: SocketAddress) -> EventLoopFuture<any Channel> { begin(.success(address), .connect, wrap) }

    /// Takes a port.
    ///
    /// - Returns: what the initializer made of the channel.
    public func bind<Output: Sendable>(
        host: String, port: Int, channelInitializer: @escaping @Sendable (any Channel) -> EventLoopFuture<Output>
    ) async throws -> Output {
        try await begin(Result { try literalAddress(host, port) }, .bind, channelInitializer).get()
    }

    public func bind<Output: Sendable>(
        to address: SocketAddress, channelInitializer: @escaping @Sendable (any Channel) -> EventLoopFuture<Output>
    ) async throws -> Output {
        try await begin(.success(address), .bind, channelInitializer).get()
    }

    /// Takes any port, and speaks with one peer.
    ///
    /// - Returns: what the initializer made of the channel.
    public func connect<Output: Sendable>(
        host: String, port: Int, channelInitializer: @escaping @Sendable (any Channel) -> EventLoopFuture<Output>
    ) async throws -> Output {
        try await begin(Result { try literalAddress(host, port) }, .connect, channelInitializer).get()
    }

    public func connect<Output: Sendable>(
        to address: SocketAddress, channelInitializer: @escaping @Sendable (any Channel) -> EventLoopFuture<Output>
    ) async throws -> Output {
        try await begin(.success(address), .connect, channelInitializer).get()
    }

    private enum Way { case bind, connect }

    private var wrap: @Sendable (any Channel) -> EventLoopFuture<any Channel> { { $0.eventLoop.makeSucceededFuture($0) } }

    private func begin<Output: Sendable>(
        _ address: Result<SocketAddress, any Error>, _ way: Way, _ prepare: @escaping @Sendable (any Channel) -> EventLoopFuture<Output>
    ) -> EventLoopFuture<Output> {
        let initializer = initializer
        do {
            let address = try address.get()
            return start(on: loop, { HostDatagramChannel($0) }, options: options) { channel in
                initializer(channel).flatMap { prepare(channel) }
            } begin: { channel in
                way == .bind ? channel.bind(to: address) : channel.connect(to: address)
            }
        } catch {
            return loop.makeFailedFuture(error)
        }
    }
}

@available(*, unavailable)
extension HostDatagramBootstrap: Sendable {}
