import Glibc
import HostStack
import NIOCore
import RinglightNIO
import Synchronization
import ToolSupport

/// Standard input into a channel, a channel into standard output.
///
/// Standard input is read by the tool's own thread; standard output is written by the loop's, which waits for it: the peer's
/// window closes meanwhile, as it should.
final class Plumbing: Sendable {
    private static let chunk = 16_384

    private let group: HostEventLoopGroup
    private let outcome = Mutex<Result<Void, any Error>?>(nil)

    init(_ group: HostEventLoopGroup) { self.group = group }

    /// A connection to a peer, or of the first who connects.
    ///
    /// - Returns: `nil` when the user stopped it.
    func stream(_ remote: SocketAddress?, port: Int, timeout: Double) throws -> (any Channel)? {
        let add: @Sendable (any Channel) -> EventLoopFuture<Void> = { [self] channel in
            channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(Printer(self)) }
        }
        if let remote {
            return try HostClientBootstrap(group: group).connectTimeout(.nanoseconds(Int64(timeout * 1e9)))
                .channelOption(.allowRemoteHalfClosure, value: true).channelInitializer(add).connect(to: remote).wait()
        }
        let accepted = Mutex<(any Channel)?>(nil)
        let server = try HostServerBootstrap(group: group)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelInitializer { channel in
                let isFirst = accepted.withLock { first in
                    guard first == nil else { return false }
                    first = channel
                    return true
                }
                return isFirst ? add(channel) : channel.close()
            }
            .bind(host: "::", port: port).wait()
        defer { try? server.close().wait() }
        Output.note("listening: TCP port \(port)")
        while true {
            if let channel = accepted.withLock({ $0 }) { return channel }
            guard Interruption.sleep(nanoseconds: 5_000_000) else { return nil }
        }
    }

    /// Datagrams to and from a peer; without one, of the first that comes.
    func datagrams(_ remote: SocketAddress?, port: Int) throws -> (any Channel)? {
        let bootstrap = HostDatagramBootstrap(group: group).channelInitializer { [self] channel in
            channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(DatagramPrinter(self, remote)) }
        }
        let channel = try bootstrap.bind(host: "::", port: remote == nil ? port : 0).wait()
        if remote == nil { Output.note("listening: UDP port \(port)") }
        return channel
    }

    /// Carries until both halves have ended, or the user stops it.
    func carry(_ channel: any Channel, isStream: Bool) throws {
        var inputIsOpen = true
        while outcome.withLock({ $0 == nil }) {
            guard inputIsOpen else {
                guard Interruption.sleep(nanoseconds: 5_000_000) else { break }
                continue
            }
            var pollers = [pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0),
                pollfd(fd: Interruption.descriptor, events: Int16(POLLIN), revents: 0)]
            guard poll(&pollers, 2, 50) > 0 else { continue }
            guard !Interruption.requested else { break }
            var buffer = channel.allocator.buffer(capacity: Self.chunk)
            let count = buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: Self.chunk) {
                max(0, read(STDIN_FILENO, $0.baseAddress, Self.chunk))
            }
            if count > 0 {
                // One at a time: what waits for the peer waits in standard input.
                try? channel.writeAndFlush(buffer).wait()
            } else {
                inputIsOpen = false
                if isStream { channel.close(mode: .output, promise: nil) }
            }
        }
        let result = outcome.withLock { $0 }
        try? channel.close().wait()
        try result?.get()
    }

    func end(_ result: Result<Void, any Error>) { outcome.withLock { if $0 == nil { $0 = result } } }

    /// All of a buffer to standard output.
    func show(_ buffer: ByteBuffer) {
        buffer.withUnsafeReadableBytes { bytes in
            var rest = bytes[...]
            while !rest.isEmpty {
                let count = write(STDOUT_FILENO, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
                if count < 0 {
                    if errno == EINTR { continue }
                    return end(errno == EPIPE ? .success(()) : .failure(Problem("standard output", String(cString: strerror(errno)))))
                }
                rest = rest.dropFirst(count)
            }
        }
    }
}

/// A connection's bytes to standard output.
private final class Printer: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    private let plumbing: Plumbing
    init(_ plumbing: Plumbing) { self.plumbing = plumbing }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) { plumbing.show(unwrapInboundIn(data)) }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case ChannelEvent.inputClosed = event { plumbing.end(.success(())) }
        context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) { plumbing.end(.success(())) }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        plumbing.end(.failure(error))
        context.close(promise: nil)
    }
}

/// Datagrams to standard output, and what is written to the peer: that of the command line, or who wrote first.
private final class DatagramPrinter: ChannelDuplexHandler {
    typealias InboundIn = AddressedEnvelope<ByteBuffer>
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = AddressedEnvelope<ByteBuffer>
    private let plumbing: Plumbing
    private var peer: SocketAddress?

    init(_ plumbing: Plumbing, _ peer: SocketAddress?) { (self.plumbing, self.peer) = (plumbing, peer) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let envelope = unwrapInboundIn(data)
        if peer == nil { peer = envelope.remoteAddress }
        if peer == envelope.remoteAddress { plumbing.show(envelope.data) }
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard let peer else {
            // Nobody to write to yet.
            promise?.succeed(())
            return
        }
        context.write(wrapOutboundOut(AddressedEnvelope(remoteAddress: peer, data: unwrapOutboundIn(data))), promise: promise)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // A port that is closed, once: the next datagram may be heard.
        Output.note("\(error)")
    }
}
