import Glibc
import HostServices
import NIOCore
import NIOEmbedded
import NIOPosix
import Synchronization
import TestSupport
import Testing

@Suite("Connections at a time")
struct ConnectionLimitTests {
    /// Lines for people.
    private final class Lines: Sendable {
        private let lines = Mutex<[String]>([])
        var count: Int { lines.withLock { $0.count } }
        func add(_ line: String) { lines.withLock { $0.append(line) } }
    }

    private struct Refusal: Error {}

    private func come(_ limit: ConnectionLimit) -> (channel: EmbeddedChannel, isSetUp: Bool) {
        let channel = EmbeddedChannel()
        let isSetUp = Mutex(false)
        _ = try? limit.admit(channel) { _ in isSetUp.withLock { $0 = true } }.wait()
        channel.embeddedEventLoop.run()
        return (channel, isSetUp.withLock { $0 })
    }

    private func end(_ channel: EmbeddedChannel) throws {
        try channel.close().wait()
        channel.embeddedEventLoop.run()
    }

    @Test func `those beyond are closed and not set up, and an end makes room`() throws {
        let lines = Lines()
        let limit = ConnectionLimit(4) { lines.add($0) }
        var open = (0..<4).map { _ in come(limit) }
        #expect(open.count(where: \.isSetUp) == 4 && lines.count == 0)
        for _ in 0..<3 {
            let one = come(limit)
            #expect(!one.isSetUp)
            #expect(throws: ChannelError.self) { try one.channel.close().wait() }
        }
        #expect(lines.count == 1, "told once")
        try end(open.removeLast().channel)
        open.append(come(limit))
        #expect(open.count(where: \.isSetUp) == 4)
        #expect(!come(limit).isSetUp && lines.count == 2, "told again after an end")
        for one in open { try end(one.channel) }
        #expect(come(limit).isSetUp)
    }

    @Test func `a setup that fails costs no place`() throws {
        let limit = ConnectionLimit(1) { _ in }
        for _ in 0..<3 {
            let channel = EmbeddedChannel()
            #expect(throws: Refusal.self) { try limit.admit(channel) { _ in throw Refusal() }.wait() }
            try end(channel)
        }
        #expect(come(limit).isSetUp)
    }

    @Test func `on Linux's sockets who is beyond is reset`() throws {
        let limit = ConnectionLimit(1) { _ in }
        let server = try ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in limit.admit(channel) { try $0.pipeline.syncOperations.addHandler(EchoHandler()) } }
            .bind(host: "127.0.0.1", port: 0).wait()
        defer { server.close(promise: nil) }
        let first = try Peer(server.localAddress)
        try first.send("mine")
        #expect(try first.receive(until: "mine") == "mine")
        let second = try Peer(server.localAddress)
        let error = #expect(throws: SystemError.self) { try second.receive() }
        #expect(error?.number == ECONNRESET)
    }
}
