import NIOCore

/// Echo over UDP: the data of a datagram goes back to where it came from (RFC 862).
///
/// Two services that answer everything, set on each other by one forged datagram, would talk for ever: what comes from the port
/// of such a service (echo 7, daytime 13, quote of the day 17, chargen 19, time 37), or from port 0, is not answered. A
/// datagram that comes while the channel is not writable is lost, as UDP's may be.
public final class DatagramEchoHandler: ChannelInboundHandler {
    public typealias InboundIn = AddressedEnvelope<ByteBuffer>
    public typealias OutboundOut = AddressedEnvelope<ByteBuffer>

    private static let neverAnswered: Set<Int> = [0, 7, 13, 17, 19, 37]

    /// Datagrams that were answered, and those that were not.
    public private(set) var answered = 0
    public private(set) var dropped = 0

    public init() {}

    public func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let datagram = Self.unwrapInboundIn(data)
        guard context.channel.isWritable, let port = datagram.remoteAddress.port, !Self.neverAnswered.contains(port) else {
            dropped += 1
            return
        }
        answered += 1
        let answer = AddressedEnvelope(remoteAddress: datagram.remoteAddress, data: datagram.data)
        context.write(Self.wrapOutboundOut(answer), promise: nil)
    }

    public func channelReadComplete(context: ChannelHandlerContext) {
        context.flush()
        context.fireChannelReadComplete()
    }

    /// One datagram's failure (its peer's port is closed) is no reason to stop answering the others.
    public func errorCaught(context: ChannelHandlerContext, error: any Error) {
        dropped += 1
    }
}

@available(*, unavailable)
extension DatagramEchoHandler: Sendable {}
