import HostServices
import NIOCore
import NIOEmbedded
import NIOHTTP1
import TestSupport
import Testing

@Suite("Files over HTTP: whatever comes")
struct HTTPRobustnessTests {
    private static let fragments = [
        "GET /a.txt HTTP/1.1\r\n", "HEAD /a.txt HTTP/1.1\r\n", "GET /large HTTP/1.1\r\n", "POST /_x/ HTTP/1.1\r\n", "PUT /a HTTP/1.1\r\n",
        "GET /a.txt HTTP/1.0\r\n", "CONNECT a:1 HTTP/1.1\r\n", "PRI * HTTP/2.0\r\n", "BREW / HTTP/1.1\r\n", "SM\r\n\r\n", "Host: a\r\n",
        "Host: a\r\n", "Host: a\r\n\r\n", "Host: a\r\n\r\n", "\r\n", "\r\n\r\n", "Content-Length: 5\r\n", "Content-Length: 99999\r\n",
        "Transfer-Encoding: chunked\r\n", "5\r\nhello\r\n", "0\r\n\r\n", "hello", "Expect: 100-continue\r\n", "Connection: close\r\n",
        "Connection: upgrade\r\nUpgrade: x\r\n", "Range: bytes=1-\r\n", "\0", "\u{ff}", "X: " + String(repeating: "y", count: 1000) + "\r\n",
    ]

    /// In a debug build NIO's own handlers stop the program when answers and requests do not fit.
    @Test func `no order of pieces, pauses and ends confuses the connection`() throws {
        let folder = try Folder()
        try folder.add("a.txt", "aaa")
        try folder.addLarge("large", 150_000)
        var random = SplitMix(seed: 5)
        var answered = 0
        for _ in 0..<600 {
            var configuration = FileServerConfiguration()
            configuration.routes = [
                HTTPRoute(prefix: "/_x/", longestBody: 8) { request, loop in
                    // Half of the answers come later.
                    guard request.body.readableBytes > 0 else { return loop.makeSucceededFuture(HTTPReply(.ok, "now")) }
                    return loop.scheduleTask(in: .seconds(1)) { HTTPReply(.ok, "later") }.futureResult
                }
            ]
            let server = try EmbeddedServer(folder, isOpen: Bool.random(using: &random), configuration)
            let channel = server.channel
            var output: [UInt8] = []
            for _ in 0..<Int.random(in: 1..<20, using: &random) {
                switch Int.random(in: 0..<12, using: &random) {
                case 0: channel.embeddedEventLoop.advanceTime(by: .seconds(Int64.random(in: 0..<20, using: &random)))
                case 1, 2: try server.narrow.take(channel, Int.random(in: 1..<4, using: &random))
                case 3 where Bool.random(using: &random): channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
                default: try? channel.type(Self.fragments.randomElement(using: &random)!)
                }
                output += try channel.output()
            }
            server.narrow.isOpen = true
            try server.narrow.take(channel)
            // Every timer runs out: nothing stays for ever.
            for _ in 0..<10 { channel.embeddedEventLoop.advanceTime(by: .seconds(100)) }
            #expect(!channel.isActive)
            output += try channel.output()
            let text = String(decoding: output, as: UTF8.self)
            #expect(text.isEmpty || text.hasPrefix("HTTP/1.1 "))
            answered += text.split(separator: "HTTP/1.1 ").count
        }
        #expect(answered > 300)
        #expect(!openFiles().contains("\(folder.path)/large"))
    }
}
