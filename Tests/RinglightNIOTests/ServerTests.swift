import Glibc
import NIOCore
import NIOPosix
import TestSupport
import Testing

extension Channels {
    @Suite("Servers")
    struct ServerTests {
        @Test("Two hundred connections at once, each gets its own back", arguments: Side.here)
        func many(side: Side) throws {
            try withWorld(side) { world in
                let server = try world.server().serverChannelOption(.backlog, value: 256)
                    .childChannelInitializer { $0.pipeline.addHandler(Echo()) }.bind(host: world.address, port: 0).result()
                let address = server.localAddress!
                let clients = (0..<200).map { number in
                    let recorder = Recorder()
                    let text = "I am number \(number)"
                    let channel = world.peerClient().channelInitializer { $0.pipeline.addHandler(recorder) }.connect(to: address)
                    channel.whenSuccess { $0.writeAndFlush(bytes(text), promise: nil) }
                    return (channel, recorder, text)
                }
                for (_, recorder, text) in clients {
                    try recorder.wait(forBytes: text.utf8.count)
                    #expect(recorder.text == text)
                }
                for (channel, _, _) in clients { try channel.result().close().result() }
                try server.close().result()
            }
        }

        @Test("Two hundred connections from here", arguments: Side.here)
        func manyClients(side: Side) throws {
            try withWorld(side) { world in
                let server = try world.peerServer().serverChannelOption(.backlog, value: 256)
                    .childChannelInitializer { $0.pipeline.addHandler(Echo()) }.bind(host: world.peerAddress, port: 0).result()
                let clients = (0..<200).map { number in
                    let recorder = Recorder()
                    let text = "I am number \(number)"
                    let channel = world.client().channelInitializer { $0.pipeline.addHandler(recorder) }.connect(to: server.localAddress!)
                    channel.whenSuccess { $0.writeAndFlush(bytes(text), promise: nil) }
                    return (channel, recorder, text)
                }
                for (_, recorder, text) in clients {
                    try recorder.wait(forBytes: text.utf8.count)
                    #expect(recorder.text == text)
                }
                for (channel, _, _) in clients { try channel.result().close().result() }
                try server.close().result()
            }
        }

        @Test("An address that is taken, and one that is not ours", arguments: Side.here)
        func taken(side: Side) throws {
            try withWorld(side) { world in
                let server = try world.server().bind(host: world.address, port: 0).result()
                let port = server.localAddress!.port!
                #expect(name(of: world.server().bind(host: world.address, port: port).error()) == "errno \(EADDRINUSE)")
                #expect(name(of: world.server().bind(host: "192.0.2.7", port: 0).error()) == "errno \(EADDRNOTAVAIL)")
                try server.close().result()
                // The port is free again.
                let again = try world.server().serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                    .bind(host: world.address, port: port).result()
                try again.close().result()
            }
        }

        @Test("A server that does not read accepts nobody, until it does", arguments: Side.here)
        func unread(side: Side) throws {
            try withWorld(side) { world in
                let events = Events()
                let server = try world.server().serverChannelOption(.autoRead, value: false).childChannelInitializer { channel in
                    events.add("accepted")
                    return channel.pipeline.addHandler(Echo())
                }.bind(host: world.address, port: 0).result()
                let recorder = Recorder()
                let client = try world.peerClient().channelInitializer { $0.pipeline.addHandler(recorder) }
                    .connect(to: server.localAddress!).result()
                // It can speak before it is accepted.
                try client.writeAndFlush(bytes("early")).result()
                #expect(try world.loop.submit { events.all }.result() == [])
                server.read()
                try recorder.wait(forBytes: 5)
                #expect(events.all == ["accepted"])
                try client.close().result()
                try server.close().result()
            }
        }

        @Test("A server's end is not that of its connections; who was not accepted is sent away", arguments: Side.here)
        func end(side: Side) throws {
            try withWorld(side) { world in
                let recorder = Recorder()
                let server = try world.server().serverChannelOption(.maxMessagesPerRead, value: 1).childChannelInitializer { channel in
                    channel.pipeline.addHandler(Echo())
                }.bind(host: world.address, port: 0).result()
                let client = try world.peerClient().channelInitializer { $0.pipeline.addHandler(recorder) }
                    .connect(to: server.localAddress!).result()
                try client.writeAndFlush(bytes("one")).result()
                try recorder.wait(forBytes: 3)
                try server.setOption(.autoRead, value: false).result()
                let waiting = Recorder()
                let second = try world.peerClient().channelInitializer { $0.pipeline.addHandler(waiting) }.connect(to: server.localAddress!).result()
                try server.close().result()
                // Linux resets it, we end it in order; it is no more.
                try second.closeFuture.result()
                try client.writeAndFlush(bytes("two")).result()
                try recorder.wait(forBytes: 6)
                try client.close().result()
            }
        }

        @Test("An initializer that fails costs its connection, not the server", arguments: Side.here)
        func failing(side: Side) throws {
            struct Refusal: Error {}
            try withWorld(side) { world in
                let first = Events()
                let server = try world.server().childChannelInitializer { channel in
                    if first.all.isEmpty {
                        first.add("refused")
                        return channel.eventLoop.makeFailedFuture(Refusal())
                    }
                    return channel.pipeline.addHandler(Echo())
                }.bind(host: world.address, port: 0).result()
                let refused = try world.peerClient().connect(to: server.localAddress!).result()
                try refused.closeFuture.result()
                let recorder = Recorder()
                let client = try world.peerClient().channelInitializer { $0.pipeline.addHandler(recorder) }
                    .connect(to: server.localAddress!).result()
                try client.writeAndFlush(bytes("still there")).result()
                try recorder.wait(forBytes: 11)
                try client.close().result()
                try server.close().result()
            }
        }

        @Test("Asked to be quiet, a server ends", arguments: Side.here)
        func quiesce(side: Side) throws {
            try withWorld(side) { world in
                let server = try world.server().bind(host: world.address, port: 0).result()
                server.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
                try server.closeFuture.result()
            }
        }
    }
}
