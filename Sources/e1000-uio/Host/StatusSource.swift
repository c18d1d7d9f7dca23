import Clocks
import DequeModule
import E1000
import Frames
import HostServices
import HostStack
import Synchronization

/// What the status page shows, read on the loop.
final class StatusSource: @unchecked Sendable {
    /// Bytes of a frame that are kept to be described: all headers, and the start of a DNS message.
    private static let kept = 256
    /// Nanoseconds that the card's own counters stay good for, which are sixty registers: pages ask more often.
    private static let statisticsTime: Int64 = 1_000_000_000

    private let loop: HostLoop
    private let start = Clocks.monotonic
    private let device: String
    /// The loop's.
    private var frames = Deque<(bytes: [UInt8], length: Int, isSent: Bool)>()
    private var statistics: (value: Statistics, time: Int64)?

    init(_ session: HostSession) throws {
        loop = session.loop
        device = try session.loop.run { stack in stack.withCard { "\($0.model.name), \($0.name)" } }
        try session.loop.run { [self] stack in
            stack.frameObserver = { [weak self] bytes, isSent in self?.remember(bytes, isSent) }
        }
    }

    private func remember(_ bytes: RawSpan, _ isSent: Bool) {
        if frames.count == StatusSnapshot.mostFrames { frames.removeFirst() }
        let head = bytes.extracting(0..<min(bytes.byteCount, Self.kept))
        frames.append((head.withUnsafeBytes { Array($0) }, bytes.byteCount, isSent))
    }

    func snapshot() -> StatusSnapshot {
        let stack = loop.stack
        let counters = stack.counters
        let (link, rings) = stack.withCard { card in
            readStatistics(&card)
            return (try? card.linkState(), card.occupancy)
        }
        let isUp = link?.isUp ?? false
        return StatusSnapshot(
            device: device, mac: "\(stack.macAddress)",
            link: StatusSnapshot.Link(
                isUp: isUp, megabitsPerSecond: isUp ? link?.speed : nil, isFullDuplex: isUp ? link?.isFullDuplex : nil),
            addresses: stack.addresses.map(\.description), uptime: Double(Clocks.monotonic - start) / 1e9,
            transmitRing: Self.ring(rings.transmit), receiveRing: Self.ring(rings.receive),
            transmitted: StatusSnapshot.Traffic(frames: counters.sentFrames, bytes: counters.sentBytes),
            received: StatusSnapshot.Traffic(frames: counters.receivedFrames, bytes: counters.receivedBytes),
            counters: Self.list(statistics?.value) + Self.list(counters), connections: stack.socketDescriptions.map(Self.connection),
            lastFrames: frames.map { ($0.isSent ? "> " : "< ") + FrameSummary.line($0.bytes, originalLength: $0.length) })
    }

    /// Those of a card that does not answer stay as they were.
    private func readStatistics(_ card: inout Controller) {
        let now = Clocks.monotonic
        guard now - (statistics?.time ?? -Self.statisticsTime) >= Self.statisticsTime, let new = try? card.readStatistics() else { return }
        statistics = (new, now)
    }

    /// What the card did not give us.
    private static func list(_ statistics: Statistics?) -> [StatusSnapshot.Counter] {
        guard let statistics else { return [] }
        return [
            StatusSnapshot.Counter("Missed by the card: no room", statistics.missed),
            StatusSnapshot.Counter("Dropped by the card: damaged", statistics.crcErrors + statistics.receiveErrors),
            StatusSnapshot.Counter("Waited in the card for a descriptor", statistics.noBuffer),
        ]
    }

    private static func ring(_ occupancy: RingOccupancy) -> StatusSnapshot.Ring {
        StatusSnapshot.Ring(count: Int(occupancy.count), head: Int(occupancy.cardFirst), cardOwned: Int(occupancy.card))
    }

    private static func connection(_ socket: SocketDescription) -> StatusSnapshot.Connection {
        StatusSnapshot.Connection(
            protocol: socket.kind, local: socket.local.map { "\($0)" } ?? "", remote: socket.remote.map { "\($0)" } ?? "", state: socket.state)
    }

    private static func list(_ counters: HostCounters) -> [StatusSnapshot.Counter] {
        [
            StatusSnapshot.Counter("Received frames copied", counters.receiveCopies),
            StatusSnapshot.Counter("Received frames dropped", counters.receiveDrops),
            StatusSnapshot.Counter("Frames with our own address as source", counters.receivedOwn),
            StatusSnapshot.Counter("Half-open connections given up", counters.halfOpenDrops),
            StatusSnapshot.Counter("Data out of order given up", counters.outOfOrderDrops),
            StatusSnapshot.Counter("Sent frames copied", counters.transmitCopies),
            StatusSnapshot.Counter("Sent frames that waited", counters.transmitWaits),
            StatusSnapshot.Counter("Sent frames dropped", counters.transmitDrops),
        ]
    }
}
