import NIOCore

/// Echo over TCP: every byte comes back, in order (RFC 862).
///
/// Holds no more than the channel's own limits: while the channel is not writable nothing is read, so a peer that sends and
/// does not read is slowed down by TCP. When the peer has sent all (a half-close, or a close), what is still to be echoed is
/// echoed, and then the connection is closed.
///
/// With an `IdleStateHandler` in front of it, a connection that has been idle as long as that says is closed.
///
/// Needs a channel with `autoRead`, its default; `allowRemoteHalfClosure` lets a peer close its half and still read the rest.
public final class EchoHandler: ChannelDuplexHandler {
    public typealias InboundIn = ByteBuffer
    public typealias OutboundIn = ByteBuffer
    public typealias OutboundOut = ByteBuffer

    /// The channel wanted to read while it was not writable.
    private var owesRead = false

    public init() {}

    public func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        context.write(data, promise: nil)
    }

    public func channelReadComplete(context: ChannelHandlerContext) {
        context.flush()
        context.fireChannelReadComplete()
    }

    public func read(context: ChannelHandlerContext) {
        if context.channel.isWritable {
            context.read()
        } else {
            owesRead = true
        }
    }

    public func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable && owesRead {
            owesRead = false
            context.read()
        }
        context.fireChannelWritabilityChanged()
    }

    public func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is IdleStateHandler.IdleStateEvent { return context.close(promise: nil) }
        guard case ChannelEvent.inputClosed = event else { return context.fireUserInboundEventTriggered(event) }
        // A close fails what is not yet written: it waits for an empty write behind all others.
        let last = context.eventLoop.makePromise(of: Void.self)
        last.futureResult.assumeIsolated().whenComplete { _ in context.close(promise: nil) }
        context.writeAndFlush(Self.wrapOutboundOut(ByteBuffer()), promise: last)
    }

    public func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}

@available(*, unavailable)
extension EchoHandler: Sendable {}
