import Glibc
import HostStack
import NIOCore
import NIOPosix
import Synchronization
import TestSupport
import Testing

/// Datagrams as they come.
final class Mailbox: ChannelInboundHandler, Sendable {
    typealias InboundIn = AddressedEnvelope<ByteBuffer>
    let events = Events()
    private let senders = Mutex<[SocketAddress]>([])
    var from: [SocketAddress] { senders.withLock { $0 } }

    func channelActive(context: ChannelHandlerContext) { events.add("active") }
    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let envelope = unwrapInboundIn(data)
        senders.withLock { $0.append(envelope.remoteAddress) }
        events.add(envelope.data.readableBytes > 100 ? "\(envelope.data.readableBytes) bytes" : String(buffer: envelope.data))
    }
    func channelInactive(context: ChannelHandlerContext) { events.add("inactive") }
    func errorCaught(context: ChannelHandlerContext, error: any Error) { events.add("error \(name(of: error))") }
}

extension Channels {
    @Suite("Datagrams")
    struct DatagramTests {
        private func envelope(_ text: String, _ address: SocketAddress) -> AddressedEnvelope<ByteBuffer> {
            AddressedEnvelope(remoteAddress: address, data: bytes(text))
        }

        @Test("There and back, with addresses", arguments: Side.here, [false, true])
        func echo(side: Side, isIPv6: Bool) throws {
            try withWorld(side, isIPv6: isIPv6) { world in
                let mailbox = Mailbox()
                let echo = try world.peerDatagram().channelInitializer { $0.pipeline.addHandler(DatagramEcho()) }
                    .bind(host: world.peerAddress, port: 0).result()
                let own = try world.datagram().channelInitializer { $0.pipeline.addHandler(mailbox) }.bind(host: world.address, port: 0).result()
                for number in 0..<20 {
                    try own.writeAndFlush(envelope("number \(number)", echo.localAddress!)).result()
                    try mailbox.events.wait(for: "number \(number)")
                }
                #expect(mailbox.events.all == ["active"] + (0..<20).map { "number \($0)" })
                #expect(mailbox.from.allSatisfy { $0 == echo.localAddress! })
                try own.close().result()
                try mailbox.events.wait(for: "inactive")
                #expect(own.writeAndFlush(envelope("x", echo.localAddress!)).error() as? ChannelError == .ioOnClosedChannel)
                try echo.close().result()
            }
        }

        @Test("A server of datagrams", arguments: Side.here)
        func server(side: Side) throws {
            try withWorld(side) { world in
                let server = try world.datagram().channelInitializer { $0.pipeline.addHandler(DatagramEcho()) }
                    .bind(host: world.address, port: 0).result()
                let mailbox = Mailbox()
                let peer = try world.peerDatagram().channelInitializer { $0.pipeline.addHandler(mailbox) }
                    .bind(host: world.peerAddress, port: 0).result()
                for text in ["", "something"] {
                    try peer.writeAndFlush(envelope(text, server.localAddress!)).result()
                    try mailbox.events.wait(for: text)
                }
                #expect(mailbox.events.all == ["active", "", "something"])
                try server.close().result()
                try peer.close().result()
            }
        }

        @Test("Connected: one peer, bytes without an address", arguments: Side.here)
        func connected(side: Side) throws {
            try withWorld(side) { world in
                let mailbox = Mailbox()
                let echo = try world.peerDatagram().channelInitializer { $0.pipeline.addHandler(DatagramEcho()) }
                    .bind(host: world.peerAddress, port: 0).result()
                let own = try world.datagram().channelInitializer { $0.pipeline.addHandler(mailbox) }.connect(to: echo.localAddress!).result()
                #expect(own.remoteAddress == echo.localAddress)
                try own.writeAndFlush(bytes("plain")).result()
                try mailbox.events.wait(for: "plain")
                try own.writeAndFlush(envelope("addressed", echo.localAddress!)).result()
                try mailbox.events.wait(for: "addressed")
                let other = try SocketAddress(ipAddress: world.peerAddress, port: 9)
                #expect(own.writeAndFlush(envelope("x", other)).error() is DatagramChannelError.WriteOnConnectedSocketWithInvalidAddress)
                try own.close().result()
                try echo.close().result()
            }
        }

        @Test("Errors of one datagram are its own", arguments: Side.here)
        func errors(side: Side) throws {
            try withWorld(side) { world in
                let mailbox = Mailbox()
                let echo = try world.peerDatagram().channelInitializer { $0.pipeline.addHandler(DatagramEcho()) }
                    .bind(host: world.peerAddress, port: 0).result()
                let own = try world.datagram().channelInitializer { $0.pipeline.addHandler(mailbox) }.bind(host: world.address, port: 0).result()
                #expect(own.writeAndFlush(bytes("to whom?")).error() is DatagramChannelError.WriteOnUnconnectedSocketWithoutAddress)
                let long = AddressedEnvelope(remoteAddress: echo.localAddress!, data: ByteBuffer(repeating: 0, count: 65_508))
                #expect(own.writeAndFlush(long).error() as? ChannelError == .writeMessageTooLarge)
                try own.writeAndFlush(envelope("still", echo.localAddress!)).result()
                try mailbox.events.wait(for: "still")
                try own.close().result()
                try echo.close().result()
            }
        }

        @Test("Longer than a frame, and longer than the buffer", arguments: Side.here)
        func long(side: Side) throws {
            try withWorld(side) { world in
                let mailbox = Mailbox()
                let echo = try world.peerDatagram().channelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: 65_536))
                    .channelInitializer { $0.pipeline.addHandler(DatagramEcho()) }.bind(host: world.peerAddress, port: 0).result()
                let own = try world.datagram().channelInitializer { $0.pipeline.addHandler(mailbox) }.bind(host: world.address, port: 0).result()
                let data = AddressedEnvelope(remoteAddress: echo.localAddress!, data: ByteBuffer(repeating: 1, count: 4000))
                try own.writeAndFlush(data).result()
                try mailbox.events.wait(for: "2048 bytes")
                try own.setOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: 16_384)).result()
                try own.writeAndFlush(data).result()
                try mailbox.events.wait(for: "4000 bytes")
                try own.close().result()
                try echo.close().result()
            }
        }

        @Test("Who does not read loses what does not fit, and gets the oldest", arguments: Side.here)
        func overflow(side: Side) throws {
            try withWorld(side) { world in
                let (mailbox, other) = (Mailbox(), Mailbox())
                let own = try world.datagram().channelOption(.autoRead, value: false).channelInitializer { $0.pipeline.addHandler(mailbox) }
                    .bind(host: world.address, port: 0).result()
                let second = try world.datagram().channelInitializer { $0.pipeline.addHandler(other) }.bind(host: world.address, port: 0).result()
                let peer = try world.peerDatagram().bind(host: world.peerAddress, port: 0).result()
                // While Linux sends what has waited for the ARP reply, what is sent then may pass it.
                try peer.writeAndFlush(envelope("first", second.localAddress!)).result()
                try other.events.wait(for: "first")
                for number in 0..<1000 { peer.writeAndFlush(envelope("number \(number)", own.localAddress!), promise: nil) }
                // It starves nobody.
                try peer.writeAndFlush(envelope("for another", second.localAddress!)).result()
                try other.events.wait(for: "for another")
                #expect(mailbox.events.all == ["active"])
                own.read()
                try mailbox.events.wait(for: "number 3")
                #expect(mailbox.events.all == ["active"] + (0..<4).map { "number \($0)" })
                try own.close().result()
                try second.close().result()
                try peer.close().result()
            }
        }

        @Test("A burst waits its turn", arguments: Side.here)
        func burst(side: Side) throws {
            try withWorld(side) { world in
                let events = Events()
                let peer = try world.peerDatagram().bind(host: world.peerAddress, port: 0).result()
                let own = try world.datagram().bind(host: world.address, port: 0).result()
                let message = envelope("burst", peer.localAddress!)
                try world.loop.submit {
                    for number in 0..<2000 { own.write(message).whenSuccess { events.add("\(number)") } }
                    own.flush()
                }.result()
                try events.wait { $0.count == 2000 }
                #expect(events.all == (0..<2000).map { "\($0)" })
                #expect(try own.getOption(.bufferedWritableBytes).result() == 0)
                try own.close().result()
                try peer.close().result()
            }
        }

        @Test("To everybody on the link", .needsCard)
        func broadcast() throws {
            try withWorld(.host) { world in
                let mailbox = Mailbox()
                let peer = try world.peerDatagram().channelInitializer { $0.pipeline.addHandler(mailbox) }.bind(host: "0.0.0.0", port: 0).result()
                let everybody = try SocketAddress(ipAddress: "255.255.255.255", port: peer.localAddress!.port!)
                let own = try world.datagram().bind(host: "0.0.0.0", port: 0).result()
                #expect(name(of: own.writeAndFlush(envelope("x", everybody)).error()) == "errno \(EACCES)")
                try own.setOption(.socketOption(.so_broadcast), value: 1).result()
                try own.writeAndFlush(envelope("all of you", everybody)).result()
                try mailbox.events.wait(for: "all of you")
                #expect(mailbox.from[0].ipAddress == world.address)
                try own.close().result()
                try peer.close().result()
            }
        }

        @Test("A group is heard while one is in it", .needsCard, arguments: ["239.7.7.7", "ff05::77"])
        func group(group: String) throws {
            let isIPv6 = group.contains(":")
            try withWorld(.host, isIPv6: isIPv6) { world in
                let mailbox = Mailbox()
                let own = try world.datagram().channelInitializer { $0.pipeline.addHandler(mailbox) }
                    .bind(host: isIPv6 ? "::" : "0.0.0.0", port: 0).result()
                let channel = try #require(own as? any MulticastChannel)
                let everybody = try SocketAddress(ipAddress: group, port: own.localAddress!.port!)
                let direct = try SocketAddress(ipAddress: world.address, port: own.localAddress!.port!)
                let peer = try world.peerDatagram().bind(host: world.peerAddress, port: 0).result()
                // What comes to the group, or not, is seen before what comes to the host itself behind it.
                func send(_ text: String) throws {
                    try peer.writeAndFlush(envelope("\(text) to all", everybody)).result()
                    try peer.writeAndFlush(envelope(text, direct)).result()
                    try mailbox.events.wait(for: text)
                }
                try send("before")
                try channel.joinGroup(everybody).result()
                try send("inside")
                #expect(name(of: channel.joinGroup(everybody).error()) == "errno \(EADDRINUSE)")
                try channel.leaveGroup(everybody).result()
                try send("after")
                #expect(name(of: channel.leaveGroup(everybody).error()) == "errno \(EADDRNOTAVAIL)")
                #expect(mailbox.events.all == ["active", "before", "inside to all", "inside", "after"])
                #expect(channel.joinGroup(direct).error() as? ChannelError == .illegalMulticastAddress(direct))
                try own.close().result()
                try peer.close().result()
            }
        }

        @Test("A datagram to a group stays on the link unless it is told otherwise", .needsCard)
        func groupHops() throws {
            try withWorld(.host) { world in
                let own = try world.datagram().bind(host: "0.0.0.0", port: 0).result()
                #expect(try own.getOption(.ipOption(.ip_multicast_ttl)).result() == 1)
                let seen = Events()
                let host = try #require(world.host)
                // The hops and the first byte of the destination (RFC 791, 3.1), behind Ethernet's 14 bytes.
                try host.run { stack in
                    stack.frameObserver = { frame, isSent in
                        guard isSent, frame.byteCount > 34, frame.unsafeLoad(fromByteOffset: 30, as: UInt8.self) == 239 else { return }
                        seen.add("\(frame.unsafeLoad(fromByteOffset: 22, as: UInt8.self))")
                    }
                }
                for hops in [1, 7] as [ChannelOptions.Types.SocketOption.Value] {
                    try own.setOption(.ipOption(.ip_multicast_ttl), value: hops).result()
                    try own.writeAndFlush(envelope("x", SocketAddress(ipAddress: "239.7.7.7", port: 7))).result()
                }
                try host.run { $0.frameObserver = nil }
                #expect(seen.all == ["1", "7"])
                try own.close().result()
            }
        }
    }
}
