import HostServices
import NIOCore
import NIOPosix
import Testing

@Suite("Files over HTTP: the loopback")
struct HTTPLoopbackTests {
    private let folder: Folder
    private let large = 24 << 20

    init() throws {
        folder = try Folder()
        try folder.add("index.html", "<p>hello</p>")
        try folder.addLarge("large", large)
    }

    private func get(_ target: String, _ more: String = "") -> String { "GET \(target) HTTP/1.1\r\nHost: a\r\n\(more)\r\n" }

    @Test func `keep-alive, a half-close, requests in a row`() throws {
        let server = try serve(folder)
        defer { server.close(promise: nil) }
        let peer = try Peer(server.localAddress)
        try peer.send(get("/"))
        #expect(try peer.receive(until: "</p>").hasSuffix("<p>hello</p>"))
        try peer.send(get("/none") + get("/index.html") + get("/", "Range: bytes=3-7\r\n"))
        // What was asked for is answered, also to one who has nothing more to say.
        peer.finish()
        let answers = try Answer.all(in: peer.receiveAll())
        #expect(answers.map(\.status) == [404, 200, 206] && answers[2].text == "hello")
    }

    @Test func `a large file, byte by byte, to fifty clients`() throws {
        let server = try serve(folder)
        defer { server.close(promise: nil) }
        let peers = try (0..<50).map { _ in try Peer(server.localAddress) }
        for (number, peer) in peers.enumerated() {
            try peer.send(get("/large", "Range: bytes=\(number << 16)-\(((number + 4) << 16) - 1)\r\nConnection: close\r\n"))
        }
        for (number, peer) in peers.enumerated() {
            let answer = try #require(try Answer.all(in: peer.receiveAll()).first)
            #expect(answer.status == 206 && answer.body.count == 4 << 16)
            #expect((0..<4).allSatisfy { answer.body[$0 << 16] == UInt8(truncatingIfNeeded: number + $0) | 1 })
        }
        let whole = try Peer(server.localAddress)
        try whole.send(get("/large", "Connection: close\r\n"))
        let answer = try #require(try Answer.all(in: whole.receiveAll()).first)
        #expect(answer.body.count == large)
        #expect((0..<large >> 16).allSatisfy { answer.body[$0 << 16] == UInt8(truncatingIfNeeded: $0) | 1 })
    }

    @Test func `a client that stops reading costs two chunks, and one that goes away nothing`() async throws {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let aborted = loop.makePromise(of: AccessRecord.self)
        let accepted = loop.makePromise(of: (any Channel).self)
        var configuration = FileServerConfiguration()
        configuration.log = { aborted.succeed($0) }
        let (root, fixed) = (try FileRoot(folder.path), configuration)
        let server = try listen(on: loop) { channel in
            try channel.pipeline.syncOperations.addFileServer(root, fixed)
            accepted.succeed(channel)
        }
        defer { server.close(promise: nil) }
        let peer = try Peer(server.localAddress, receiveBuffer: 4096)
        try peer.send(get("/large"))
        _ = try peer.receive(100_000)
        let channel = try await accepted.futureResult.get()
        let waiting = try await channel.getOption(.bufferedWritableBytes).get()
        #expect(waiting <= 2 * 65536 + 1024)
        peer.hangUp()
        let record = try await aborted.futureResult.get()
        #expect(!record.isComplete && record.bytes < large && record.status == 200)
        try await channel.closeFuture.get()
        #expect(!openFiles().contains("\(folder.path)/large"))
    }

    @Test func `a refused body does not take the answer with it`() throws {
        let server = try serve(folder)
        defer { server.close(promise: nil) }
        let peer = try Peer(server.localAddress)
        try peer.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 500000\r\n\r\n")
        // The client goes on sending what it announced; were the connection just closed, a reset would throw the answer away.
        try peer.send([UInt8](repeating: 0, count: 500_000))
        peer.finish()
        let answers = try Answer.all(in: peer.receiveAll())
        #expect(answers.map(\.status) == [405] && answers[0]["allow"] == "GET, HEAD")
    }
}
