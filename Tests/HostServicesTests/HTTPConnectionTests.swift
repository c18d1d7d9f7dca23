import HostServices
import NIOCore
import NIOEmbedded
import Synchronization
import Testing

@Suite("Files over HTTP: the connection")
struct HTTPConnectionTests {
    private let folder: Folder

    init() throws {
        folder = try Folder()
        try folder.add("a.txt", "aaa")
        try folder.add("b.txt", "bb")
    }

    private func get(_ target: String, _ more: String = "") -> String { "GET \(target) HTTP/1.1\r\nHost: a\r\n\(more)\r\n" }

    @Test func `requests in a row are answered in order`() throws {
        let server = try EmbeddedServer(folder)
        let head = "HEAD /a.txt HTTP/1.1\r\nHost: a\r\n\r\n"
        let answers = try server.askAll(
            get("/a.txt") + get("/none") + get("/b.txt") + head + get("/a.txt"), bodies: [true, true, true, false, true])
        #expect(answers.map(\.status) == [200, 404, 200, 200, 200])
        #expect(answers.map(\.text).enumerated().filter { $0.offset != 1 }.map(\.element) == ["aaa", "bb", "", "aaa"])
        #expect(server.channel.isActive)
    }

    @Test func `hundreds of requests at once do not stand on each other's stack`() throws {
        let places = LogLines()
        var configuration = FileServerConfiguration()
        configuration.log = { _ in
            var here = 0
            places.add("\(withUnsafePointer(to: &here) { UInt(bitPattern: $0) })")
        }
        try folder.addLarge("large", 200_000)
        let server = try EmbeddedServer(folder, isOpen: false, configuration)
        // While the first answer waits, all others are kept, to be given out in one go.
        try server.channel.type(get("/large") + String(repeating: get("/a.txt"), count: 300))
        server.narrow.isOpen = true
        try server.narrow.take(server.channel)
        server.channel.embeddedEventLoop.run()
        #expect(try Answer.all(in: server.channel.output()).count == 301)
        let stack = places.all.dropFirst().compactMap { UInt($0) }
        #expect(stack.count == 300 && stack.max()! - stack.min()! < 10_000)
    }

    @Test func `requests of one who does not read wait`() throws {
        let server = try EmbeddedServer(folder, isOpen: false)
        let count = 1000
        try server.channel.type(String(repeating: get("/a.txt"), count: count))
        var output: [UInt8] = []
        while server.narrow.bytes > 0 {
            try server.narrow.take(server.channel)
            server.channel.embeddedEventLoop.run()
            output += try server.channel.output()
        }
        #expect(try Answer.all(in: output).count == count)
        #expect(server.narrow.most < 70_000, "answers stop when they are not taken")
    }

    @Test func `a hundred megabytes are never in memory`() throws {
        let server = try EmbeddedServer(folder, isOpen: false)
        try folder.addLarge("large", 100 << 20)
        try server.channel.type(get("/large"))
        var (total, chunks) = (0, 0)
        while server.narrow.bytes > 0 {
            try server.narrow.take(server.channel, 1)
            server.channel.embeddedEventLoop.run()
            let part = try server.channel.output()
            if part.count == 65536, part[0] == UInt8(truncatingIfNeeded: chunks) | 1 { chunks += 1 }
            total += part.count
        }
        #expect(server.narrow.most <= 2 * 65536 + 1024)
        #expect(chunks == 1600, "each one in its place")
        #expect(total > 100 << 20 && total < 100 << 20 + 1000)
    }

    @Test func `who keeps the connection, and who does not`() throws {
        for (request, stays) in [
            (get("/a.txt"), true), (get("/a.txt", "Connection: close\r\n"), false), ("GET /a.txt HTTP/1.0\r\n\r\n", false),
            ("GET /a.txt HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", true), (get("/a.txt", "Connection: Upgrade\r\nUpgrade: h2c\r\n"), false),
        ] {
            let server = try EmbeddedServer(folder)
            let answer = try server.ask(request)
            #expect(answer.status == 200 && answer.text == "aaa")
            #expect(server.channel.isActive == stays, "\(request)")
            #expect(answer["connection"] == (stays ? (request.contains("1.0") ? "keep-alive" : nil) : "close"))
        }
    }

    @Test(arguments: [
        ("GET /a.txt HTTP/1.1\r\n\r\n", 400), ("GET /a.txt HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
        ("GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ("GET /%00 HTTP/1.1\r\nHost: a\r\n\r\n", 400), ("nonsense\r\n\r\n", 501), ("GET /a.txt\r\n\r\n", 505),
        ("GET /a.txt HTTP/1.1\r\nHost : a\r\n\r\n", 400),
        ("GET /a.txt HTTP/1.1\r\nHost: a\r\nno header\r\n\r\n", 400), ("BREW /a.txt HTTP/1.1\r\nHost: a\r\n\r\n", 501),
        ("GET /a.txt HTTP/2.0\r\nHost: a\r\n\r\n", 505), ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505), ("GET /a.txt HTTP/3.1\r\nHost: a\r\n\r\n", 505),
        ("PUT /a.txt HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc", 405), ("DELETE /a.txt HTTP/1.1\r\nHost: a\r\n\r\n", 405),
        ("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", 405), ("CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n", 405),
        ("TRACE / HTTP/1.1\r\nHost: a\r\n\r\n", 405),
        ("GET /a.txt HTTP/1.1\r\nHost: a\r\nExpect: tea\r\n\r\n", 417),
        ("GET /a.txt HTTP/1.1\r\nHost: a\r\nContent-Length: 65537\r\n\r\n", 413),
        ("GET /a.txt HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\n", 400),
        ("GET /a.txt HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
        ("GET /a.txt HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501),
        ("GET /a.txt HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400),
        ("GET /" + String(repeating: "x", count: 8192) + " HTTP/1.1\r\nHost: a\r\n\r\n", 414),
        ("GET /a.txt HTTP/1.1\r\nHost: a\r\nX: " + String(repeating: "x", count: 40_000) + "\r\n\r\n", 431),
        ("GET /a.txt HTTP/1.1\r\nHost: a\r\n" + String(repeating: "X: y\r\n", count: 200) + "\r\n", 431),
    ])
    func `errors`(_ request: String, _ status: Int) throws {
        let server = try EmbeddedServer(folder)
        let answer = try server.ask(request)
        #expect(answer.status == status)
        #expect(answer.text.hasPrefix("\(status): "))
        #expect((answer["allow"] == "GET, HEAD") == (status == 405))
        #expect(server.channel.isActive == (answer["connection"] != "close"))
    }

    @Test func `who has closed his half still gets what he asked for`() throws {
        try folder.addLarge("large", 200_000)
        for target in ["/a.txt", "/large"] {
            let server = try EmbeddedServer(folder, isOpen: false)
            try server.channel.type(get(target))
            server.channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
            #expect(server.channel.isActive)
            var output: [UInt8] = []
            while server.narrow.bytes > 0 {
                try server.narrow.take(server.channel)
                server.channel.embeddedEventLoop.run()
                output += try server.channel.output()
            }
            let answers = try Answer.all(in: output)
            #expect(answers.map(\.body.count) == [target == "/large" ? 200_000 : 3])
            #expect(!server.channel.isActive, "and then no more")
        }
        let idle = try EmbeddedServer(folder)
        idle.channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        #expect(!idle.channel.isActive)
    }

    @Test func `a body that nobody wants is read, up to a bound`() throws {
        let server = try EmbeddedServer(folder)
        let body = String(repeating: "x", count: 65536)
        #expect(try server.ask(get("/a.txt", "Content-Length: 65536\r\n") + body).text == "aaa")
        #expect(try server.ask(get("/b.txt")).text == "bb", "the next request is found behind it")
        try server.channel.type(get("/a.txt", "Transfer-Encoding: chunked\r\n") + "10000\r\n\(body)\r\n")
        #expect(try server.channel.text() == "")
        let answer = try server.ask("1\r\nx\r\n")
        #expect(answer.status == 413 && answer["connection"] == "close")
    }

    @Test func `a client that asks first is told to go on`() throws {
        let server = try EmbeddedServer(folder)
        try server.channel.type(get("/a.txt", "Content-Length: 3\r\nExpect: 100-continue\r\n"))
        #expect(try server.channel.text() == "HTTP/1.1 100 Continue\r\n\r\n")
        #expect(try server.ask("abc").text == "aaa")
        #expect(try server.ask(get("/a.txt", "Content-Length: 99999\r\nExpect: 100-continue\r\n")).status == 413)
    }

    @Test func `time is bounded`() throws {
        let silent = try EmbeddedServer(folder)
        silent.channel.embeddedEventLoop.advanceTime(by: .seconds(29))
        #expect(try silent.ask(get("/a.txt")).status == 200)
        silent.channel.embeddedEventLoop.advanceTime(by: .seconds(29))
        #expect(silent.channel.isActive, "counted from the last answer")
        // A head that comes a byte at a time is no sign of life.
        try silent.channel.type("GET")
        silent.channel.embeddedEventLoop.advanceTime(by: .seconds(2))
        #expect(!silent.channel.isActive)

        let slow = try EmbeddedServer(folder)
        try slow.channel.type(get("/a.txt", "Content-Length: 3\r\n"))
        slow.channel.embeddedEventLoop.advanceTime(by: .seconds(31))
        #expect(try Answer.all(in: slow.channel.output()).map(\.status) == [408])

        let reader = try EmbeddedServer(folder, isOpen: false)
        try folder.addLarge("large", 1 << 20)
        try reader.channel.type(get("/large"))
        for _ in 0..<5 {
            reader.channel.embeddedEventLoop.advanceTime(by: .seconds(59))
            try reader.narrow.take(reader.channel, 2)
        }
        #expect(reader.channel.isActive, "slow is not stuck")
        reader.channel.embeddedEventLoop.advanceTime(by: .seconds(61))
        #expect(!reader.channel.isActive)
    }

    @Test func `the log says what was sent, and whether that was all`() throws {
        let lines = LogLines()
        var configuration = FileServerConfiguration()
        configuration.log = { lines.add("\($0.method) \($0.target) \($0.status) \($0.bytes) \($0.isComplete)") }
        try folder.addLarge("large", 1 << 20)
        let server = try EmbeddedServer(folder, isOpen: false, configuration)
        try server.channel.type(get("/a.txt?q") + "HEAD /b.txt HTTP/1.1\r\nHost: a\r\n\r\n" + get("/large"))
        server.channel.close(promise: nil)
        server.channel.embeddedEventLoop.run()
        #expect(lines.all == ["GET /a.txt?q 200 3 true", "HEAD /b.txt 200 0 true", "GET /large 200 65536 false"])
        #expect(!openFiles().contains { $0.hasSuffix("/large") && $0.hasPrefix(folder.path) }, "the file is closed")
        let bad = try EmbeddedServer(folder, configuration)
        #expect(try bad.ask("BREW / HTTP/1.1\r\n\r\n").status == 501)
        #expect(lines.all.last == "- - 501 36 true")
    }
}

private final class LogLines: Sendable {
    private let lines = Mutex<[String]>([])
    var all: [String] { lines.withLock { $0 } }
    func add(_ line: String) { lines.withLock { $0.append(line) } }
}
