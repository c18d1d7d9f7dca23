import Glibc
import NIOCore
import NIOPosix
import Testing

extension Channels {
    @Suite("End")
    struct CloseTests {
        @Test("After the end everything fails, and says so", arguments: Side.here)
        func afterwards(side: Side) throws {
            try withWorld(side) { world in
                let channel = try world.pair().tested
                try channel.close().result()
                #expect(channel.close().error() as? ChannelError == .alreadyClosed)
                #expect(channel.writeAndFlush(bytes("x")).error() as? ChannelError == .ioOnClosedChannel)
                #expect(channel.setOption(.autoRead, value: true).error() as? ChannelError == .ioOnClosedChannel)
                #expect(channel.getOption(.autoRead).error() as? ChannelError == .ioOnClosedChannel)
                #expect(channel.localAddress == nil && channel.remoteAddress == nil)
                channel.read()
                channel.flush()
            }
        }

        @Test("What was not flushed fails with the close, in order", arguments: Side.here)
        func unflushed(side: Side) throws {
            try withWorld(side) { world in
                let events = Events()
                let channel = try world.pair().tested
                for number in 0..<3 {
                    channel.write(bytes("x")).whenFailure { events.add("\(number) \($0 as? ChannelError == .alreadyClosed || $0 is ChannelError)") }
                }
                try channel.close().result()
                try events.wait { $0.count == 3 }
                #expect(events.all == ["0 true", "1 true", "2 true"])
            }
        }

        @Test("What was flushed arrives before the end", arguments: Side.here)
        func flushed(side: Side) throws {
            try withWorld(side) { world in
                let pair = try world.pair()
                pair.tested.write(bytes("one "), promise: nil)
                try pair.tested.writeAndFlush(bytes("two")).result()
                try pair.tested.close().result()
                try pair.peer.closeFuture.result()
                #expect(pair.peerRecorder.text == "one two")
                #expect(pair.peerRecorder.others == ["registered", "active", "inactive", "unregistered", "removed"])
            }
        }

        @Test("The peer's reset is an error, and the end; what came before is read", arguments: Side.here, [true, false])
        func reset(side: Side, autoRead: Bool) throws {
            try withWorld(side) { world in
                let pair = try world.pair(tested: { $0.setOption(.autoRead, value: autoRead) })
                try pair.peer.writeAndFlush(bytes("last")).result()
                if autoRead { try pair.recorder.wait(forBytes: 4) }
                try (pair.peer as! any SocketOptionProvider).setSoLinger(linger(l_onoff: 1, l_linger: 0)).result()
                try pair.peer.close().result()
                try pair.tested.closeFuture.result()
                #expect(pair.recorder.others == ["registered", "active", "error errno \(ECONNRESET)", "inactive", "unregistered", "removed"])
                #expect(pair.recorder.text == "last")
            }
        }

        @Test("SO_LINGER of 0 makes the close a reset", arguments: Side.here)
        func linger0(side: Side) throws {
            try withWorld(side) { world in
                let pair = try world.pair()
                let provider = pair.tested as! any SocketOptionProvider
                try provider.setSoLinger(linger(l_onoff: 1, l_linger: 0)).result()
                #expect(try provider.getSoLinger().map { $0.l_onoff }.result() == 1)
                try pair.tested.close().result()
                try pair.peer.closeFuture.result()
                #expect(pair.peerRecorder.others.contains("error errno \(ECONNRESET)"))
            }
        }

        @Test("A close with unread data is a reset", arguments: Side.here)
        func unread(side: Side) throws {
            try withWorld(side) { world in
                let pair = try world.pair(tested: { channel in
                    channel.setOption(.autoRead, value: false).flatMap { channel.setOption(.maxMessagesPerRead, value: 1) }
                })
                try pair.peer.writeAndFlush(ByteBuffer(repeating: 1, count: 10_000)).result()
                pair.tested.read()
                try pair.recorder.wait(forBytes: 1)
                #expect(pair.recorder.received.count < 10_000)
                try pair.tested.close().result()
                try pair.peer.closeFuture.result()
                #expect(pair.peerRecorder.others.contains("error errno \(ECONNRESET)"))
            }
        }

        @Test("Closed within its own events", arguments: Side.here, ["active", "read", "inputClosed", "promise"])
        func within(side: Side, moment: String) throws {
            final class Closer: ChannelInboundHandler, Sendable {
                typealias InboundIn = ByteBuffer
                let moment: String
                init(_ moment: String) { self.moment = moment }
                func channelActive(context: ChannelHandlerContext) {
                    if moment == "active" { context.close(promise: nil) }
                    if moment == "promise" {
                        context.writeAndFlush(NIOAny(ByteBuffer(string: "x"))).assumeIsolated().whenSuccess { context.close(promise: nil) }
                    }
                    context.fireChannelActive()
                }
                func channelRead(context: ChannelHandlerContext, data: NIOAny) {
                    if moment == "read" { context.close(promise: nil) }
                    context.fireChannelRead(data)
                }
                func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
                    if moment == "inputClosed" { context.close(promise: nil) }
                    context.fireUserInboundEventTriggered(event)
                }
            }
            try withWorld(side) { world in
                let recorder = Recorder()
                let server = try world.server().childChannelOption(.allowRemoteHalfClosure, value: true).childChannelInitializer { channel in
                    channel.pipeline.addHandlers([Closer(moment), recorder])
                }.bind(host: world.address, port: 0).result()
                let peer = try world.peerClient().channelOption(.allowRemoteHalfClosure, value: true).connect(to: server.localAddress!).result()
                peer.writeAndFlush(bytes("abc"), promise: nil)
                if moment == "inputClosed" { peer.close(mode: .output, promise: nil) }
                try recorder.events.wait(for: "removed")
                let ends = recorder.events.all.filter { ["inactive", "unregistered", "removed"].contains($0) }
                #expect(ends == ["inactive", "unregistered", "removed"])
                peer.close(promise: nil)
                try peer.closeFuture.result()
                try server.close().result()
            }
        }
    }
}
