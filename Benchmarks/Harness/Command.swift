import ArgumentParser
import CardBench
import ToolSupport

@main
struct Harness: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ringlight-bench",
        abstract: "Measure the packet path, a web server on it, and how soon lights follow.",
        discussion: """
            Numbers, not verdicts: nothing fails because it is slow.

            Examples:
              ringlight-bench                            QEMU's bare card and a booted guest, as a table
              ringlight-bench --json > numbers.json
            """,
        version: ringlightVersion,
        subcommands: [All.self, Forward.self, Lights.self, Peers.self, Serving.self, Shares.self],
        defaultSubcommand: All.self)

    static func main() { Tool.run(Self.self) }
}

struct All: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "all",
        abstract: "Measure all that this machine can show: the packet path next to C's, QEMU's bare card, and a guest's through UIO; "
            + "a web server; and how soon lights follow.")

    @Option(help: "Frames of a run.")
    var frames: UInt64 = 100_000
    @Option(help: "Rounds: in each, everything is measured once, one after the other.")
    var rounds = 5
    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
        if frames == 0 { throw Problem.usage("--frames", "none", remedy: "use at least 1") }
        if rounds < 1 { throw Problem.usage("--rounds", "\(rounds)", remedy: "use at least 1") }
    }

    func run() throws {
        Output.note("the packet path on a card in memory, Swift and C in turns")
        let comparisons = try Comparison.measure(batches: [1, 8, 32, 64], rounds: rounds * 3, packets: 1_000_000)
        let guest = try GuestRuns()
        defer { guest.end() }
        var runs: [PacketRun] = []
        for round in 1...rounds {
            Output.note("round \(round) of \(rounds)")
            for batch: UInt32 in [1, 32, 256] { runs.append(try SendingRun.onBareCard(batch: batch, frames: frames)) }
            for mode in PacketRun.Mode.allCases {
                for batch: UInt32 in [1, 32, 64] { runs.append(try guest.run(mode, batch: batch, frames: frames)) }
            }
        }
        guest.end()
        let serving = try ServingReport.measure(rounds: rounds)
        let shares = try RequestShares.measure(seconds: 20)
        let lights = try LightLatency.measure(rounds: rounds * 40)
        let report = Report(machine: try Machine(), comparisons: comparisons, runs: runs, serving: serving, shares: shares, lights: lights)
        if json { try Output.json(report) } else { report.lines.forEach(Output.line) }
    }
}
