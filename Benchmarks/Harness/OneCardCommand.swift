import ArgumentParser
import CardSelection
import E1000
import ToolSupport

struct OneCard: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "card",
        abstract: "Measure one card: it sends frames of 60 bytes to everyone on its wire.")

    @OptionGroup var card: CardOptions
    @Option(help: "Frames a tail write: 1 to 2048.")
    var batch: UInt32 = 64
    @Option(help: "Frames of the run.")
    var frames: UInt64 = 100_000
    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
        if batch == 0 || batch > 2048 { throw Problem.usage("--batch", "\(batch) frames", remedy: "use 1 to 2048") }
        if frames == 0 { throw Problem.usage("--frames", "none", remedy: "use at least 1") }
    }

    func run() throws {
        let run = try TransmitRun.measure(try card.open(), min(batch, card.ringSize / 2), frames)
        if json { try Output.json(run, compact: true) } else { Output.line(Report.header); Output.line(Report.line(run)) }
    }
}
