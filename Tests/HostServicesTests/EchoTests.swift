import HostServices
import NIOCore
import NIOEmbedded
import NIOPosix
import TestSupport
import Testing

@Suite("Echo")
struct EchoTests {
    @Test func `bytes come back, and reading stops while they cannot`() throws {
        let narrow = Narrow()
        let channel = EmbeddedChannel()
        try channel.pipeline.syncOperations.addHandlers([narrow, EchoHandler()])
        try channel.activate()
        try channel.type("hello")
        try narrow.take(channel)
        #expect(try channel.text() == "hello")
        let before = narrow.reads
        channel.read()
        #expect(narrow.reads == before + 1)
        try channel.writeInbound(ByteBuffer(repeating: 7, count: 70_000))
        channel.read()
        #expect(narrow.reads == before + 1, "not writable: no read")
        try narrow.take(channel)
        #expect(narrow.reads == before + 2, "the read that is owed")
        #expect(try channel.output().count == 70_000)
    }

    @Test func `at the input's end the rest is echoed, and then the connection closed`() throws {
        let narrow = Narrow()
        let channel = EmbeddedChannel()
        try channel.pipeline.syncOperations.addHandlers([narrow, EchoHandler()])
        try channel.activate()
        try channel.type("all of it")
        channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        #expect(channel.isActive)
        try narrow.take(channel)
        #expect(try channel.text() == "all of it")
        #expect(!channel.isActive)
    }

    @Test func `who was idle for too long is sent away, with what he did not take`() throws {
        let narrow = Narrow()
        let channel = EmbeddedChannel()
        try channel.pipeline.syncOperations.addHandlers([narrow, EchoHandler()])
        try channel.activate()
        try channel.type("not taken")
        // As the handler that measures it says; that has the real clock.
        channel.pipeline.fireUserInboundEventTriggered(IdleStateHandler.IdleStateEvent.all)
        #expect(!channel.isActive)
    }

    @Test func `four megabytes to a peer that closes its half at once`() throws {
        let server = try listen { try $0.pipeline.syncOperations.addHandler(EchoHandler()) }
        defer { server.close(promise: nil) }
        var random = SplitMix(seed: 7)
        let bytes = (0..<4_194_304).map { _ in UInt8(truncatingIfNeeded: random.next()) }
        let echoed = try Peer(server.localAddress).exchange(bytes)
        #expect(echoed == bytes)
    }

    @Test func `datagrams come back to where they came from, but not to services that would answer`() throws {
        let handler = DatagramEchoHandler()
        let channel = EmbeddedChannel(handler: handler)
        func ask(_ port: Int) throws -> AddressedEnvelope<ByteBuffer>? {
            let peer = try SocketAddress(ipAddress: "192.0.2.7", port: port)
            try channel.writeInbound(AddressedEnvelope(remoteAddress: peer, data: ByteBuffer(string: "x\(port)")))
            return try channel.readOutbound(as: AddressedEnvelope<ByteBuffer>.self)
        }
        let answer = try #require(try ask(4000))
        #expect(answer.remoteAddress.port == 4000 && answer.data == ByteBuffer(string: "x4000"))
        for port in [0, 7, 13, 17, 19, 37] { #expect(try ask(port) == nil) }
        channel.isWritable = false
        #expect(try ask(4001) == nil)
        #expect(handler.answered == 1 && handler.dropped == 7)
    }

    @Test func `a datagram over the loopback, an empty one too`() async throws {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let server = try await DatagramBootstrap(group: loop)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(DatagramEchoHandler()) }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let answers = loop.makePromise(of: [Int].self)
        let client = try await DatagramBootstrap(group: loop)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(Collector(answers)) }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        for size in [0, 1, 1472] {
            try await client.writeAndFlush(AddressedEnvelope(remoteAddress: server.localAddress!, data: ByteBuffer(repeating: 1, count: size)))
        }
        #expect(try await answers.futureResult.get() == [0, 1, 1472])
        try await client.close()
        try await server.close()
    }
}

/// Tells the sizes of the first three datagrams.
private final class Collector: ChannelInboundHandler {
    typealias InboundIn = AddressedEnvelope<ByteBuffer>
    private let promise: EventLoopPromise<[Int]>
    private var sizes: [Int] = []

    init(_ promise: EventLoopPromise<[Int]>) { self.promise = promise }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        sizes.append(Self.unwrapInboundIn(data).data.readableBytes)
        if sizes.count == 3 { promise.succeed(sizes) }
    }
}
