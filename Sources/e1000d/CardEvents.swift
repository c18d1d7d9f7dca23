import CardBridge
import E1000

/// Finds out what has happened to a card since the last look, as far as lights may tell of it.
struct CardEvents {
    enum Kind: String {
        case linkUp = "link-up"
        case linkDown = "link-down"
        case receive, transmit, error
        case ringFull = "ring-full"
        case recovered, failed

        /// Lasts until the next of these.
        var isState: Bool { self == .linkUp || self == .linkDown }
    }

    /// Activity is told twice this often, once for each direction: ten times a second in all.
    private static let activityInterval: Int64 = 200_000_000
    /// The card's counters of trouble are read this often.
    private static let troubleInterval: Int64 = 1_000_000_000

    private var link: Bool?
    private var received = Activity()
    private var sent = Activity()
    private var recoveries: UInt64 = 0
    private var errors: UInt64 = 0
    private var full: UInt64 = 0
    private var nextTrouble: Int64 = 0

    /// - Returns: what has happened, and when to look again at the latest.
    mutating func look(
        _ card: inout Controller, _ totals: BridgeTotals, _ link: LinkState?, now: Int64
    ) throws -> (kinds: [Kind], next: Int64) {
        var kinds: [Kind] = []
        if card.driverCounters.recoveries != recoveries {
            recoveries = card.driverCounters.recoveries
            kinds.append(.recovered)
        }
        if let isUp = link?.isUp, isUp != self.link {
            self.link = isUp
            kinds.append(isUp ? .linkUp : .linkDown)
        }
        // Frames that an interface refuses have arrived, too.
        if received.isNews(totals.toLinux.frames + totals.toLinux.refused, now, Self.activityInterval) { kinds.append(.receive) }
        if sent.isNews(totals.toCard.frames, now, Self.activityInterval) { kinds.append(.transmit) }
        if now >= nextTrouble {
            nextTrouble = now + Self.troubleInterval
            kinds += trouble(try card.readStatistics())
        }
        return (kinds, min(nextTrouble, received.next, sent.next))
    }

    private mutating func trouble(_ statistics: Statistics) -> [Kind] {
        let driver = statistics.driver
        let errors = statistics.crcErrors + statistics.receiveErrors + statistics[.ALGNERRC] + statistics[.SYMERRS] + statistics[.CEXTERR]
            + statistics[.ECOL] + statistics[.LATECOL] + driver.badDescriptors
        let full = statistics.missed + statistics.noBuffer + driver.ringFullWaits + driver.refillMisses
        defer { (self.errors, self.full) = (errors, full) }
        return (errors > self.errors ? [.error] : []) + (full > self.full ? [.ringFull] : [])
    }

    /// Frames in one direction, told of at intervals: a burst is seen at its start, and once more when it goes on.
    private struct Activity {
        private var count: UInt64 = 0
        private var free: Int64 = 0
        /// When there is something to tell that has to wait.
        private(set) var next = Int64.max

        mutating func isNews(_ count: UInt64, _ now: Int64, _ interval: Int64) -> Bool {
            next = .max
            guard count > self.count else { return false }
            guard now >= free else {
                next = free
                return false
            }
            (self.count, free) = (count, now + interval)
            return true
        }
    }
}
