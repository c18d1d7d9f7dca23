import FoundationEssentials
import TestSupport
import Testing

@Suite("e1000-uio bench")
struct BenchCommandTests {
    private struct Run: Decodable {
        let wayIn, mode: String
        let batch, frames: Int
        let seconds, transmitTailWritesPerFrame: Double
    }

    @Test("a run on a card: what was asked for, and one tail write a burst")
    func run() throws {
        let result = try runTool(
            "e1000-uio", ["bench", "--device", "qemu", "--netdev", "hubport,hubid=0", "--batch", "50", "--frames", "5000", "--json"])
        try #require(result.status == 0, "\(result.errors)")
        let run = try JSONDecoder().decode(Run.self, from: Data(result.output))
        #expect((run.wayIn, run.mode, run.batch, run.frames) == ("qemu", "tx", 50, 5000))
        #expect(run.seconds > 0)
        #expect(run.transmitTailWritesPerFrame == 1.0 / 50)
        let text = try runTool("e1000-uio", ["bench", "--device", "sim", "--frames", "100"])
        #expect(text.status == 0 && text.text.hasPrefix("100 frames of 60 bytes, 64 a burst"), "\(text.text)\(text.errors)")
    }

    @Test(
        "bad input: what, why and what to do",
        arguments: [
            ("--batch 0", "--batch: 0 frames", "use 1 to 2048"), ("--frames 0", "--frames: none", "at least 1"),
            ("--mode io", "--to: missing", "name the card"), ("--to 00:04.0", "only --mode io", "add --mode io"),
        ])
    func badInput(words: String, what: String, remedy: String) throws {
        let result = try runTool("e1000-uio", ["bench", "--device", "sim"] + words.split(separator: " ").map(String.init))
        #expect(result.status == 64)
        #expect(result.errors.contains(what) && result.errors.contains(remedy), "\(result.errors)")
    }
}
