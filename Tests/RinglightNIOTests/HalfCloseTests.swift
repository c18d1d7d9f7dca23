import NIOCore
import Testing

extension Channels {
    @Suite("Half of it ends")
    struct HalfCloseTests {
        static let allow: Setup = { $0.setOption(.allowRemoteHalfClosure, value: true) }

        @Test("The peer's end is ours, unless half a connection is allowed", arguments: Side.here, Role.allCases)
        func remote(side: Side, role: Role) throws {
            try withWorld(side) { world in
                let pair = try world.pair(role, peer: Self.allow)
                try pair.peer.writeAndFlush(bytes("bye")).result()
                try pair.peer.close(mode: .output).result()
                try pair.tested.closeFuture.result()
                #expect(pair.recorder.text == "bye")
                #expect(pair.recorder.others == ["registered", "active", "inactive", "unregistered", "removed"])
                pair.closeBoth()
            }
        }

        @Test("The peer's half ends, ours goes on", arguments: Side.here, Role.allCases)
        func remoteAllowed(side: Side, role: Role) throws {
            try withWorld(side) { world in
                let pair = try world.pair(role, tested: Self.allow, peer: Self.allow)
                try pair.peer.writeAndFlush(bytes("bye")).result()
                try pair.peer.close(mode: .output).result()
                try pair.recorder.events.wait(for: "inputClosed")
                #expect(pair.recorder.text == "bye")
                #expect(pair.tested.isActive)
                try pair.tested.writeAndFlush(bytes("answer")).result()
                try pair.peerRecorder.wait(forBytes: 6)
                #expect(pair.tested.close(mode: .input).error() as? ChannelError == .inputClosed)
                // Both halves have ended: so has the channel.
                try pair.tested.close(mode: .output).result()
                try pair.tested.closeFuture.result()
                try pair.peer.closeFuture.result()
                #expect(pair.recorder.others == ["registered", "active", "inputClosed", "inactive", "unregistered", "removed"])
            }
        }

        @Test("Our half ends, the peer's goes on", arguments: Side.here, Role.allCases)
        func local(side: Side, role: Role) throws {
            try withWorld(side) { world in
                let pair = try world.pair(role, peer: Self.allow)
                pair.tested.write(bytes("last "), promise: nil)
                try pair.tested.writeAndFlush(bytes("words")).result()
                try pair.tested.close(mode: .output).result()
                try pair.peerRecorder.events.wait(for: "inputClosed")
                #expect(pair.peerRecorder.text == "last words")
                try pair.recorder.events.wait(for: "outputClosed")
                #expect(pair.tested.writeAndFlush(bytes("x")).error() as? ChannelError == .outputClosed)
                #expect(pair.tested.close(mode: .output).error() as? ChannelError == .outputClosed)
                try pair.peer.writeAndFlush(bytes("answer")).result()
                try pair.recorder.wait(forBytes: 6)
                #expect(pair.tested.isActive)
                try pair.peer.close().result()
                try pair.tested.closeFuture.result()
                #expect(pair.recorder.others == ["registered", "active", "outputClosed", "inactive", "unregistered", "removed"])
            }
        }

        @Test("The output ends after what was written, flushed or not yet", arguments: Side.here)
        func outputWaits(side: Side) throws {
            try withWorld(side) { world in
                let events = Events()
                let pair = try world.pair(peer: { channel in
                    channel.setOption(.allowRemoteHalfClosure, value: true).flatMap { channel.setOption(.autoRead, value: false) }
                })
                let data = ByteBuffer(repeating: 7, count: 8_000_000)
                pair.tested.write(data).whenSuccess { events.add("written") }
                let first = pair.tested.close(mode: .output)
                first.whenSuccess { events.add("closed") }
                let second = pair.tested.close(mode: .output)
                #expect(try world.loop.submit { events.all }.result() == [])
                pair.tested.flush()
                try pair.peer.setOption(.autoRead, value: true).result()
                try first.result()
                try second.result()
                #expect(events.all == ["written", "closed"])
                try pair.peerRecorder.events.wait(for: "inputClosed")
                #expect(pair.peerRecorder.received.count == 8_000_000)
                pair.closeBoth()
            }
        }

        @Test("A close overtakes an output's end, which fails", arguments: Side.here)
        func overtaken(side: Side) throws {
            try withWorld(side) { world in
                let pair = try world.pair()
                pair.tested.write(bytes("never flushed"), promise: nil)
                let half = pair.tested.close(mode: .output)
                try pair.tested.close().result()
                #expect(half.error() is ChannelError)
            }
        }

        @Test("Our input ends: nothing more is read, writing goes on", arguments: Side.here)
        func input(side: Side) throws {
            try withWorld(side) { world in
                // Without that, epoll's word of our own end makes SwiftNIO's channel end it all.
                let pair = try world.pair(tested: Self.allow)
                try pair.tested.close(mode: .input).result()
                try pair.recorder.events.wait(for: "inputClosed")
                #expect(pair.tested.close(mode: .input).error() as? ChannelError == .inputClosed)
                try pair.tested.writeAndFlush(bytes("still")).result()
                try pair.peerRecorder.wait(forBytes: 5)
                #expect(pair.recorder.received.isEmpty)
                try pair.tested.close(mode: .output).result()
                try pair.tested.closeFuture.result()
                pair.closeBoth()
            }
        }

        @Test("An end is seen although nobody reads", arguments: Side.here)
        func unasked(side: Side) throws {
            try withWorld(side) { world in
                let pair = try world.pair(tested: { $0.setOption(.autoRead, value: false) })
                try pair.peer.writeAndFlush(bytes("unasked")).result()
                try pair.peer.close().result()
                try pair.tested.closeFuture.result()
                #expect(pair.recorder.text == "unasked")
            }
        }
    }
}
