import NIOCore
import NIOPosix
import Testing

extension Channels {
    @Suite("NIOAsyncChannel")
    struct AsyncTests {
        @Test("A server in structured concurrency", arguments: Side.here)
        func server(side: Side) async throws {
            let world = try World(side)
            defer { world.close() }
            let server = try await world.server().bind(
                to: SocketAddress(ipAddress: world.address, port: 0), serverBackPressureStrategy: nil
            ) { channel in
                channel.eventLoop.makeCompletedFuture { try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel) }
            }
            let recorders = (0..<3).map { _ in Recorder() }
            for recorder in recorders {
                world.peerClient().channelInitializer { $0.pipeline.addHandler(recorder) }.connect(to: server.channel.localAddress!)
                    .whenSuccess { $0.writeAndFlush(bytes("world"), promise: nil) }
            }
            try await server.executeThenClose { connections in
                var served = 0
                for try await connection in connections {
                    try await connection.executeThenClose { inbound, outbound in
                        try await outbound.write(bytes("hello "))
                        for try await buffer in inbound {
                            try await outbound.write(buffer)
                            break
                        }
                    }
                    served += 1
                    if served == recorders.count { break }
                }
            }
            for recorder in recorders {
                try recorder.events.wait(for: "removed")
                #expect(recorder.text == "hello world")
            }
        }

        @Test("A client in structured concurrency, with half a connection", arguments: Side.here)
        func client(side: Side) async throws {
            let world = try World(side)
            defer { world.close() }
            let server = try await world.peerServer().childChannelOption(.allowRemoteHalfClosure, value: true)
                .childChannelInitializer { $0.pipeline.addHandlers([Echo(), EndsWithPeer()]) }.bind(host: world.peerAddress, port: 0).get()
            let client = try await world.client().connect(to: server.localAddress!) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(
                        wrappingChannelSynchronously: channel, configuration: .init(isOutboundHalfClosureEnabled: true))
                }
            }
            let data = DataTests.data(500_000)
            let back = try await client.executeThenClose { inbound, outbound in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask {
                        for start in stride(from: 0, to: data.count, by: 5000) {
                            try await outbound.write(ByteBuffer(bytes: data[start..<start + 5000]))
                        }
                        outbound.finish()
                    }
                    var back: [UInt8] = []
                    for try await buffer in inbound { back += buffer.readableBytesView }
                    try await group.waitForAll()
                    return back
                }
            }
            #expect(difference(back, data) == nil)
            try await server.close().get()
        }
    }
}

/// Ends a connection when the peer has ended its half, and everything was written: a close would drop it.
private final class EndsWithPeer: ChannelInboundHandler, Sendable {
    typealias InboundIn = Never
    typealias OutboundOut = ByteBuffer

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard event as? ChannelEvent == .inputClosed else { return }
        context.writeAndFlush(wrapOutboundOut(ByteBuffer())).assumeIsolated().whenComplete { _ in context.close(promise: nil) }
    }
}
