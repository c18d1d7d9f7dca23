import HostServices
import NIOCore
import NIOPosix
import RinglightNIO
import Testing

extension Channels {
    @Suite("A chat room")
    struct ChatTests {
        private static let lines = 1500
        private static let text = String(repeating: "x", count: 900)

        @Test("Who does not read is his own trouble: the others get every line, he is told what he missed", .needsCard)
        func slowReader() throws {
            try withWorld(.host) { world in
                var limits = ChatLimits()
                (limits.burst, limits.linesPerSecond) = (1_000_000, 1_000_000)
                let room = ChatRoom(eventLoop: world.loop, limits: limits)
                let server = try world.server()
                    .childChannelInitializer { channel in
                        channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(ChatHandler(room: room)) }
                    }
                    .bind(host: world.address, port: 0).result()

                let (slow, listening, talking) = (Recorder(), Recorder(), Recorder())
                func join(_ name: String, _ recorder: Recorder, _ change: (PeerClient) -> PeerClient = { $0 }) throws -> any Channel {
                    let client = change(world.peerClient()).channelInitializer { $0.pipeline.addHandler(recorder) }
                    let channel = try client.connect(to: server.localAddress!).result()
                    try channel.writeAndFlush(bytes("\(name)\r\n")).result()
                    return channel
                }
                // His kernel keeps little for him, so that most of it stays with the room.
                let sleeper = try join("Slow", slow) {
                    $0.channelOption(.socketOption(.so_rcvbuf), value: 8192).channelOption(.autoRead, value: false)
                }
                let listener = try join("Ann", listening)
                try listening.events.wait { _ in listening.text.contains("Ann") }
                let talker = try join("Bob", talking)
                try listening.events.wait { _ in listening.text.contains("* Bob joined") }

                // As fast as Ann reads: a hundred lines are less than what the room keeps for anybody.
                for block in 0..<Self.lines / 100 {
                    for number in block * 100..<(block + 1) * 100 { talker.write(bytes("\(number) \(Self.text)\r\n"), promise: nil) }
                    talker.flush()
                    try listening.events.wait { _ in listening.text.contains("Bob: \(block * 100 + 99) ") }
                }
                let heard = listening.text.split(separator: "\r\n").filter { $0.hasPrefix("Bob: ") }.map { $0.split(separator: " ")[1] }
                let isWhole = heard == (0..<Self.lines).map { "\($0)" }
                #expect(isWhole, "\(heard.count) of \(Self.lines) lines")

                // He wakes up.
                try sleeper.setOption(.autoRead, value: true).result()
                try slow.events.wait { _ in slow.text.contains("* you missed ") }
                #expect(try world.loop.submit { room.names }.result().contains("Slow"))
                for channel in [sleeper, listener, talker, server] { try channel.close().result() }
            }
        }
    }
}
