import Glibc
import NIOCore
import NIOPosix
import TestSupport
import Testing

extension Channels {
    @Suite("Options")
    struct OptionTests {
        @Test("A connection's options have SwiftNIO's defaults, and keep what they are set to", arguments: Side.here, Role.allCases)
        func connection(side: Side, role: Role) throws {
            try withWorld(side) { world in
                let channel = try world.pair(role).tested
                #expect(try channel.getOption(.autoRead).result())
                #expect(try !channel.getOption(.allowRemoteHalfClosure).result())
                #expect(try channel.getOption(.maxMessagesPerRead).result() == 4)
                #expect(try channel.getOption(.writeSpin).result() == 16)
                #expect(try channel.getOption(.connectTimeout).result() == nil)
                #expect(try channel.getOption(.bufferedWritableBytes).result() == 0)
                let mark = try channel.getOption(.writeBufferWaterMark).result()
                #expect(mark.low == 32 * 1024 && mark.high == 64 * 1024)
                #expect(try channel.getOption(.tcpOption(.tcp_nodelay)).result() != 0)
                #expect(try channel.getOption(.socketOption(.so_keepalive)).result() == 0)
                #expect(try channel.getOption(.socketOption(.so_error)).result() == 0)

                try channel.setOption(.tcpOption(.tcp_nodelay), value: 0).result()
                #expect(try channel.getOption(.tcpOption(.tcp_nodelay)).result() == 0)
                try channel.setOption(.socketOption(.so_keepalive), value: 1).result()
                #expect(try channel.getOption(.socketOption(.so_keepalive)).result() != 0)
                try channel.setOption(.connectTimeout, value: .seconds(3)).result()
                #expect(try channel.getOption(.connectTimeout).result() == .seconds(3))
                try channel.setOption(.maxMessagesPerRead, value: 9).result()
                #expect(try channel.getOption(.maxMessagesPerRead).result() == 9)
                try channel.setOption(.allocator, value: ByteBufferAllocator()).result()
                let isSynchronous = try world.loop.submit { try channel.syncOptions?.getOption(.autoRead) }.result()
                #expect(isSynchronous == true)
                try channel.close().result()
            }
        }

        @Test("A server's options", arguments: Side.here)
        func server(side: Side) throws {
            try withWorld(side) { world in
                let server = try world.server().serverChannelOption(.backlog, value: 17)
                    .serverChannelOption(.socketOption(.so_reuseaddr), value: 1).bind(host: world.address, port: 0).result()
                #expect(try server.getOption(.backlog).result() == 17)
                #expect(try server.getOption(.socketOption(.so_reuseaddr)).result() != 0)
                #expect(!server.isWritable)
                #expect(server.writeAndFlush(bytes("x")).error() as? ChannelError == .operationUnsupported)
                try server.close().result()
            }
        }

        /// tcp(7): how long a peer may be idle, the time between two questions, and how many.
        private static let keepAlive: [(option: CInt, usual: Int, most: Int)] = [
            (TCP_KEEPIDLE, 7200, 32_767), (TCP_KEEPINTVL, 75, 32_767), (TCP_KEEPCNT, 9, 127),
        ]

        private func keepAlive(_ name: CInt) -> ChannelOptions.Types.SocketOption { .tcpOption(NIOBSDSocket.Option(rawValue: name)) }

        @Test("When an idle peer is asked: defaults, bounds, and what a server's connections inherit", arguments: Side.here)
        func keepAliveTimes(side: Side) throws {
            try withWorld(side) { world in
                let channel = try world.pair().tested
                for (number, usual, most) in Self.keepAlive {
                    let option = keepAlive(number)
                    #expect(try channel.getOption(option).result() == usual)
                    for value in [1, most] {
                        try channel.setOption(option, value: value).result()
                        #expect(try channel.getOption(option).result() == value)
                    }
                    for value in [0, -1, most + 1] {
                        #expect(name(of: channel.setOption(option, value: value).error()) == "errno \(EINVAL)", "\(number): \(value)")
                    }
                    #expect(try channel.getOption(option).result() == most)
                }
                try channel.close().result()

                let accepted = world.loop.makePromise(of: (any Channel).self)
                var making = world.server().childChannelInitializer { channel in
                    accepted.succeed(channel)
                    return channel.eventLoop.makeSucceededVoidFuture()
                }
                for (index, (number, _, _)) in Self.keepAlive.enumerated() {
                    making = making.serverChannelOption(keepAlive(number), value: 20 + index)
                }
                let server = try making.childChannelOption(keepAlive(TCP_KEEPCNT), value: 3).bind(host: world.address, port: 0).result()
                let peer = try world.peerClient().connect(to: server.localAddress!).result()
                let child = try accepted.futureResult.result()
                #expect(try Self.keepAlive.map { try child.getOption(keepAlive($0.option)).result() } == [20, 21, 3])
                for channel in [peer, server] { try channel.close().result() }
            }
        }

        @Test("A peer that is gone is noticed when it does not answer", .needsCard)
        func deadPeer() throws {
            try withWorld(.host) { world in
                let pair = try world.pair()
                for (number, value) in [(TCP_KEEPIDLE, 1), (TCP_KEEPINTVL, 1), (TCP_KEEPCNT, 2)] {
                    try pair.tested.setOption(keepAlive(number), value: value).result()
                }
                try pair.tested.setOption(.socketOption(.so_keepalive), value: 1).result()
                // Longer than a peer that does not answer would have; this one does.
                usleep(5_000_000)
                #expect(pair.recorder.others == ["registered", "active"])
                // Its answers go to somebody else from now on.
                try world.linux?.command("ip neigh replace \(world.address) lladdr 02:00:00:00:00:99 dev tap0 nud permanent")
                try pair.recorder.events.wait(within: 20) { $0.contains("error errno \(ETIMEDOUT)") }
                try pair.tested.closeFuture.result()
                pair.peer.close(promise: nil)
            }
        }

        @Test("'::' is both families', or IPv6's alone: servers", arguments: Side.here)
        func serverFamilies(side: Side) throws {
            let only = ChannelOptions.Types.SocketOption(level: .ipv6, name: .ipv6_v6only)
            try withWorld(side, isIPv6: true) { world in
                let six = try world.server().serverChannelOption(only, value: 1).bind(host: "::", port: 0).result()
                let port = six.localAddress!.port!
                #expect(try six.getOption(only).result() == 1)
                // Bound is bound.
                #expect(name(of: six.setOption(only, value: 0).error()) == "errno \(EINVAL)")
                #expect(name(of: world.peerClient().connect(to: try world.ipv4(port: port)).error()) != "none")
                try world.peerClient().connect(to: SocketAddress(ipAddress: world.address, port: port)).result().close().result()
                // The other family's port is free.
                let four = try world.server().bind(host: "0.0.0.0", port: port).result()
                try world.peerClient().connect(to: world.ipv4(port: port)).result().close().result()
                #expect(name(of: world.server().bind(host: "::", port: port).error()) == "errno \(EADDRINUSE)")
                try six.close().result()
                // Not for both.
                #expect(name(of: world.server().bind(host: "::", port: port).error()) == "errno \(EADDRINUSE)")
                #expect(name(of: four.getOption(only).error()) == "errno \(EOPNOTSUPP)")
                #expect(name(of: four.setOption(only, value: 1).error()) == "errno \(ENOPROTOOPT)")
                try four.close().result()

                let both = try world.server().serverChannelOption(only, value: 0).bind(host: "::", port: 0).result()
                #expect(try both.getOption(only).result() == 0)
                let shared = both.localAddress!.port!
                for address in try [world.ipv4(port: shared), SocketAddress(ipAddress: world.address, port: shared)] {
                    try world.peerClient().connect(to: address).result().close().result()
                }
                #expect(name(of: world.server().bind(host: "0.0.0.0", port: shared).error()) == "errno \(EADDRINUSE)")
                try both.close().result()
                #expect(name(of: world.server().serverChannelOption(only, value: 1).bind(host: "0.0.0.0", port: 0).error()) == "errno \(ENOPROTOOPT)")
            }
        }

        @Test("'::' is both families', or IPv6's alone: datagrams", arguments: Side.here)
        func datagramFamilies(side: Side) throws {
            let only = ChannelOptions.Types.SocketOption(level: .ipv6, name: .ipv6_v6only)
            try withWorld(side, isIPv6: true) { world in
                let (sixth, fourth) = (Mailbox(), Mailbox())
                let six = try world.datagram().channelOption(only, value: 1).channelInitializer { $0.pipeline.addHandler(sixth) }
                    .bind(host: "::", port: 0).result()
                let port = six.localAddress!.port!
                let four = try world.datagram().channelInitializer { $0.pipeline.addHandler(fourth) }.bind(host: "0.0.0.0", port: port).result()
                #expect(try six.getOption(only).result() == 1)
                let (to6, to4) = (try SocketAddress(ipAddress: world.address, port: port), try world.ipv4(port: port))
                for (address, text) in [(to4, "four"), (to6, "six")] {
                    let peer = try world.peerDatagram().bind(host: address.protocol == .inet6 ? "::" : "0.0.0.0", port: 0).result()
                    try peer.writeAndFlush(AddressedEnvelope(remoteAddress: address, data: bytes(text))).result()
                    try peer.close().result()
                }
                try sixth.events.wait(for: "six")
                try fourth.events.wait(for: "four")
                #expect(sixth.events.all == ["active", "six"] && fourth.events.all == ["active", "four"])
                #expect(name(of: world.datagram().bind(host: "::", port: port).error()) == "errno \(EADDRINUSE)")
                for channel in [six, four] { try channel.close().result() }
                let both = try world.datagram().bind(host: "::", port: port).result()
                #expect(name(of: world.datagram().bind(host: "0.0.0.0", port: port).error()) == "errno \(EADDRINUSE)")
                #expect(name(of: both.setOption(only, value: 1).error()) == "errno \(EINVAL)")
                try both.close().result()
            }
        }

        @Test("What this stack has not is an error, not a crash", .needsCard)
        func unsupported() throws {
            try withWorld(.host) { world in
                let channel = try world.pair().tested
                #expect(channel.setOption(.socketOption(.so_rcvbuf), value: 1).error() as? ChannelError == .operationUnsupported)
                #expect(channel.getOption(.socketOption(.so_timestamp)).error() as? ChannelError == .operationUnsupported)
                #expect(channel.setOption(.backlog, value: 1).error() as? ChannelError == .operationUnsupported)
                #expect(channel.setOption(.explicitCongestionNotification, value: true).error() as? ChannelError == .operationUnsupported)
                #expect(channel.getOption(.datagramSegmentSize).error() as? ChannelError == .operationUnsupported)
                try channel.close().result()
            }
        }
    }
}
