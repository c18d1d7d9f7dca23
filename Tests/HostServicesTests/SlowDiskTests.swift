import Dispatch
import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization
import Testing

@testable import HostServices

/// A disk that gives nothing until it is let.
private final class SlowDisk: Sendable {
    private let gate = DispatchSemaphore(value: 0)
    private let asked = Atomic<Int>(0)
    private let isSlow = Atomic<Bool>(true)
    /// How often something was wanted of it.
    var count: Int { asked.load(ordering: .relaxed) }

    /// On a thread that waits.
    func give() {
        asked.add(1, ordering: .relaxed)
        if isSlow.load(ordering: .relaxed) { gate.wait() }
    }

    /// Lets it answer once.
    func letOne() { gate.signal() }

    /// From now on it is fast.
    func letAll() {
        isSlow.store(false, ordering: .relaxed)
        for _ in 0..<100 { gate.signal() }
    }
}

@Suite("Files over HTTP: a slow disk")
struct SlowDiskTests {
    private let folder: Folder

    init() throws {
        folder = try Folder()
        try folder.add("a.txt", "aaa")
        try folder.add("b.txt", "bb")
        try folder.addLarge("large", 300_000)
    }

    private func get(_ target: String) -> String { "GET \(target) HTTP/1.1\r\nHost: a\r\n\r\n" }

    /// A server on the loopback with one event loop, whose files lie on such a disk; `/_x/` does without.
    private func withServer(threads: Int = 2, _ body: (any Channel, SlowDisk, Lines) throws -> Void) throws {
        let (disk, lines) = (SlowDisk(), Lines())
        let pool = NIOThreadPool(numberOfThreads: threads)
        pool.start()
        defer {
            disk.letAll()
            #expect(throws: Never.self) { try pool.syncShutdownGracefully() }
        }
        var configuration = FileServerConfiguration()
        configuration.reader = FileReader(threads: pool) { disk.give() }
        configuration.log = { lines.add("\($0.target) \($0.bytes) \($0.isComplete)") }
        configuration.routes = [HTTPRoute(prefix: "/_x/") { _, loop in loop.makeSucceededFuture(HTTPReply(.ok, "here")) }]
        let server = try serve(folder, configuration)
        defer { server.close(promise: nil) }
        try body(server, disk, lines)
    }

    private func eventually(_ condition: () -> Bool) -> Bool {
        for _ in 0..<20_000 {
            if condition() { return true }
            usleep(1000)
        }
        return false
    }

    @Test func `who waits for it keeps nobody else waiting, and gets everything in the end`() throws {
        try withServer { server, disk, lines in
            let slow = try Peer(server.localAddress)
            try slow.send(get("/large"))
            #expect(eventually { disk.count == 1 }, "it is opened")
            for _ in 0..<3 {
                let other = try Peer(server.localAddress)
                try other.send(get("/_x/"))
                #expect(try other.receive(until: "here\n").hasPrefix("HTTP/1.1 200"))
                disk.letOne()
            }
            #expect(eventually { disk.count == 4 }, "one piece at a time, and no more before it is there")
            disk.letAll()
            slow.finish()
            let answer = try #require(try Answer.all(in: slow.receiveAll()).first)
            #expect(answer.status == 200 && answer.body.count == 300_000)
            #expect((0..<5).allSatisfy { answer.body[$0 << 16] == UInt8($0) | 1 }, "each piece in its place")
            #expect(lines.all.last == "/large 300000 true")
        }
    }

    @Test func `requests in a row are answered in their order`() throws {
        try withServer { server, disk, _ in
            let peer = try Peer(server.localAddress)
            try peer.send(get("/a.txt") + get("/_x/") + get("/none") + get("/b.txt"))
            peer.finish()
            disk.letAll()
            let answers = try Answer.all(in: peer.receiveAll())
            #expect(answers.map(\.status) == [200, 200, 404, 200])
            #expect([0, 1, 3].map { answers[$0].text } == ["aaa", "here\n", "bb"])
        }
    }

    @Test func `who goes away meanwhile leaves nothing behind`() throws {
        try withServer { server, disk, lines in
            let peer = try Peer(server.localAddress)
            try peer.send(get("/large"))
            #expect(eventually { disk.count == 1 })
            disk.letOne()
            #expect(eventually { disk.count == 2 }, "its first piece is being read")
            // A reset: with half of it closed he would still be waiting for his answer.
            peer.reset()
            #expect(eventually { lines.all == ["/large 0 false"] })
            disk.letAll()
            #expect(eventually { !openFiles().contains("\(folder.path)/large") }, "the file is closed")
        }
    }

    @Test func `a file that shrinks meanwhile ends the connection`() throws {
        try withServer { server, disk, lines in
            let peer = try Peer(server.localAddress)
            try peer.send(get("/large"))
            #expect(eventually { disk.count == 1 })
            disk.letOne()
            #expect(eventually { disk.count == 2 })
            try folder.add("large", "short")
            disk.letAll()
            #expect(try peer.receiveAll().count < 1000)
            #expect(lines.all == ["/large 0 false"])
        }
    }

    @Test func `what is in memory takes no thread's turn`() throws {
        let pool = NIOThreadPool(numberOfThreads: 1)
        // Without holes, which a disk is asked about.
        let whole = String(repeating: "0123456789", count: 20_000)
        try folder.add("whole", whole)
        // Never started: whoever needs it fails.
        var configuration = FileServerConfiguration()
        configuration.reader = FileReader(threads: pool)
        let server = try serve(folder, configuration)
        defer { server.close(promise: nil) }
        let peer = try Peer(server.localAddress)
        try peer.send(get("/a.txt") + get("/whole"))
        peer.finish()
        let answers = try Answer.all(in: peer.receiveAll())
        #expect(answers.map(\.status) == [200, 200] && answers[0].text == "aaa" && answers[1].text == whole)
    }
}

private final class Lines: Sendable {
    private let lines = Mutex<[String]>([])
    var all: [String] { lines.withLock { $0 } }
    func add(_ line: String) { lines.withLock { $0.append(line) } }
}
