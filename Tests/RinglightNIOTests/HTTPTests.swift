import NIOCore
import NIOHTTP1
import NIOPosix
import Testing

/// Answers a request with its method, its path and its body.
private final class Answerer: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart
    private var text = ""

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): text = "\(head.method) \(head.uri) "
        case .body(let buffer): text += String(buffer: buffer)
        case .end:
            let headers: HTTPHeaders = ["Content-Length": "\(text.utf8.count)"]
            context.write(wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: .ok, headers: headers))), promise: nil)
            context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: text)))), promise: nil)
            context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        }
    }
}

/// Writes answers down.
private final class Asker: ChannelInboundHandler, Sendable {
    typealias InboundIn = HTTPClientResponsePart
    let events = Events()

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): events.add("\(head.status.code)")
        case .body(let buffer): events.add(String(buffer: buffer))
        case .end: events.add("end")
        }
    }
}

extension Channels {
    @Suite("HTTP/1.1 by NIOHTTP1, unchanged")
    struct HTTPTests {
        private func ask(_ client: any Connecting, _ address: SocketAddress) throws {
            let asker = Asker()
            let channel = try client.channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHTTPClientHandlers()
                    try channel.pipeline.syncOperations.addHandler(asker)
                }
            }.connect(to: address).result()
            for number in 1...3 {
                let head = HTTPRequestHead(version: .http1_1, method: .POST, uri: "/\(number)", headers: ["Host": "card", "Content-Length": "4"])
                channel.write(HTTPClientRequestPart.head(head), promise: nil)
                channel.write(HTTPClientRequestPart.body(.byteBuffer(bytes("body"))), promise: nil)
                try channel.writeAndFlush(HTTPClientRequestPart.end(nil)).result()
                try asker.events.wait { $0.count == number * 3 }
            }
            #expect(asker.events.all == (1...3).flatMap { ["200", "POST /\($0) body", "end"] })
            try channel.close().result()
        }

        private static let answering: Setup = { channel in
            channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                try channel.pipeline.syncOperations.addHandler(Answerer())
            }
        }

        @Test("A server, and a connection kept alive", arguments: Side.here)
        func server(side: Side) throws {
            try withWorld(side) { world in
                let server = try world.server().childChannelInitializer(Self.answering).bind(host: world.address, port: 0).result()
                try ask(world.peerClient(), server.localAddress!)
                try server.close().result()
            }
        }

        @Test("A client", arguments: Side.here)
        func client(side: Side) throws {
            try withWorld(side) { world in
                let server = try world.peerServer().childChannelInitializer(Self.answering).bind(host: world.peerAddress, port: 0).result()
                try ask(world.client(), server.localAddress!)
                try server.close().result()
            }
        }
    }
}
