import NIOCore
import Synchronization

/// The last handler of a pipeline: writes down what comes.
final class Recorder: ChannelInboundHandler, Sendable {
    typealias InboundIn = ByteBuffer

    let events = Events()
    private let bytes = Mutex<[UInt8]>([])
    /// Reads are counted, and are not events.
    private let keepsReads: Bool

    init(keepsReads: Bool = false) { self.keepsReads = keepsReads }

    var received: [UInt8] { bytes.withLock { $0 } }
    var text: String { String(decoding: received, as: UTF8.self) }

    func channelRegistered(context: ChannelHandlerContext) { events.add("registered") }
    func channelUnregistered(context: ChannelHandlerContext) { events.add("unregistered") }
    func channelActive(context: ChannelHandlerContext) {
        events.add("active")
        context.fireChannelActive()
    }
    func channelInactive(context: ChannelHandlerContext) { events.add("inactive") }
    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let buffer = unwrapInboundIn(data)
        bytes.withLock { $0 += buffer.readableBytesView }
        events.add("read \(received.count)")
    }
    func channelReadComplete(context: ChannelHandlerContext) { if keepsReads { events.add("complete") } }
    func channelWritabilityChanged(context: ChannelHandlerContext) { events.add("writable \(context.channel.isWritable)") }
    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) { events.add("\(event)") }
    func errorCaught(context: ChannelHandlerContext, error: any Error) { events.add("error \(name(of: error))") }
    func handlerRemoved(context: ChannelHandlerContext) { events.add("removed") }

    /// Waits until so many bytes have come.
    func wait(forBytes count: Int, line: Int = #line) throws {
        try events.wait(line: line) { [self] _ in received.count >= count }
    }

    /// All but reads.
    var others: [String] { events.all.filter { !$0.hasPrefix("read ") } }
}

/// An error in a word: the same on both sides.
func name(of error: (any Error)?) -> String {
    switch error {
    case nil: "none"
    case let error as IOError: "errno \(error.errnoCode)"
    case let error?: "\(error)"
    }
}

/// Sends back what comes.
final class Echo: ChannelInboundHandler, Sendable {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    func channelRead(context: ChannelHandlerContext, data: NIOAny) { context.write(data, promise: nil) }
    func channelReadComplete(context: ChannelHandlerContext) { context.flush() }
    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}

/// As `Echo`, of datagrams.
final class DatagramEcho: ChannelInboundHandler, Sendable {
    typealias InboundIn = AddressedEnvelope<ByteBuffer>
    typealias OutboundOut = AddressedEnvelope<ByteBuffer>

    func channelRead(context: ChannelHandlerContext, data: NIOAny) { context.writeAndFlush(data, promise: nil) }
}
