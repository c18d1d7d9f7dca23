import Glibc
import NIOCore
import NIOPosix
import RinglightNIO
import TestSupport
import Testing

extension Channels {
    @Suite("Beginning")
    struct ConnectTests {
        @Test("A connection's life: its events, in order", arguments: Side.here, Role.allCases)
        func life(side: Side, role: Role) throws {
            try withWorld(side) { world in
                let pair = try world.pair(role)
                #expect(pair.tested.isActive && pair.tested.isWritable)
                try pair.tested.close().result()
                try pair.tested.closeFuture.result()
                #expect(!pair.tested.isActive)
                #expect(pair.recorder.events.all == ["registered", "active", "inactive", "unregistered", "removed"])
                try pair.peer.closeFuture.result()
            }
        }

        @Test("Both ends know each other's addresses", arguments: Side.here, [false, true])
        func addresses(side: Side, isIPv6: Bool) throws {
            try withWorld(side, isIPv6: isIPv6) { world in
                for role in Role.allCases {
                    let pair = try world.pair(role)
                    #expect(pair.tested.localAddress == pair.peer.remoteAddress)
                    #expect(pair.tested.remoteAddress == pair.peer.localAddress)
                    #expect(pair.tested.localAddress?.ipAddress == world.address)
                    #expect((pair.tested.parent == nil) == (role == .client))
                    pair.closeBoth()
                }
            }
        }

        @Test("Nobody listens there: refused", arguments: Side.here)
        func refused(side: Side) throws {
            try withWorld(side) { world in
                let recorder = Recorder()
                let free = try world.peerServer().bind(host: world.peerAddress, port: 0).result()
                let address = free.localAddress!
                try free.close().result()
                let future = world.client().channelInitializer { $0.pipeline.addHandler(recorder) }.connect(to: address)
                #expect(name(of: future.error()) == "errno \(ECONNREFUSED)")
                try recorder.events.wait(for: "removed")
                #expect(recorder.events.all == ["registered", "unregistered", "removed"])
            }
        }

        @Test("Nobody answers: the bootstrap's time-out and the channel's own", arguments: Side.here)
        func timeout(side: Side) throws {
            try withWorld(side) { world in
                // A full queue of a listener that accepts nothing answers nobody.
                let deaf = try world.peerServer().serverChannelOption(.backlog, value: 1).serverChannelOption(.autoRead, value: false)
                    .bind(host: world.peerAddress, port: 0).result()
                let fill = (0..<2).map { _ in world.peerClient().connect(to: deaf.localAddress!) }
                for future in fill { _ = try future.result() }
                let short = TimeAmount.milliseconds(50)
                let first = world.client().connectTimeout(short).connect(to: deaf.localAddress!)
                #expect(first.error() as? ChannelError == .connectTimeout(short))
                let second = world.client().channelOption(.connectTimeout, value: short).connect(to: deaf.localAddress!)
                #expect(second.error() as? ChannelError == .connectTimeout(short))
            }
        }

        @Test("A client with a local address of its own choice", arguments: Side.here)
        func local(side: Side) throws {
            try withWorld(side) { world in
                let server = try world.peerServer().bind(host: world.peerAddress, port: 0).result()
                let own = try SocketAddress(ipAddress: world.address, port: 20_404)
                let client = try world.client().channelOption(.socketOption(.so_reuseaddr), value: 1).bind(to: own)
                    .connect(to: server.localAddress!).result()
                #expect(client.localAddress == own)
                let foreign = try SocketAddress(ipAddress: "192.0.2.7", port: 0)
                let error = world.client().bind(to: foreign).connect(to: server.localAddress!).error()
                #expect(name(of: error) == "errno \(EADDRNOTAVAIL)")
                try client.close().result()
            }
        }

        @Test("Operations that come too early or twice", arguments: Side.here)
        func order(side: Side) throws {
            try withWorld(side) { world in
                let pair = try world.pair()
                #expect(pair.tested.register().error() as? ChannelError == .inappropriateOperationForState)
                // A second connect is a mistake that SwiftNIO's own channel ends the program for.
                guard side == .host else { return pair.closeBoth() }
                let again = pair.tested.connect(to: pair.tested.remoteAddress!)
                #expect(name(of: again.error()) == "errno \(EISCONN)")
                try pair.tested.closeFuture.result()
            }
        }

        @Test("A connect that is given up fails, and is no connection", arguments: Side.here)
        func closedWhileConnecting(side: Side) throws {
            try withWorld(side) { world in
                let deaf = try world.peerServer().serverChannelOption(.backlog, value: 1).serverChannelOption(.autoRead, value: false)
                    .bind(host: world.peerAddress, port: 0).result()
                for _ in 0..<2 { _ = try world.peerClient().connect(to: deaf.localAddress!).result() }
                let recorder = Recorder()
                let made = world.loop.makePromise(of: (any Channel).self)
                let future = world.client().channelInitializer { channel in
                    made.succeed(channel)
                    return channel.pipeline.addHandler(recorder)
                }.connect(to: deaf.localAddress!)
                let channel = try made.futureResult.result()
                let secondConnect = try world.loop.submit { channel.connect(to: deaf.localAddress!) }.result()
                #expect(secondConnect.error() as? ChannelError == .connectPending)
                try channel.close().result()
                #expect(future.error() != nil)
                #expect(channel.close().error() as? ChannelError == .alreadyClosed)
                try recorder.events.wait(for: "removed")
                #expect(recorder.events.all == ["registered", "unregistered", "removed"])
            }
        }

        @Test("SwiftNIO's universal bootstrap takes ours", arguments: Side.here)
        func universal(side: Side) throws {
            try withWorld(side) { world in
                let server = try world.peerServer().childChannelInitializer { $0.pipeline.addHandler(Echo()) }
                    .bind(host: world.peerAddress, port: 0).result()
                let recorder = Recorder()
                let bootstrap =
                    side == .posix
                    ? NIOClientTCPBootstrap(ClientBootstrap(group: world.group), tls: NIOInsecureNoTLS())
                    : NIOClientTCPBootstrap(HostClientBootstrap(group: world.group), tls: NIOInsecureNoTLS())
                let channel = try bootstrap.channelConvenienceOptions([.allowLocalEndpointReuse, .allowRemoteHalfClosure])
                    .channelInitializer { $0.pipeline.addHandler(recorder) }.connect(to: server.localAddress!).result()
                #expect(try channel.getOption(.allowRemoteHalfClosure).result())
                #expect(try channel.getOption(.socketOption(.so_reuseaddr)).result() != 0)
                try channel.writeAndFlush(bytes("hello")).result()
                try recorder.wait(forBytes: 5)
                try channel.close().result()
            }
        }
    }
}
