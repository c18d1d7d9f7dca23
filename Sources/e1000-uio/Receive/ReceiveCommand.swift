import ArgumentParser
import CardSelection
import Frames
import ToolSupport

struct Receive: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "recv",
        abstract: "Receive frames: print them, or write a capture.",
        discussion: """
            Says 'ready' on standard error once frames can arrive. Without -c or --duration it runs until Ctrl-C,
            which is no error. Totals are printed at the end, with what the card itself counted as lost.

            Examples:
              sudo e1000-uio recv --device 00:03.0 -c 10 -v
              sudo e1000-uio recv --promiscuous -w - | tcpdump -r -
              e1000-uio recv --device qemu --netdev user --arp-announce 10.0.2.15 --duration 5
            """)

    @OptionGroup var card: CardOptions
    @OptionGroup var size: FrameSize
    @OptionGroup var settings: CardSettings

    @Option(name: .customShort("c"), help: ArgumentHelp("Stop after this many frames.", valueName: "count"))
    var limit: UInt64?
    @Option(help: ArgumentHelp("Stop after this time.", valueName: "seconds"))
    var duration: Double?
    @Option(name: .customShort("w"), help: ArgumentHelp("Write a pcapng capture; '-' is standard output.", valueName: "file"))
    var capture: String?
    @Flag(name: .customShort("x"), help: "Print each frame's bytes too.")
    var hexDump = false
    @Flag(name: .shortAndLong, help: "Print the fields of each frame's headers too, one a line.")
    var verbose = false
    @Flag(help: "Receive every frame on the wire, not only those for this card.")
    var promiscuous = false
    @Option(help: ArgumentHelp("Announce this IPv4 address first, and answer ARP for it meanwhile.", valueName: "address"))
    var arpAnnounce: String?
    @Flag(help: "Print each frame, and at the end the totals, as one JSON object a line.")
    var json = false

    func validate() throws {
        try settings.check(promiscuous: promiscuous)
        if let duration, !(duration > 0 && duration <= 1e9) {
            throw Problem.usage("--duration", "\(duration) seconds", remedy: "use a number above 0")
        }
        if limit == 0 { throw Problem.usage("-c", "0 frames", remedy: "leave -c away to receive until stopped") }
        if let arpAnnounce, IPv4Address(arpAnnounce) == nil {
            throw Problem.usage("--arp-announce", "'\(arpAnnounce)' is not an IPv4 address", remedy: "write it like 10.0.2.15")
        }
        if capture == "-" && (json || hexDump || verbose) {
            throw Problem.usage("-w -", "standard output holds the capture", remedy: "leave --json, -v and -x away, or write to a file")
        }
    }

    func run() throws {
        // A file that cannot be written is known before the card is touched.
        let files = try capture.map { try CaptureFiles(CapturePlan(path: $0), interface: card.device ?? "e1000") }
        let printing = capture == nil || hexDump || verbose || json
            ? FrameSink.Printing(hexDump: hexDump, fields: verbose, json: json) : nil
        let loop = ReceiveLoop(
            try card.open(settings, promiscuous: promiscuous, prepare: size.apply), sink: FrameSink(files, printing: printing),
            station: arpAnnounce.flatMap { IPv4Address($0) })
        try loop.run(limit: limit ?? .max, nanoseconds: duration.map { Int64($0 * 1e9) }) { totals, _ in
            Output.note(totals.summary)
            if json { try Output.json(totals, compact: true) }
        }
    }
}
