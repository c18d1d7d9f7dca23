import ArgumentParser
import CardBench
import CardSelection
import E1000
import ToolSupport

struct Bench: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measure one card that sends, or two that forward.",
        discussion: """
            'tx': the card sends frames of 60 bytes to everyone on its wire. 'io': what the card receives, the card of --to \
            sends; both must be on one wire, with nobody else, so that a burst goes round between them. A tenth of the frames \
            goes first, unmeasured.

            Examples:
              e1000-uio bench --device qemu --netdev hubport,hubid=0 --batch 256
              sudo e1000-uio bench --device 00:03.0 --batch 64
              sudo e1000-uio bench --mode io --device 00:03.0 --to 00:04.0 --json
            """)

    @OptionGroup var card: CardOptions
    @Option(help: ArgumentHelp("What is measured: tx or io.", valueName: "mode"))
    var mode: PacketRun.Mode = .tx
    @Option(help: ArgumentHelp("With io: the card that sends.", valueName: "device"))
    var to: String?
    @Option(help: "Frames a burst: 1 to 2048, and at most half the ring.")
    var batch: UInt32 = 64
    @Option(help: "Frames of the run.")
    var frames: UInt64 = 100_000
    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
        if batch == 0 || batch > 2048 { throw Problem.usage("--batch", "\(batch) frames", remedy: "use 1 to 2048") }
        if frames == 0 { throw Problem.usage("--frames", "none", remedy: "use at least 1") }
        if mode == .io && to == nil { throw Problem.usage("--to", "missing", remedy: "name the card that sends") }
        if mode == .tx && to != nil { throw Problem.usage("--to", "only --mode io has a second card", remedy: "leave it out, or add --mode io") }
    }

    func run() throws {
        let batch = min(batch, card.ringSize / 2)
        let run: PacketRun
        switch mode {
        case .tx:
            run = try SendingRun.measure(try card.open(), batch, frames)
        case .io:
            var second = card
            second.device = to
            run = try ForwardingRun.measure(from: try card.open(), to: try second.open(), batch, frames)
        }
        if json { return try Output.json(run, compact: true) }
        Output.line("\(run.frames) frames of 60 bytes, \(run.batch) a burst, in \(fixed(run.seconds, 3)) s: \(Int(run.framesPerSecond)) frames/s")
        Output.line("\(fixed(run.cpuNanosecondsPerFrame, 0)) ns of this program's processor time a frame")
        Output.line(
            "\(fixed(run.transmitTailWritesPerFrame, 4)) transmit and \(fixed(run.receiveTailWritesPerFrame, 4)) receive tail writes a frame")
    }
}

extension PacketRun.Mode: ExpressibleByArgument {}
