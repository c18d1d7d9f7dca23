import ArgumentParser
import CardSelection
import Clocks
import E1000
import Glibc
import ToolSupport

struct Top: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Watch a card: rings, rates, link, counters.",
        discussion: """
            A card has one owner: this opens it, receives every frame and throws it away. On a terminal it draws a picture \
            that 'q' or Ctrl-C ends; elsewhere, and with --json, it prints a line a second.

            Examples:
              sudo e1000-uio top
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
    @Flag(help: "Receive every frame on the wire, not only those for this card.")
    var promiscuous = false
    @Flag(help: "Print one JSON object a line.")
    var json = false

    func validate() throws {
        try settings.check(promiscuous: promiscuous)
        guard interval >= 0.05, interval <= 86400 else {
            throw Problem.usage("--interval", "\(interval) seconds", remedy: "use a number from 0.05 to 86400")
        }
    }

    func run() throws {
        let card = try card.open(settings, promiscuous: promiscuous)
        let title = "\(card.name), \(CardModel.name(of: card.deviceID)), \(card.macAddress)"
        guard Interruption.sleep(nanoseconds: card.nanosecondsUntilReceiving) else { return }
        let isScreen = !json && isatty(STDOUT_FILENO) == 1 && isatty(STDIN_FILENO) == 1
        if isScreen { try draw(TopMonitor(card), title) } else { try print(TopMonitor(card)) }
    }

    private func print(_ monitor: consuming TopMonitor) throws {
        var next = Clocks.monotonic
        var number: UInt64 = 0
        while count == 0 || number < count {
            next = Self.following(next, interval)
            while Clocks.monotonic < next && !Interruption.requested { try monitor.receive(until: next, wake: Interruption.descriptor) }
            guard !Interruption.requested else { return }
            try monitor.measure()
            number += 1
            if json { try Output.json(monitor.sample, compact: true) } else { Output.line(TopView.line(monitor.sample)) }
        }
    }

    private func draw(_ monitor: consuming TopMonitor, _ title: String) throws {
        var view = TopView(title: title, wantsColour: Output.wantsColour)
        let screen = try Screen()
        try monitor.measure()
        var next = Self.following(Clocks.monotonic, interval)
        var number: UInt64 = 0
        var size = screen.size
        screen.draw(view.lines(monitor.sample, monitor.rings, columns: size.columns, rows: size.rows))
        while (count == 0 || number < count) && !Interruption.requested {
            while Clocks.monotonic < next && !Interruption.requested {
                try monitor.receive(until: next, wake: screen.wake)
                let keys = screen.keys()
                if !keys.isThere || keys.text.contains("q") || keys.text.contains("Q") { return }
                if screen.size != size { break }
            }
            if Clocks.monotonic >= next {
                try monitor.measure()
                view.remember(monitor.sample)
                number += 1
                next = Self.following(next, interval)
            }
            size = screen.size
            screen.draw(view.lines(monitor.sample, monitor.rings, columns: size.columns, rows: size.rows))
        }
    }

    /// The next time to report; none are made up for after a long sleep of the machine.
    private static func following(_ last: Int64, _ interval: Double) -> Int64 {
        let step = Int64(interval * 1e9)
        return max(last + step, Clocks.monotonic - step)
    }
}
