import NIOCore
import NIOEmbedded

/// The end of a pipeline that takes bytes only when a test says so, as a channel whose peer does not read: writable until 64 KiB
/// wait, and again when 32 KiB or fewer do.
final class Narrow: ChannelOutboundHandler {
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private var waiting: [(data: ByteBuffer, promise: EventLoopPromise<Void>?)] = []
    /// Bytes that wait, and the most that ever did.
    private(set) var bytes = 0
    private(set) var most = 0
    private(set) var reads = 0
    /// Takes everything at once.
    var isOpen = false

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let buffer = Self.unwrapOutboundIn(data)
        if isOpen { return context.write(data, promise: promise) }
        waiting.append((buffer, promise))
        bytes += buffer.readableBytes
        most = max(most, bytes)
        if bytes > 65536 { set(writable: false, context) }
    }

    func read(context: ChannelHandlerContext) {
        reads += 1
        context.read()
    }

    /// Lets the oldest buffers through, this many.
    func take(_ channel: EmbeddedChannel, _ count: Int = .max) throws {
        // Of a channel that is closed, what waits is lost.
        guard channel.isActive else { return drop() }
        let context = try channel.pipeline.syncOperations.context(handler: self)
        for _ in 0..<min(count, waiting.count) where !waiting.isEmpty {
            let (data, promise) = waiting.removeFirst()
            bytes -= data.readableBytes
            context.writeAndFlush(Self.wrapOutboundOut(data), promise: promise)
            if bytes <= 32768 { set(writable: true, context) }
        }
    }

    private func drop() {
        for (_, promise) in waiting { promise?.fail(ChannelError.ioOnClosedChannel) }
        (waiting, bytes) = ([], 0)
    }

    private func set(writable: Bool, _ context: ChannelHandlerContext) {
        guard let channel = context.channel as? EmbeddedChannel, channel.isWritable != writable else { return }
        channel.isWritable = writable
        context.fireChannelWritabilityChanged()
    }
}

extension EmbeddedChannel {
    /// Everything that was written since the last look.
    func output() throws -> [UInt8] {
        var bytes: [UInt8] = []
        while let buffer = try readOutbound(as: ByteBuffer.self) { bytes += buffer.readableBytesView }
        return bytes
    }

    func text() throws -> String { String(decoding: try output(), as: UTF8.self) }

    func type(_ text: String) throws {
        // Of a connection that is closed already, nothing arrives.
        guard isActive else { return }
        try writeInbound(ByteBuffer(string: text))
    }

    func activate() throws {
        connect(to: try SocketAddress(ipAddress: "192.0.2.1", port: 40000), promise: nil)
    }
}
