import ArgumentParser
import CardBridge
import CardSelection
import Clocks
import E1000
import Glibc
import ToolSupport

struct Top: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Watch a card: rings, rates, link, counters.",
        discussion: """
            A card has one owner. One that e1000d drives is watched by what that tells at its socket: nothing is taken away \
            from it, and no privilege is needed; when it is started again, this goes on. Any other card this opens itself, \
            receives every frame and throws it away. On a terminal it draws a picture that 'q' or Ctrl-C ends; elsewhere, and \
            with --json, it prints a line a second.

            Examples:
              sudo e1000-uio top
              e1000-uio top --device 00:03.0
              e1000-uio top --metrics /tmp/card.sock
              sudo e1000-uio top --promiscuous --device 00:03.0
              e1000-uio top -d qemu --interval 0.2
              sudo e1000-uio top --json --count 60 | jq .receiveFrames.now
            """)

    @OptionGroup var card: CardOptions
    @OptionGroup var settings: CardSettings
    @Option(help: ArgumentHelp("Time between two pictures or lines.", valueName: "seconds"))
    var interval: Double = 1
    @Option(name: [.customShort("n"), .long], help: "Pictures or lines; 0: until stopped.")
    var count: UInt64 = 0
    @Option(
        help: ArgumentHelp(
            "Watch the card that another program drives, and tells of at this socket (e1000d --metrics, e1000-uio bridge --metrics).",
            valueName: "socket"))
    var metrics: String?
    @Flag(help: "Receive every frame on the wire, not only those for this card.")
    var promiscuous = false
    @Flag(help: "Print one JSON object a line.")
    var json = false

    func validate() throws {
        try settings.check(promiscuous: promiscuous)
        guard interval >= 0.05, interval <= 86400 else {
            throw Problem.usage("--interval", "\(interval) seconds", remedy: "use a number from 0.05 to 86400")
        }
        guard let metrics else { return }
        guard MetricsSocket.isPath(metrics) else {
            throw Problem.usage("--metrics", "'\(metrics)' is not a path for a socket", remedy: "use 1 to 107 bytes")
        }
        guard card.device == nil, !promiscuous, settings.areUsual else {
            throw Problem.usage("--metrics", "another program has that card, and sets it up", remedy: "leave the card's options away")
        }
    }

    func run() throws {
        let isScreen = !json && isatty(STDOUT_FILENO) == 1 && isatty(STDIN_FILENO) == 1
        if let socket = TopSocket(explicit: metrics, card: self.card) {
            guard socket.isExplicit || (!promiscuous && settings.areUsual) else {
                throw Problem(socket.path, "e1000d has that card, and sets it up", remedy: "leave the card's options away, or stop e1000d")
            }
            // Over a picture nothing is written: it says so itself.
            let note = { (line: String) in if !isScreen { Output.note(line) } }
            guard let monitor = try socket.open(note: note) else { return }
            note(monitor.title)
            return try show(monitor, onScreen: isScreen)
        }
        let card = try card.open(settings, promiscuous: promiscuous)
        guard Interruption.sleep(nanoseconds: card.nanosecondsUntilReceiving) else { return }
        try show(TopMonitor(card), onScreen: isScreen)
    }

    private func show(_ source: consuming some TopSource & ~Copyable, onScreen: Bool) throws {
        if onScreen { try draw(&source) } else { try print(&source) }
    }

    private func print(_ source: inout some TopSource & ~Copyable) throws {
        var next = Clocks.monotonic
        var number: UInt64 = 0
        var outcome = TopMeasurement.done
        while count == 0 || number < count {
            next = following(next, outcome)
            while Clocks.monotonic < next && !Interruption.requested { try source.wait(until: next, wake: Interruption.descriptor) }
            guard !Interruption.requested else { return }
            outcome = try source.measure(wake: Interruption.descriptor)
            guard case .done = outcome else { continue }
            number += 1
            if json { try Output.json(source.sample, compact: true) } else { Output.line(TopView.line(source.sample)) }
        }
    }

    private func draw(_ source: inout some TopSource & ~Copyable) throws {
        var view = TopView(wantsColour: Output.wantsColour)
        let screen = try Screen()
        // Nothing of this interval is remembered.
        _ = try source.measure(wake: screen.wake)
        var next = following(Clocks.monotonic, .done)
        var number: UInt64 = 0
        var size: (columns: Int, rows: Int) = (0, 0)
        while (count == 0 || number < count) && !Interruption.requested {
            var isNews = screen.size != size
            if Clocks.monotonic >= next {
                let outcome = try source.measure(wake: screen.wake)
                if case .done = outcome {
                    view.remember(source.sample)
                    number += 1
                }
                if case .woken = outcome {} else {
                    next = following(next, outcome)
                    isNews = true
                }
            } else if !isNews {
                try source.wait(until: next, wake: screen.wake)
            }
            let keys = screen.keys()
            if !keys.isThere || keys.text.contains("q") || keys.text.contains("Q") { return }
            guard isNews else { continue }
            size = screen.size
            screen.draw(view.lines(source, columns: size.columns, rows: size.rows))
        }
    }

    /// The next time to report; none are made up for after a long sleep of the machine. What failed is tried again soon.
    private func following(_ last: Int64, _ outcome: TopMeasurement) -> Int64 {
        var step = Int64(interval * 1e9)
        if case .failed = outcome { step = min(step, 1_000_000_000) }
        return max(last + step, Clocks.monotonic - step)
    }
}
