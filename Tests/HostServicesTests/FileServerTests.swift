import HostServices
import NIOCore
import NIOEmbedded
import NIOHTTP1
import Testing

@Suite("Files over HTTP: answers")
struct FileServerTests {
    private let folder: Folder

    init() throws {
        folder = try Folder()
        try folder.add("index.html", "<p>index</p>")
        try folder.add("ten.txt", "0123456789")
        try folder.add(".hidden", "hidden")
        try folder.addFolder("sub")
        try folder.add("sub/<b>&\"c\".txt", "x")
        try folder.addFolder("sub/inner")
        try folder.link("sub/out", to: "/etc/passwd")
    }

    private func server(_ change: (inout FileServerConfiguration) -> Void = { _ in }) throws -> EmbeddedServer {
        var configuration = FileServerConfiguration()
        configuration.now = { 784_111_777 }
        change(&configuration)
        return try EmbeddedServer(folder, configuration)
    }

    @Test func `a file with its headers`() throws {
        let answer = try server().get("/ten.txt")
        #expect(answer.status == 200 && answer.text == "0123456789")
        #expect(answer["content-length"] == "10" && answer["content-type"] == "text/plain; charset=utf-8")
        #expect(answer["date"] == "Sun, 06 Nov 1994 08:49:37 GMT" && answer["server"] == "ringlight")
        #expect(answer["last-modified"] == answer["date"], "a change in the future is told as one of now")
        #expect(answer["accept-ranges"] == "bytes" && answer["x-content-type-options"] == "nosniff")
        #expect(answer["connection"] == nil && answer["transfer-encoding"] == nil)
    }

    @Test func `HEAD has the headers of GET and nothing else`() throws {
        let server = try server()
        let get = try server.get("/ten.txt")
        let head = try server.ask("HEAD /ten.txt HTTP/1.1\r\nHost: a\r\n\r\n", body: false)
        #expect(head.status == 200 && head.headers == get.headers && head.body.isEmpty)
        #expect(try server.ask("HEAD /none HTTP/1.1\r\nHost: a\r\n\r\n", body: false).status == 404)
        #expect(try server.get("/ten.txt").text == "0123456789", "and the connection goes on")
    }

    @Test func `folders: index, list or nothing`() throws {
        let plain = try server()
        #expect(try plain.get("/").text == "<p>index</p>")
        #expect(try plain.get("/sub/").status == 404)
        let moved = try plain.get("/sub?a=b")
        #expect(moved.status == 301 && moved["location"] == "/sub/?a=b")
        #expect(try plain.get("//sub")["location"] == "/sub/", "no other host")
        #expect(try plain.get("/ten.txt/").status == 404)
        let labs = try server { $0.index = nil }
        #expect(try labs.get("/").status == 404)
        #expect(try labs.get("/index.html").text == "<p>index</p>")
        let listing = try server { $0.listsFolders = true }
        #expect(try listing.get("/").text == "<p>index</p>")
        let page = try listing.get("/sub/")
        #expect(page.status == 200 && page["content-type"] == "text/html; charset=utf-8")
        #expect(page.text.contains("<a href=\"./%3Cb%3E%26%22c%22.txt\">&lt;b&gt;&amp;&quot;c&quot;.txt</a>"))
        let order = ["../", "inner/", "&lt;b&gt;", "out</a>"].compactMap { page.text.firstRange(of: $0)?.lowerBound }
        #expect(order.count == 4 && order == order.sorted(), "folders first")
        #expect(page["content-security-policy"] == "default-src 'none'")
    }

    @Test func `names with a dot in front are not there, unless asked for`() throws {
        let plain = try server { $0.listsFolders = true }
        #expect(try plain.get("/.hidden").status == 404)
        let all = try server { $0.servesHidden = true }
        #expect(try all.get("/.hidden").text == "hidden")
    }

    @Test(arguments: [
        "/../ten.txt", "/%2e%2e/etc/passwd", "/sub/%2e%2e%2f%2e%2e%2fetc/passwd", "/..%2f..%2f..%2fetc/passwd", "/sub/..", "/.%2e/x",
        "http://localhost/../../etc/passwd", "/sub/../../etc/passwd", "/sub/out",
    ])
    func `ways out`(_ target: String) throws {
        #expect(try server { $0.servesHidden = true }.get(target).status == 403)
    }

    @Test(arguments: [
        "/..;/etc/passwd", "/....//etc/passwd", "/%252e%252e/etc/passwd", "/%5c..%5cetc", "/%c0%ae%c0%ae/etc/passwd", "/etc/passwd", "//etc/passwd",
    ])
    func `names that only look like ways out`(_ target: String) throws {
        #expect(try server { $0.servesHidden = true }.get(target).status == 404)
    }

    @Test func `ranges`() throws {
        let server = try server()
        let part = try server.get("/ten.txt", "Range: bytes=2-4")
        #expect(part.status == 206 && part.text == "234" && part["content-range"] == "bytes 2-4/10" && part["content-length"] == "3")
        #expect(try server.get("/ten.txt", "Range: bytes=-4").text == "6789")
        #expect(try server.get("/ten.txt", "Range: bytes=9-99").text == "9")
        let beyond = try server.get("/ten.txt", "Range: bytes=10-")
        #expect(beyond.status == 416 && beyond["content-range"] == "bytes */10")
        for ignored in ["bytes=0-1,3-4", "bytes=4-2", "lines=1-2"] { #expect(try server.get("/ten.txt", "Range: \(ignored)").status == 200) }
        #expect(try server.get("/ten.txt", "Range: bytes=0-0", "Range: bytes=1-1").status == 200)
        let head = try server.ask("HEAD /ten.txt HTTP/1.1\r\nHost: a\r\nRange: bytes=2-4\r\n\r\n", body: false)
        #expect(head.status == 200 && head["content-length"] == "10", "for GET only")
        let tag = try #require(try server.get("/ten.txt")["etag"])
        #expect(try server.get("/ten.txt", "Range: bytes=2-4", "If-Range: \(tag)").status == 206)
        #expect(try server.get("/ten.txt", "Range: bytes=2-4", "If-Range: \"other\"").status == 200)
        #expect(try server.get("/ten.txt", "Range: bytes=2-4", "If-Range: W/\(tag)").status == 200)
    }

    @Test func `what the client has is not sent again`() throws {
        let server = try server()
        let first = try server.get("/ten.txt")
        let tag = try #require(first["etag"])
        let same = try server.askAll("GET /ten.txt HTTP/1.1\r\nHost: a\r\nIf-None-Match: \(tag)\r\n\r\n", bodies: [false])
        #expect(same.count == 1 && same[0].status == 304 && same[0]["etag"] == tag && same[0]["content-type"] == nil)
        #expect(try server.get("/ten.txt", "If-Modified-Since: \(first["last-modified"]!)").status == 304)
        #expect(try server.get("/ten.txt", "If-Match: \"other\"").status == 412)
        try folder.add("ten.txt", "changed")
        #expect(try server.get("/ten.txt", "If-None-Match: \(tag)").text == "changed")
    }

    @Test func `a file that shrinks ends the connection`() throws {
        let narrow = try EmbeddedServer(folder, isOpen: false)
        try folder.addLarge("large", 300_000)
        try narrow.channel.type("GET /large HTTP/1.1\r\nHost: a\r\n\r\n")
        try folder.add("large", "short")
        try narrow.narrow.take(narrow.channel)
        narrow.channel.embeddedEventLoop.run()
        #expect(!narrow.channel.isActive)
        #expect(try narrow.channel.output().count < 300_000)
    }

    @Test func `a route answers what is below it, with its bounded body`() throws {
        let server = try server {
            $0.routes = [
                HTTPRoute(prefix: "/_x/", longestBody: 5) { request, loop in
                    let text = "\(request.head.method) \(request.path) \(request.query ?? "-") \(String(buffer: request.body))"
                    return loop.makeSucceededFuture(HTTPReply(.ok, text))
                },
                HTTPRoute(prefix: "/_fails/") { _, loop in loop.makeFailedFuture(ChannelError.eof) },
            ]
        }
        #expect(try server.get("/_x/a%20b?c").text == "GET /_x/a b c \n")
        #expect(try server.ask("POST /%5fx/ HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello").text == "POST /_x/ - hello\n")
        let chunked = "POST /_x/ HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n1\r\nl\r\n0\r\n\r\n"
        #expect(try server.ask(chunked).text == "POST /_x/ - hel\n")
        #expect(try server.get("/_x")["location"] == "/_x/")
        #expect(try server.get("/_fails/").status == 500)
        #expect(try server.get("/_xy").status == 404)
        #expect(try server.ask("POST /_x/ HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\n").status == 413)
    }
}
