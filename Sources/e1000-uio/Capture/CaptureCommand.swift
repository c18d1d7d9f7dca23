import ArgumentParser
import CardSelection
import Glibc
import ToolSupport

struct Capture: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Write what arrives into pcapng files, or into Wireshark.",
        discussion: """
            Says 'ready' on standard error once frames can arrive, and at the end how many frames were captured, received by \
            the card and dropped; each file holds the last two as well. Ctrl-C ends a capture, and is no error. Criteria of \
            -a and -b are duration:SECONDS, filesize:KB (of 1000 bytes), files:COUNT and packets:COUNT; both can be repeated. \
            With -b the files are named by number and time: trace_00001_20260131235959.pcapng.

            Examples:
              sudo e1000-uio capture -w trace.pcapng -c 1000
              sudo e1000-uio capture -w - | wireshark -k -i -
              sudo e1000-uio capture -w - -s 96 | tcpdump -n -r -
              sudo e1000-uio capture -w trace.pcapng -b filesize:1000 -b files:5
              e1000-uio capture -d qemu -w trace.pcapng -a duration:10
            """)

    @OptionGroup var card: CardOptions
    @OptionGroup var size: FrameSize
    @OptionGroup var settings: CardSettings

    @Option(name: .customShort("w"), help: ArgumentHelp("Where to write; '-' is standard output.", valueName: "file"))
    var path: String
    @Option(name: .customShort("c"), help: ArgumentHelp("Stop after this many frames.", valueName: "count"))
    var limit: UInt64?
    @Option(
        name: [.customShort("s"), .long],
        help: ArgumentHelp("Keep at most this many bytes of a frame; 0: all of it.", valueName: "bytes"))
    var snapLength: UInt32 = 0
    @Option(name: [.customShort("a"), .customLong("autostop")], help: ArgumentHelp("Stop when this is reached.", valueName: "criterion"))
    var autostop: [String] = []
    @Option(
        name: [.customShort("b"), .customLong("ring-buffer")],
        help: ArgumentHelp("Begin another file when this is reached; files:N keeps the last N.", valueName: "criterion"))
    var ring: [String] = []
    @Option(help: ArgumentHelp("A comment for the files' header; can be repeated.", valueName: "text"))
    var comment: [String] = []
    @Flag(name: [.customShort("p"), .customLong("no-promiscuous-mode")], help: "Capture only frames for this card.")
    var notPromiscuous = false
    @Flag(help: "Print the totals as JSON on standard output.")
    var json = false

    func validate() throws {
        try settings.check(promiscuous: !notPromiscuous)
        if limit == 0 { throw Problem.usage("-c", "0 frames", remedy: "leave -c away to capture until stopped") }
        if path == "-" && json {
            throw Problem.usage("-w -", "standard output holds the capture", remedy: "leave --json away, or write to a file")
        }
        if let long = comment.first(where: { $0.utf8.count > Int(UInt16.max) }) {
            throw Problem.usage("--comment", "\(long.utf8.count) bytes", remedy: "a comment has at most \(UInt16.max)")
        }
        try plan().check()
    }

    private func plan() throws -> CapturePlan {
        var plan = CapturePlan(path: path, snapLength: snapLength, comments: comment)
        plan.end = try CaptureCriteria.parse(autostop, "-a")
        if let limit { plan.end.frames = min(limit, plan.end.frames ?? .max) }
        if !ring.isEmpty { plan.ring = try CaptureCriteria.parse(ring, "-b") }
        return plan
    }

    func run() throws {
        if path == "-" && isatty(STDOUT_FILENO) == 1 {
            throw Problem("-w -", "standard output is a terminal", remedy: "pipe it into a program, or write to a file")
        }
        let plan = try plan()
        // A file that cannot be written is known before the card is touched.
        let sink = FrameSink(try CaptureFiles(plan, interface: card.device ?? "e1000"))
        let loop = ReceiveLoop(try card.open(settings, promiscuous: !notPromiscuous, prepare: size.apply), sink: sink, station: nil)
        try loop.run(limit: .max, nanoseconds: plan.end.nanoseconds) { totals, files in
            let report = CaptureTotals(totals, files: path == "-" ? [] : files)
            Output.note(report.summary)
            if json { try Output.json(report) }
        }
    }
}
