import ArgumentParser
import ToolSupport

@main
struct Bench: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ringlight-bench",
        abstract: "Measure the packet path.",
        discussion: """
            Numbers, not verdicts: nothing fails because it is slow.

            Examples:
              ringlight-bench                            QEMU's bare card and a booted guest, as a table
              ringlight-bench --json > numbers.json
              ringlight-bench card --device 00:03.0 --batch 64
            """,
        version: ringlightVersion,
        subcommands: [All.self, OneCard.self, Forward.self, Peers.self],
        defaultSubcommand: All.self)

    static func main() { Tool.run(Self.self) }
}

struct All: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "all", abstract: "Measure every way in that this machine can show: QEMU's bare card, and a guest's through UIO.")

    @Option(help: "Frames of a run.")
    var frames: UInt64 = 100_000
    @Flag(help: "Print JSON.")
    var json = false

    func run() throws {
        var runs: [TransmitRun] = []
        for batch: UInt32 in [1, 32, 256] {
            Output.note("qemu, batch \(batch)")
            runs.append(try TransmitRun.onBareCard(batch: batch, frames: frames))
        }
        runs += try GuestRuns.all(batches: [1, 32, 64], frames: frames)
        let report = Report(machine: try Machine(), runs: runs)
        if json { try Output.json(report) } else { report.lines.forEach(Output.line) }
    }
}
