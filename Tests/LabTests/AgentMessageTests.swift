import GuestProtocol
import Testing

struct AgentMessageTests {
    private static let messages: [AgentMessage] = [
        .start(job: 1, command: "echo 'ä'\n"), .signal(job: 0xffff_ffff, number: 9),
        .write(job: 2, path: "/tmp/ä b", append: true, bytes: [0, 1, 255]), .write(job: 3, path: "", append: false, bytes: []),
        .ready, .output(job: 4, bytes: [10, 0]), .errors(job: 5, bytes: []), .ended(job: 6, status: -1),
        .ended(job: 7, status: 137),
    ]

    @Test("What is encoded is read back, however the bytes are cut")
    func roundTrip() throws {
        let bytes = Self.messages.flatMap(\.encoded)
        for size in [1, 2, 3, 4, 5, 9, 64, bytes.count] {
            var reader = AgentMessageReader()
            var seen: [AgentMessage] = []
            for start in stride(from: 0, to: bytes.count, by: size) {
                reader.append(bytes[start...].prefix(size))
                while let message = try reader.next() { seen.append(message) }
            }
            #expect(seen == Self.messages, "pieces of \(size)")
        }
    }

    @Test("The line's bytes are fixed: an old agent and a new launcher must not misunderstand each other")
    func layout() {
        #expect(AgentMessage.signal(job: 2, number: 9).encoded == [9, 0, 0, 0, 2, 2, 0, 0, 0, 9, 0, 0, 0])
        #expect(AgentMessage.output(job: 258, bytes: [7]).encoded == [6, 0, 0, 0, 17, 2, 1, 0, 0, 7])
    }

    @Test(
        "Nonsense is an error",
        arguments: [
            ([0, 0, 0, 0], .truncated), ([4, 0, 0, 0, 1, 0, 0, 0], .truncated), ([5, 0, 0, 0, 99, 0, 0, 0, 0], .unknownKind(99)),
            ([6, 0, 0, 0, 19, 0, 0, 0, 0, 1], .truncated), ([10, 0, 0, 0, 3, 0, 0, 0, 0, 0, 1, 0, 0, 0], .truncated),
            ([255, 255, 255, 255], .tooLong(0xffff_ffff)),
        ] as [([UInt8], AgentProtocolError)])
    func malformed(bytes: [UInt8], error: AgentProtocolError) {
        var reader = AgentMessageReader()
        reader.append(bytes)
        #expect(throws: error) { _ = try reader.next() }
    }
}
