import HostServices
import NIOCore
import NIOPosix
import Testing

@Suite("Chat over the loopback")
struct ChatLoopbackTests {
    @Test func `twenty people join, talk and leave`() throws {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let room = ChatRoom(eventLoop: loop)
        let server = try listen(on: loop) { try $0.pipeline.syncOperations.addHandler(ChatHandler(room: room)) }
        defer { server.close(promise: nil) }
        let people = try (0..<20).map { number in
            let peer = try Peer(server.localAddress)
            try peer.send("p\(number)\r\n")
            _ = try peer.receive(until: "you are p\(number);")
            return peer
        }
        for (number, peer) in people.enumerated() { try peer.send("line of \(number)\r\n") }
        for (number, peer) in people.enumerated() {
            // From different connections they may come in any order.
            var waiting = Set((0..<20).filter { $0 != number }.map { "p\($0): line of \($0)" })
            while !waiting.isEmpty {
                let line = try peer.receive(until: "\r\n")
                try #require(!line.isEmpty)
                waiting.remove(String(line.dropLast()))
            }
        }
        // One is gone without a word, one has only closed his half, the others say goodbye.
        people[0].hangUp()
        people[1].finish()
        #expect(try !people[1].receiveText().isEmpty)
        for peer in people.dropFirst(2) {
            try peer.send("/quit\r\n")
            _ = try peer.receiveText()
        }
        // What the room does, it does on its loop; the last to leave is seen there.
        let last = try Peer(server.localAddress)
        try last.send("last\r\n/who\r\n")
        #expect(try last.receive(until: "\r\n* here: last\r\n").hasSuffix("\r\n* here: last\r\n"))
    }
}
