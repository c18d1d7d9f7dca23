import ArgumentParser
import CardBench
import CardSelection
import DeviceAccess
import E1000
import ToolSupport

struct Bench: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measure one card that sends, or two that forward.",
        discussion: """
            'tx': the card sends frames of 60 bytes to everyone on its wire. 'io': what the card receives, the card of --to \
            sends; both must be on one wire, with nobody else, so that a burst goes round between them. A tenth of the frames \
            goes first, unmeasured. With 'tx' on 'qemu', QEMU and this program share one processor: they take turns, and waking \
            each other on two costs more than the work.

            Examples:
              e1000-uio bench --device qemu --netdev hubport,hubid=0 --batch 256
              sudo e1000-uio bench --device 00:03.0 --batch 64 --min-pps 1400000
              sudo e1000-uio bench --mode io --device 00:03.0 --to 00:04.0 --json
            """)

    @OptionGroup var card: CardOptions
    @OptionGroup var settings: CardSettings
    @Option(help: ArgumentHelp("What is measured: tx or io.", valueName: "mode"))
    var mode: PacketRun.Mode = .tx
    @Option(help: ArgumentHelp("With io: the card that sends.", valueName: "device"))
    var to: String?
    @Option(help: ArgumentHelp("With io and '--to qemu': the network behind that card, as --netdev.", valueName: "string"))
    var toNetdev: String?
    @Option(help: "Frames a burst: 1 to \(PacketRun.largestBatch); a ring that does not hold two bursts is made larger, which is said.")
    var batch: UInt32 = 64
    @Option(help: "Frames of the run.")
    var frames: UInt64 = 100_000
    @Option(help: ArgumentHelp("Exit with 1 when it was fewer frames a second.", valueName: "rate"))
    var minPps: Double?
    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
        if batch == 0 || batch > PacketRun.largestBatch {
            throw Problem.usage("--batch", "\(batch) frames", remedy: "use 1 to \(PacketRun.largestBatch)")
        }
        if frames == 0 { throw Problem.usage("--frames", "none", remedy: "use at least 1") }
        if mode == .io && to == nil { throw Problem.usage("--to", "missing", remedy: "name the card that sends") }
        if mode == .tx && to != nil { throw Problem.usage("--to", "only --mode io has a second card", remedy: "leave it out, or add --mode io") }
        if toNetdev != nil && to != "qemu" {
            throw Problem.usage("--to-netdev", "it is about a card that QEMU plays", remedy: "leave it out, or add --mode io --to qemu")
        }
        if let minPps, !(minPps > 0 && minPps <= 1e9) {
            throw Problem.usage("--min-pps", "\(minPps) frames a second", remedy: "use a number above 0, up to 1000000000")
        }
    }

    func run() throws {
        let least = PacketRun.descriptors(forBatch: batch)
        if card.ringSize < least { Output.note("the ring has \(least) descriptors instead of \(card.ringSize): two bursts of \(batch)") }
        let run = try measured()
        if json { try Output.json(run, compact: true) } else { show(run) }
        if let minPps, run.framesPerSecond < minPps {
            throw Problem("bench", "\(Int(run.framesPerSecond)) frames/s are fewer than the \(fixed(minPps, 0)) of --min-pps")
        }
    }

    private func measured() throws -> PacketRun {
        do {
            return switch mode {
            case .tx: try card.isQEMU ? OneProcessor.run(send) : send()
            case .io: try forward()
            }
        } catch let error as DeviceError where error.kind == .stopped {
            // It could be recovered, but its time would mean nothing.
            throw Problem("bench", "\(error.what): \(error.why)", remedy: "measure again; 'e1000-uio selftest' checks the card")
        }
    }

    private func send() throws -> PacketRun { try SendingRun.measure(try opened(card, sends: true), batch, frames) }

    private func forward() throws -> PacketRun {
        var second = card
        second.device = to
        // The first one's has everything that is on the wire.
        second.wirePcap = nil
        if let toNetdev { second.netdev = toNetdev }
        return try ForwardingRun.measure(from: try opened(card, sends: false), to: try opened(second, sends: true), batch, frames)
    }

    /// - Parameter sends: which of its rings has to hold two bursts; both may be more than its DMA memory has room for.
    private func opened(_ card: CardOptions, sends: Bool) throws -> Controller {
        try card.open(settings) { wanted in
            var configuration = wanted
            let ring: WritableKeyPath<Configuration, UInt32> = sends ? \.transmitDescriptors : \.receiveDescriptors
            configuration[keyPath: ring] = max(configuration[keyPath: ring], PacketRun.descriptors(forBatch: batch))
            return configuration
        }
    }

    private func show(_ run: PacketRun) {
        Output.line("\(run.frames) frames of 60 bytes, \(run.batch) a burst, in \(fixed(run.seconds, 3)) s: \(Int(run.framesPerSecond)) frames/s")
        Output.line("\(fixed(run.cpuNanosecondsPerFrame, 0)) ns of this program's processor time a frame")
        Output.line(
            "\(fixed(run.transmitTailWritesPerFrame, 4)) transmit and \(fixed(run.receiveTailWritesPerFrame, 4)) receive tail writes a frame")
    }
}

extension PacketRun.Mode: ExpressibleByArgument {}
