import CardSelection
import Clocks
import DeviceAccess
import E1000

/// Takes frames off a card, throws them away, and measures.
struct TopMonitor: TopSource, ~Copyable {
    private static let largestBatch = 32

    let title: String
    var trouble: String? { nil }
    private var card: Controller
    private(set) var sample = TopSample()
    private(set) var rings: (transmit: RingOccupancy, receive: RingOccupancy)
    private let start: Int64
    private var last: Int64
    private var bytes: UInt64 = 0
    private var frames: UInt64 = 0
    private var mostWaiting: UInt32 = 0
    private var recovery = Recovery()

    init(_ card: consuming Controller) {
        rings = card.occupancy
        title = "\(card.name), \(CardModel.name(of: card.deviceID)), \(card.macAddress)"
        self.card = card
        start = Clocks.monotonic
        last = start
    }

    /// Receives for a while.
    mutating func wait(until deadline: Int64, wake: Int32) throws {
        let left = deadline - Clocks.monotonic
        guard left > 0 else { return }
        _ = try recovery.look(after: &card, done: frames)
        _ = try card.waitForFrame(nanoseconds: min(left, 1_000_000_000), wake: wake)
        let waiting = card.waitingFrames
        // The busiest moment is kept, as it was before anything was taken.
        if waiting >= mostWaiting { (mostWaiting, rings) = (waiting, card.occupancy) }
        for _ in 0..<Self.largestBatch {
            guard let packet = card.receive() else { break }
            frames += 1
            bytes += UInt64(packet.length)
            card.put(packet)
        }
        try card.commit()
    }

    /// The card itself is asked: nothing to wait for.
    mutating func measure(wake: Int32) throws -> TopMeasurement {
        let now = Clocks.monotonic
        let interval = Double(now - last) / 1e9
        let total = Double(now - start) / 1e9
        let statistics = try card.readStatistics()
        let before = sample.counters
        sample.time = Clocks.realtime
        sample.seconds = total
        sample.counters = .init(
            received: statistics.received, bytes: bytes, sent: statistics.sent, missed: statistics.missed, noBuffer: statistics.noBuffer,
            crcErrors: statistics.crcErrors, receiveErrors: statistics.receiveErrors, bad: card.receiveTrouble.badFrames,
            recoveries: card.driverCounters.recoveries, lost: card.driverCounters.lostFrames)
        let counters = sample.counters
        sample.receiveFrames.update(
            by: Double(counters.received - before.received), in: interval, total: Double(counters.received), since: total)
        sample.receiveBits.update(by: Double(bytes - before.bytes) * 8, in: interval, total: Double(bytes) * 8, since: total)
        sample.sendFrames.update(by: Double(counters.sent - before.sent), in: interval, total: Double(counters.sent), since: total)
        let link = try card.linkState()
        sample.link.isUp = link.isUp
        (sample.link.speed, sample.link.fullDuplex) = link.isUp ? (link.speed, link.isFullDuplex) : (0, false)
        if try card.takeLinkChange() { sample.link.changes += 1 }
        if mostWaiting == 0 { rings = card.occupancy }
        (sample.receiveRing, sample.transmitRing) = (.init(rings.receive), .init(rings.transmit))
        sample.mostWaiting = mostWaiting
        mostWaiting = 0
        last = now
        return .done
    }
}
