import Glibc
import TestSupport
import Testing

@Suite("Many people at once, on QEMU's card", .serialized)
struct CrowdTests {
    /// KiB of the tool's memory that are its own (proc(5), smaps_rollup).
    private func privateMemory(of pid: pid_t) throws -> Int {
        let text = try shell("awk '/^Private/ { sum += $2 } END { print sum }' /proc/\(pid)/smaps_rollup").text
        return try #require(Int(text.split(separator: "\n").first.map(String.init) ?? ""))
    }

    private func person(_ tool: RunningTool) throws -> LoopbackClient {
        let client = try LoopbackClient(to: tool.port)
        client.send("?")
        try #require(client.receive() == [UInt8(ascii: "?")])
        return client
    }

    @Test("1,000 idle connections and 200 busy ones; what an idle one costs")
    func crowd() throws {
        try withTool(["echo"], hostPort: 7, ready: "echo:") { tool in
            let before = try privateMemory(of: tool.pid)
            // One after the other: QEMU lets one wait. Connected is only the way to it; an answer says that the host has it, too.
            let idle = try (0..<1000).map { _ in try person(tool) }
            let each = Double(try privateMemory(of: tool.pid) - before) / 1000
            print("an idle connection: \(each) KiB")
            // What README.md and the libraries' documentation say.
            #expect(each < 16)
            let busy = try (0..<200).map { _ in try person(tool) }
            let block = (0..<4000).map { UInt8(truncatingIfNeeded: $0) }
            for _ in 0..<5 {
                for client in busy { client.send(block) }
                for client in busy {
                    let end = client.received.count + block.count
                    while client.received.count < end { try #require(client.receive()?.isEmpty == false) }
                    #expect(Array(client.received.suffix(block.count)) == block)
                }
            }
            for client in idle {
                client.send("!")
                #expect(client.receive() == [UInt8(ascii: "!")])
            }
        }
    }
}
