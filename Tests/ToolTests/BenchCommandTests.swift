import FoundationEssentials
import Glibc
import TestSupport
import Testing

@Suite("e1000-uio bench")
struct BenchCommandTests {
    private struct Run: Decodable {
        let wayIn, mode: String
        let batch, frames: Int
        let seconds, transmitTailWritesPerFrame, receiveTailWritesPerFrame: Double
    }

    private func bench(_ words: String) throws -> ToolResult {
        try runTool("e1000-uio", ["bench"] + words.split(separator: " ").map(String.init))
    }

    @Test("tx on a card: what was asked for, and one tail write a burst")
    func transmit() throws {
        let result = try bench("--device qemu --netdev hubport,hubid=0 --batch 50 --frames 5000 --json")
        try #require(result.status == 0, "\(result.errors)")
        let run = try JSONDecoder().decode(Run.self, from: Data(result.output))
        #expect((run.wayIn, run.mode, run.batch, run.frames) == ("qemu", "tx", 50, 5000))
        #expect(run.seconds > 0)
        #expect(run.transmitTailWritesPerFrame == 1.0 / 50)
        let text = try bench("--device sim --frames 100")
        #expect(text.status == 0 && text.text.hasPrefix("100 frames of 60 bytes, 64 a burst"), "\(text.text)\(text.errors)")
        #expect(text.errors.isEmpty)
    }

    @Test("a burst is as large as it was asked for: the ring grows, and that is said", arguments: [129, 256, 1024])
    func largeBatch(batch: Int) throws {
        let result = try bench("--device sim --batch \(batch) --frames \(10 * batch) --json")
        try #require(result.status == 0, "\(result.errors)")
        let run = try JSONDecoder().decode(Run.self, from: Data(result.output))
        #expect(run.batch == batch && abs(run.transmitTailWritesPerFrame - 1 / Double(batch)) < 1e-9, "\(result.text)")
        #expect(result.errors == "the ring has \((2 * batch + 7) / 8 * 8) descriptors instead of 256: two bursts of \(batch)\n")
    }

    @Test("io: a burst goes round between two cards on one wire")
    func forward() throws {
        var template = Array("/tmp/ringlight-bench-XXXXXX".utf8CString)
        let folder = try #require(mkdtemp(&template).map { String(cString: $0) })
        defer { _ = try? runTool("/bin/rm", ["-r", folder]) }
        func wire(_ mine: String, _ other: String) -> String {
            "dgram,local.type=unix,local.path=\(folder)/\(mine),remote.type=unix,remote.path=\(folder)/\(other)"
        }
        let result = try bench(
            "--mode io --device qemu --netdev \(wire("a", "b")) --to qemu --to-netdev \(wire("b", "a")) --batch 16 --frames 640 --json")
        try #require(result.status == 0, "\(result.errors)")
        let run = try JSONDecoder().decode(Run.self, from: Data(result.output))
        #expect((run.wayIn, run.mode, run.batch, run.frames) == ("qemu", "io", 16, 640))
        // A burst may come in parts, and each is passed on at once.
        #expect(1.0 / 16...1 ~= run.transmitTailWritesPerFrame && 1.0 / 128...1 ~= run.receiveTailWritesPerFrame, "\(result.text)")
    }

    @Test("--min-pps: a slower run is exit 1, with its numbers")
    func tooSlow() throws {
        let slow = try bench("--device sim --frames 100 --min-pps 1e9 --json")
        #expect(slow.status == 1 && slow.errors.contains("frames/s are fewer than the 1000000000 of --min-pps"), "\(slow.errors)")
        #expect(try JSONDecoder().decode(Run.self, from: Data(slow.output)).frames == 100)
        let fast = try bench("--device sim --frames 100 --min-pps 1")
        #expect(fast.status == 0 && fast.errors.isEmpty, "\(fast.errors)")
    }

    @Test(
        "bad input: what, why and what to do",
        arguments: [
            ("--batch 0", "--batch: 0 frames", "use 1 to 1024"), ("--batch 1025", "--batch: 1025 frames", "use 1 to 1024"),
            ("--frames 0", "--frames: none", "at least 1"), ("--mode io", "--to: missing", "name the card"),
            ("--to 00:04.0", "only --mode io", "add --mode io"), ("--to-netdev user", "a card that QEMU plays", "--to qemu"),
            ("--min-pps 0", "--min-pps: 0.0 frames a second", "above 0"), ("--min-pps nan", "--min-pps: nan", "above 0"),
        ])
    func badInput(words: String, what: String, remedy: String) throws {
        let result = try bench("--device sim \(words)")
        #expect(result.status == 64)
        #expect(result.errors.contains(what) && result.errors.contains(remedy), "\(result.errors)")
    }
}
