import DeviceAccess
import E1000
import E1000Model
import Frames
import HostStack
import NIOCore
import NIOHTTP1
import NIOPosix
import RinglightNIO
import TestSupport
import Testing

extension Channels {
    /// The code of `MovingAServer.md`, as it stands there.
    @Suite("The article's server")
    struct ExampleTests {
        private final class Hello: ChannelInboundHandler {
            typealias InboundIn = HTTPServerRequestPart
            typealias OutboundOut = HTTPServerResponsePart

            func channelRead(context: ChannelHandlerContext, data: NIOAny) {
                guard case .end = unwrapInboundIn(data) else { return }
                let headers: HTTPHeaders = ["Content-Length": "5", "Connection": "close"]
                context.write(wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: .ok, headers: headers))), promise: nil)
                context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: "hello")))), promise: nil)
                context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
            }
        }

        @Test("It answers Linux's curl", .needsCard)
        func server() async throws {
            let linux = try LinuxPeer(addresses: ["10.77.0.1/24"])
            defer { linux.close() }
            let cable = linux.cable
            let (address, gateway) = (IPv4Address("10.77.0.2")!, IPv4Address("10.77.0.1")!)
            let openDevice: @Sendable () -> Device = {
                let sim = SimDevice()
                sim.wire = cable
                return sim.device()
            }

            let pipeline: @Sendable (any Channel) -> EventLoopFuture<Void> = { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(Hello())
                }
            }

            let host = try HostLoop { try Controller(openDevice(), configuration: HostConfiguration.card()) }
            try host.run { stack in stack.setIPv4(address, prefixLength: 24, gateway: gateway) }

            let group = HostEventLoopGroup(host)
            let server = try await HostServerBootstrap(group: group)
                .childChannelInitializer(pipeline)
                .bind(host: "0.0.0.0", port: 80).get()

            #expect(try linux.command("curl -sS --max-time 30 http://10.77.0.2/").hasSuffix("hello"))

            try await server.close().get()
            try await group.shutdownGracefully()
        }

        @Test("The article shows this code, and no other")
        func article() throws {
            let article = try readText("\(packageFolder)/Sources/RinglightNIO/RinglightNIO.docc/MovingAServer.md")
            let code = try readText(#filePath).split(separator: "\n").map { $0.drop { $0 == " " } }
            let blocks = article.split(separator: "```swift\n").dropFirst().map { $0.split(separator: "```")[0] }
            // The first is the one that is left behind; the asynchronous one is `AsyncTests.server`.
            for block in [blocks[1], blocks[2], blocks[3]] {
                for line in block.split(separator: "\n") {
                    #expect(code.contains(line.drop { $0 == " " }), "\(line)")
                }
            }
        }
    }
}
