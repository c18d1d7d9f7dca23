import HostServices
import NIOCore
import NIOEmbedded
import NIOHTTP1
import TestSupport

extension Target {
    /// A web server's connection: a script of bytes that come, of time that passes, and of the client's end.
    static let http = Target(
        name: "http",
        seeds: {
            [
                "GET /a.txt HTTP/1.1\r\nHost: a\r\nRange: bytes=1-2\r\nIf-None-Match: \"x\"\r\n\r\n",
                "GET /f/../a%2etxt?q HTTP/1.1\r\nHost: a\r\nIf-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT\r\nConnection: close\r\n\r\n",
                "GET /_ringlight/status.json HTTP/1.1\r\nHost: 192.0.2.1\r\n\r\n",
                "POST /_ringlight/lights HTTP/1.1\r\nHost: 192.0.2.1\r\nOrigin: http://192.0.2.1\r\nX-Ringlight-Token: 0\r\n"
                    + "Transfer-Encoding: chunked\r\n\r\n14\r\n{\"light\":\"capslock\"}\r\n0\r\n\r\n",
                "HEAD / HTTP/1.0\r\nExpect: 100-continue\r\n\r\n",
            ].map { [0] + Script.piece(Array($0.utf8)) }
        }
    ) { bytes in
        let channel = EmbeddedChannel()
        do {
            try channel.pipeline.syncOperations.addFileServer(Site.root, Site.configuration)
            try channel.connect(to: SocketAddress(ipAddress: "192.0.2.9", port: 1)).wait()
        } catch {
            fatalError("\(error)")
        }
        let head = play(bytes, on: channel)
        require(head.isEmpty || head.starts(with: "HTTP/1.1 ".utf8), String(decoding: head.prefix(80), as: UTF8.self))
        for _ in 0..<10 { channel.embeddedEventLoop.advanceTime(by: .seconds(100)) }
        require(!channel.isActive, "a connection that nobody uses ends")
        _ = try? channel.finish(acceptAlreadyClosed: true)
    }

    /// A guest of the chat room.
    static let chat = Target(
        name: "chat",
        seeds: { ["bob\r\nhello\r\n/who\r\n/name zoë\r\n/quit\r\n", "\u{1b}[2Jbob\nhi\n"].map { [0] + Script.piece(Array($0.utf8)) } }
    ) { bytes in
        let channel = EmbeddedChannel()
        let room = ChatRoom(eventLoop: channel.eventLoop)
        do {
            try channel.pipeline.syncOperations.addHandler(ChatHandler(room: room))
            try channel.connect(to: SocketAddress(ipAddress: "192.0.2.9", port: 1)).wait()
        } catch {
            fatalError("\(error)")
        }
        let said = play(bytes, on: channel)
        require(said.allSatisfy { $0 >= 0x20 || $0 == 10 || $0 == 13 }, "no control character reaches a terminal")
        require(room.connections <= 1 && room.names.count <= 1, "nobody else is there")
        _ = try? channel.finish(acceptAlreadyClosed: true)
        require(room.connections == 0, "who is gone is gone")
    }

    /// - Returns: what was answered.
    private static func play(_ bytes: [UInt8], on channel: EmbeddedChannel) -> [UInt8] {
        var script = Script(bytes)
        var answer: [UInt8] = []
        for _ in 0..<64 where !script.isOver && channel.isActive {
            let kind = script.byte()
            switch kind & 0xf {
            case 1: channel.embeddedEventLoop.advanceTime(by: .seconds(Int64(kind >> 4)))
            case 2: channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
            default: _ = try? channel.writeInbound(ByteBuffer(bytes: script.piece()))
            }
            channel.embeddedEventLoop.run()
            while let data = try? channel.readOutbound(as: IOData.self) {
                if case .byteBuffer(let buffer) = data { answer += buffer.readableBytesView }
            }
        }
        return answer
    }
}
