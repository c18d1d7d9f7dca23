import ArgumentParser
import CardSelection
import E1000
import Frames
import ToolSupport

struct Replay: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Send the frames of a capture at the speed at which they were recorded.",
        discussion: """
            Returns when the card has reported the last frame done, and says how late frames were handed to it. A time that \
            goes backwards is no gap; one that is longer than --max-gap is shortened to it; both are said at the end. With \
            --loop the next round begins right after the last frame. Ctrl-C stops early, and is no error.

            Examples:
              sudo e1000-uio replay trace.pcapng
              sudo e1000-uio replay trace.pcapng --speed 10 --loop 3
              sudo e1000-uio replay --mbps 100 --count 100000 --loop 0 trace.pcap
              e1000-uio replay --dry-run trace.pcapng --json
              zcat trace.pcap.gz | sudo e1000-uio replay --topspeed -
            """)

    @OptionGroup var card: CardOptions
    @OptionGroup var size: FrameSize
    @OptionGroup var settings: CardSettings

    @Argument(help: ArgumentHelp("A pcap or pcapng file; '-' is standard input.", valueName: "file"))
    var path: String
    @Option(help: ArgumentHelp("Recorded speed times this: 2 is twice as fast. (default: 1)", valueName: "factor"))
    var speed: Double?
    @Option(help: "Frames a second, instead of the recorded times.")
    var pps: Double?
    @Option(help: "Megabits of frames a second (without CRC, preamble and gaps), instead of the recorded times.")
    var mbps: Double?
    @Flag(help: "As fast as the card takes them.")
    var topspeed = false
    @Option(help: ArgumentHelp("Longest gap between two frames that is kept, in recorded time.", valueName: "seconds"))
    var maxGap: Double = 60
    @Option(help: ArgumentHelp("Times to send the file; 0: until stopped.", valueName: "times"))
    var loop: Int = 1
    @Option(help: "Stop after this many frames; 0: no limit.")
    var count: UInt64 = 0
    @Flag(help: "Read the whole file and say what would be sent; touch no card.")
    var dryRun = false
    @Flag(help: "Print the totals as JSON on standard output.")
    var json = false

    func validate() throws {
        guard [speed != nil, pps != nil, mbps != nil, topspeed].filter({ $0 }).count <= 1 else {
            throw Problem.usage("replay", "how fast is not clear", remedy: "give one of --speed, --pps, --mbps and --topspeed")
        }
        try Self.check(speed, "--speed", 1e-6...1e6)
        try Self.check(pps, "--pps", 0.001...1e9)
        try Self.check(mbps, "--mbps", 0.001...1e6)
        try Self.check(maxGap, "--max-gap", 0...1e9)
        if loop < 0 { throw Problem.usage("--loop", "\(loop) times", remedy: "use 0 for 'until stopped', or a number from 1") }
    }

    private static func check(_ value: Double?, _ option: String, _ range: ClosedRange<Double>) throws {
        guard let value, !range.contains(value) else { return }
        throw Problem.usage(option, "\(value)", remedy: "use a number from \(range.lowerBound) to \(range.upperBound)")
    }

    private var pace: ReplaySchedule.Pace {
        if topspeed { return .asFastAsPossible }
        if let pps { return .framesPerSecond(pps) }
        if let mbps { return .megabitsPerSecond(mbps) }
        return .recorded(factor: speed ?? 1)
    }

    func run() throws {
        let rules = FrameRules(maximum: size.maximumFrame)
        // What is no capture is known before the card is touched; a rehearsal reads it once, however often it would be sent.
        var frames = try CaptureFrames.open(path: path, rules: rules, loops: dryRun ? 1 : loop)
        var schedule = ReplaySchedule(pace, longestGap: maxGap)
        func next() throws -> TimedFrame? {
            guard count == 0 || schedule.frames < count, let frame = try frames.next() else { return nil }
            return TimedFrame(bytes: frame.bytes, due: schedule.due(frame, startsLoop: frames.isFirstOfLoop))
        }
        if dryRun {
            while try next() != nil && !Interruption.requested {}
            return try report(Rehearsal(schedule), schedule)
        }
        try SendLoop(try card.open(settings, prepare: size.apply), rules).run(next) { totals in try report(ReplayTotals(totals, schedule), schedule) }
    }

    private func report(_ totals: some ReplayReport, _ schedule: ReplaySchedule) throws {
        for remark in schedule.remarks { Output.note(remark) }
        Output.note(totals.summary)
        if json { try Output.json(totals) }
    }
}
