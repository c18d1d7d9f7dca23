import Dispatch
import Frames
import Glibc
import HostStack
import NIOCore
import NIOPosix
import RinglightNIO
import Testing

extension Channels {
    @Suite("The loop")
    struct LoopTests {
        @Test("Tasks and timers run on the loop, in order", arguments: Side.here)
        func order(side: Side) throws {
            try withWorld(side) { world in
                let events = Events()
                let loop = world.loop
                #expect(!loop.inEventLoop)
                try loop.submit {
                    #expect(loop.inEventLoop)
                    loop.execute { events.add("second") }
                    events.add("first")
                }.result()
                let base = NIODeadline.now()
                loop.scheduleTask(deadline: base + .milliseconds(30)) {
                    #expect(NIODeadline.now() >= base + .milliseconds(30))
                    events.add("late")
                }
                loop.scheduleTask(deadline: base + .milliseconds(10)) { events.add("soon") }
                let cancelled = loop.scheduleTask(in: .milliseconds(20)) { events.add("never") }
                cancelled.cancel()
                #expect(cancelled.futureResult.error() as? EventLoopError == .cancelled)
                try events.wait(for: "late")
                #expect(events.all == ["first", "second", "soon", "late"])
                struct Problem: Error {}
                let failing: EventLoopFuture<Void> = loop.submit { throw Problem() }
                #expect(failing.error() is Problem)
                #expect(try loop.makeSucceededVoidFuture().map { 1 }.result() == 1)
                #expect(try loop.flatSubmit { loop.makeSucceededFuture(2) }.result() == 2)
            }
        }

        @Test("Callbacks and repeated tasks", arguments: Side.here)
        func repeated(side: Side) throws {
            final class Handler: NIOScheduledCallbackHandler, Sendable {
                let events: Events
                init(_ events: Events) { self.events = events }
                func handleScheduledCallback(eventLoop: some EventLoop) { events.add("called") }
                func didCancelScheduledCallback(eventLoop: some EventLoop) { events.add("cancelled") }
            }
            try withWorld(side) { world in
                let events = Events()
                try world.loop.scheduleCallback(in: .milliseconds(1), handler: Handler(events))
                try events.wait(for: "called")
                let callback = try world.loop.scheduleCallback(in: .hours(1), handler: Handler(events))
                callback.cancel()
                try events.wait(for: "cancelled")
                world.loop.scheduleRepeatedTask(initialDelay: .zero, delay: .milliseconds(1)) { task in
                    events.add("again")
                    if events.all.filter({ $0 == "again" }).count == 5 { task.cancel() }
                }
                try events.wait { $0.filter { $0 == "again" }.count == 5 }
            }
        }

        @Test("The end closes what is open, and fails what comes later", .needsCard)
        func end() throws {
            let world = try World(.host)
            let loop = world.loop
            let pair = try world.pair()
            let server = try world.server().bind(host: world.address, port: 0).result()
            let datagram = try world.datagram().bind(host: world.address, port: 0).result()
            pair.tested.write(bytes("never sent"), promise: nil)
            let later = loop.scheduleTask(in: .hours(1)) {}
            try world.group.syncShutdownGracefully()
            for channel in [pair.tested, server, datagram] { try channel.closeFuture.result() }
            #expect(pair.recorder.events.all.suffix(3) == ["inactive", "unregistered", "removed"])
            try pair.peer.closeFuture.result()
            #expect(later.futureResult.error() as? EventLoopError == .shutdown)
            #expect(loop.submit {}.error() as? EventLoopError == .shutdown)
            #expect(loop.scheduleTask(in: .zero) {}.futureResult.error() as? EventLoopError == .shutdown)
            #expect(world.client().connect(to: try SocketAddress(ipAddress: world.peerAddress, port: 1)).error() as? EventLoopError == .shutdown)
            #expect(pair.tested.writeAndFlush(bytes("x")).error() as? ChannelError == .ioOnClosedChannel)
            #expect(pair.tested.close().error() as? ChannelError == .alreadyClosed)
            // Promises of the dead loop are still completed, one after the other.
            let promise = loop.makePromise(of: Int.self)
            let sum = promise.futureResult.map { value in
                loop.preconditionInEventLoop()
                return value + 1
            }
            promise.succeed(1)
            #expect(try sum.result() == 2)
            world.close()
        }

        @Test("A host that ends by itself takes its channels with it", .needsCard)
        func hostEnds() throws {
            let world = try World(.host)
            let pair = try world.pair(.accepted)
            let server = try world.server().serverChannelOption(.autoRead, value: false).bind(host: world.address, port: 0).result()
            let waiting = try world.peerClient().connect(to: server.localAddress!).result()
            try pair.peer.writeAndFlush(bytes("x")).result()
            world.host!.stop()
            for channel in [pair.tested, pair.peer, server, waiting] { try channel.closeFuture.result() }
            #expect(pair.recorder.others == ["registered", "active", "inactive", "unregistered", "removed"])
            world.close()
        }

        @Test("A host that ends while a connection is being set up: what its peer had sent is back before the card goes", .needsCard)
        func endsInInitializer() throws {
            let world = try World(.host)
            let host = try #require(world.host)
            let (events, setUp) = (Events(), world.loop.makePromise(of: Void.self))
            let server = try world.server().childChannelInitializer { _ in
                events.add("accepted")
                return setUp.futureResult
            }.bind(host: world.address, port: 0).result()
            let client = try world.peerClient().connect(to: server.localAddress!).result()
            try events.wait(for: "accepted")
            let before = try host.run { $0.counters.receivedBytes }
            try client.writeAndFlush(ByteBuffer(repeating: 1, count: 5000)).result()
            var isThere = false
            for _ in 0..<10_000 where !isThere {
                isThere = try host.run { $0.counters.receivedBytes } >= before + 5000
                usleep(1000)
            }
            #expect(isThere)
            host.stop()
            #expect(host.wait().missingPackets == 0)
            // Too late, and nobody's memory is touched by it.
            setUp.succeed()
            for channel in [server, client] { try channel.closeFuture.result() }
            world.close()
        }

        @Test("Bootstraps take only the loop of a host", .needsCard)
        func groups() throws {
            try withWorld(.host) { world in
                #expect(HostServerBootstrap(validatingGroup: world.peerGroup) == nil)
                #expect(HostClientBootstrap(validatingGroup: world.peerGroup) == nil)
                #expect(HostDatagramBootstrap(validatingGroup: world.peerGroup) == nil)
                #expect(HostServerBootstrap(validatingGroup: world.loop) != nil)
            }
        }

        @Test("Names need a resolver; of its addresses the first that answers is taken", .needsCard)
        func names() throws {
            try withWorld(.host) { world in
                let server = try world.peerServer().bind(host: world.peerAddress, port: 0).result()
                let port = server.localAddress!.port!
                let unresolved = HostClientBootstrap(group: world.group).connect(host: "card.test", port: port).error()
                #expect(unresolved as? HostNameError == HostNameError(name: "card.test"))
                #expect(HostServerBootstrap(group: world.group).bind(host: "localhost", port: 0).error() is HostNameError)
                let client = try HostClientBootstrap(group: world.group).resolver { name, loop in
                    #expect(name == "card.test")
                    // Nobody listens on the first one's port.
                    return loop.makeSucceededFuture([.v4(IPv4Address("10.77.0.99")!), .v4(IPv4Address("10.77.0.1")!)])
                }.connectTimeout(.milliseconds(100)).connect(host: "card.test", port: port).result()
                #expect(client.remoteAddress == server.localAddress)
                try client.close().result()
                let none = HostClientBootstrap(group: world.group).resolver { _, loop in loop.makeSucceededFuture([]) }
                #expect(none.connect(host: "nobody.test", port: port).error() is HostNameError)
                #expect(HostClientBootstrap(group: world.group).connect(unixDomainSocketPath: "/x").error() is SocketAddressError)
            }
        }
    }

    @Suite("Addresses")
    struct AddressTests {
        @Test("SwiftNIO's addresses and the stack's are the same", arguments: ["192.0.2.1", "0.0.0.0", "2001:db8::1", "::", "fe80::1:2"])
        func both(text: String) throws {
            let address = try SocketAddress(ipAddress: text, port: 65_535)
            let endpoint = try #require(HostEndpoint(address))
            #expect(endpoint == HostEndpoint(IPAddress(text)!, port: 65_535))
            #expect(SocketAddress(endpoint) == address)
            #expect(HostEndpoint(try SocketAddress(unixDomainSocketPath: "/x")) == nil)
        }
    }
}
