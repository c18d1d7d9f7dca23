import CardBridge
import Clocks
import E1000
import LightClient
import Logging
import Systemd

/// What the service does beside carrying frames: tells its manager, ledd and whoever asks for counters.
///
/// Between batches, and at most every millisecond: a batch costs one look at the clock for all of this.
struct ServiceWatch: BridgeObserver {
    private static let interval: Int64 = 1_000_000

    private let identity: CardIdentity
    private let teller: MetricsTeller?
    private let outbox: Outbox?
    private let watchdog: Int64?
    private var events = CardEvents()
    private var isReady = false
    private var nextLook: Int64 = 0
    private var nextFeed: Int64 = 0
    private var link: LinkState?

    /// A reference: the publisher's connection is not copied with this value.
    private final class Outbox {
        var events: LightEvents

        init(_ events: consuming LightEvents) { self.events = events }
    }

    /// - Parameters:
    ///   - socket: who wants counters; `nil`: nobody.
    ///   - publisher: to ledd; `nil`: no events.
    init(_ identity: CardIdentity, _ socket: MetricsSocket?, _ publisher: consuming LightEvents?) {
        self.identity = identity
        teller = socket.map { MetricsTeller(identity, at: $0) }
        if let publisher { outbox = Outbox(publisher) } else { outbox = nil }
        watchdog = ServiceManager.watchdogInterval.map { $0 / 2 }
    }

    mutating func round(_ card: inout Controller, _ totals: BridgeTotals, link: LinkState?, isIdle: Bool) throws -> Int64 {
        let now = Clocks.monotonic
        // A sleep may be as long as that; it is not worth more to be exact.
        guard now >= nextLook else { return Self.interval }
        nextLook = now + Self.interval
        if let link, link != self.link || !isReady { tell(link) }
        var next = feed(now)
        next = min(next, try publish(&card, totals, link, now))
        if let teller {
            next = min(next, try teller.serve(&card, totals, published: outbox.map { ($0.events.sent, $0.events.lost) }, now: now))
        }
        return max(0, next - now)
    }

    mutating func end(_ totals: BridgeTotals, _ error: (any Error)?) {
        log.info("\(totals.summary)")
        guard error != nil, let outbox else { return }
        outbox.events.publish(CardEvents.Kind.failed.rawValue, now: Clocks.monotonic)
    }

    private mutating func tell(_ link: LinkState) {
        let status = "\(identity.interface): link \(link.words)"
        if isReady { ServiceManager.status(status) } else { ServiceManager.ready(status) }
        if !isReady { log.info("ready: \(identity.interface), \(identity.macAddress)") }
        (isReady, self.link) = (true, link)
    }

    /// - Returns: when the watchdog wants to be fed again.
    private mutating func feed(_ now: Int64) -> Int64 {
        guard let watchdog else { return .max }
        if now >= nextFeed {
            ServiceManager.feedWatchdog()
            nextFeed = now + watchdog
        }
        return nextFeed
    }

    private mutating func publish(_ card: inout Controller, _ totals: BridgeTotals, _ link: LinkState?, _ now: Int64) throws -> Int64 {
        guard let outbox else { return .max }
        let (kinds, next) = try events.look(&card, totals, link, now: now)
        for kind in kinds {
            if kind.isState { outbox.events.publishState(kind.rawValue, now: now) } else { outbox.events.publish(kind.rawValue, now: now) }
        }
        return min(next, outbox.events.pump(now: now))
    }
}
