import NIOCore

/// Prepares each accepted connection before it goes on through the server's pipeline.
final class AcceptHandler: ChannelInboundHandler {
    typealias InboundIn = HostTCPChannel
    typealias InboundOut = HostTCPChannel

    private let initializer: @Sendable (any Channel) -> EventLoopFuture<Void>
    private let options: ChannelOptions.Storage

    init(_ initializer: @escaping @Sendable (any Channel) -> EventLoopFuture<Void>, _ options: ChannelOptions.Storage) {
        (self.initializer, self.options) = (initializer, options)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is ChannelShouldQuiesceEvent { context.channel.close(promise: nil) }
        context.fireUserInboundEventTriggered(event)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let child = unwrapInboundIn(data)
        let initializer = initializer
        options.applyAllChannelOptions(to: child).flatMap {
            initializer(child)
        }.flatMapThrowing {
            guard child.parent?.isActive ?? false else { throw ChannelError.ioOnClosedChannel }
        }.assumeIsolated().whenComplete { result in
            switch result {
            case .success:
                context.fireChannelRead(Self.wrapInboundOut(child))
            case .failure(let error):
                child.close(promise: nil)
                context.fireErrorCaught(error)
            }
        }
    }
}
