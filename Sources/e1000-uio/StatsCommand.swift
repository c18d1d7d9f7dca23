import ArgumentParser
import CardSelection
import Clocks
import E1000
import ToolSupport

struct Stats: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show a card's counters.",
        discussion: """
            The card is opened for this, which resets its counters: what is counted is what happens while this command runs, so \
            that --watch is what shows a wire at work (frames for the card, broadcasts, errors; received frames are dropped). \
            Without --watch, the card is watched for --seconds. Counters of another program's card are not to be had: that program \
            holds it; those of e1000d's card 'e1000-uio top' shows.

            Examples:
              sudo e1000-uio stats --device 00:03.0 --watch 1
              e1000-uio stats --device qemu --seconds 2 --all
              e1000-uio stats --device qemu --json | jq .counters.GPRC
            """)

    @OptionGroup var card: CardOptions
    @OptionGroup var settings: CardSettings
    @OptionGroup var repetition: Repetition
    @Option(help: ArgumentHelp("Without --watch: how long to count.", valueName: "seconds"))
    var seconds: Double = 1
    @Flag(help: "Also counters that are zero.")
    var all = false
    @Flag(help: "Every frame on the wire is received, not only those for the card.")
    var promiscuous = false
    @Flag(help: "Print JSON; with --watch one object a line.")
    var json = false

    func validate() throws {
        try settings.check(promiscuous: promiscuous)
        guard seconds >= 0, seconds <= 86400 else {
            throw Problem.usage("--seconds", "\(seconds) seconds", remedy: "use a number from 0 to 86400")
        }
    }

    private struct Report: Encodable {
        let device: String
        let counters: [String: UInt64]
        let driver: DriverCounters
    }

    func run() throws {
        var card = try card.open(settings, promiscuous: promiscuous)
        var before = Statistics()
        var recovery = Recovery()
        var frames: UInt64 = 0
        repeat {
            let more = try Self.count(&card, for: repetition.watch ?? seconds) { try recovery.look(after: &$0, done: frames + $1) }
            frames += more
            let now = try card.readStatistics()
            try show(now, before: before, of: card)
            before = now
        } while repetition.watch != nil && !Interruption.requested
    }

    private func show(_ now: Statistics, before: Statistics, of card: borrowing Controller) throws {
        let counters = Counter.allCases.filter { $0.cards.contains(card.model) }
        if json {
            let pairs = counters.map { ("\($0)", now[$0]) }
            return try Output.json(
                Report(device: card.name, counters: Dictionary(pairs, uniquingKeysWith: { $1 }), driver: now.driver),
                compact: repetition.watch != nil)
        }
        var rows = counters.filter { all || now[$0] != 0 }.map { ["\($0)", "\(now[$0])", "+\(now[$0] - before[$0])", $0.meaning] }
        rows += Self.rows(now.driver).filter { all || $0.1 != 0 }.map { [$0.0, "\($0.1)", "", $0.2] }
        if rows.isEmpty { Output.line("every counter is zero") }
        for line in Table.lines(rows) { Output.line(line) }
        if repetition.watch != nil { Output.line("") }
    }

    private static func rows(_ driver: DriverCounters) -> [(String, UInt64, String)] {
        [
            ("ring-full", driver.ringFullWaits, "driver: waits for the transmit ring to empty"),
            ("refill-miss", driver.refillMisses, "driver: received frames that waited for a buffer"),
            ("bad", driver.badDescriptors, "driver: received frames with errors or an impossible status"),
            ("interrupts", driver.interrupts, "driver: waits that an interrupt ended"),
            ("polls", driver.polls, "driver: waits that ended without an interrupt"),
            ("recoveries", driver.recoveries, "driver: new initialisations of a card that had stopped"),
            ("lost", driver.lostFrames, "driver: frames lost by those"),
        ]
    }

    /// Takes received frames off the ring and drops them, so that the card goes on receiving, also after somebody has reset it.
    ///
    /// - Returns: their number.
    private static func count(
        _ card: inout Controller, for seconds: Double, look: (inout Controller, _ frames: UInt64) throws -> Bool
    ) throws -> UInt64 {
        let end = Clocks.monotonic + Int64(seconds * 1e9)
        var frames: UInt64 = 0
        while !Interruption.requested, Clocks.monotonic < end {
            _ = try look(&card, frames)
            // In slices of a second: a card that has stopped wakes nobody.
            _ = try card.waitForFrame(nanoseconds: min(end - Clocks.monotonic, 1_000_000_000), wake: Interruption.descriptor)
            while let packet = card.receive() {
                card.put(packet)
                frames += 1
            }
            try card.commit()
        }
        return frames
    }
}
