import Clocks
import E1000

/// Tells of a card at a socket, from the loop that drives it.
public struct MetricsTeller {
    private let identity: CardIdentity
    private let socket: MetricsSocket
    private let start = (clock: Clocks.realtime, monotonic: Clocks.monotonic)

    public init(_ identity: CardIdentity, at socket: MetricsSocket) { (self.identity, self.socket) = (identity, socket) }

    /// Goes on with everybody who wants counters; one system call where nobody does.
    ///
    /// - Parameters:
    ///   - published: events that ledd took, and those that it did not; `nil`: none are published.
    ///   - now: of the monotonic clock, nanoseconds.
    /// - Returns: when there is something to do at the latest.
    /// - Throws: `.vanished` when the card has left the bus.
    public func serve(
        _ card: inout Controller, _ totals: BridgeTotals, published: (sent: UInt64, lost: UInt64)? = nil, now: Int64
    ) throws -> Int64 {
        try socket.serve(now: now) {
            CardMetrics(
                identity: identity, statistics: try card.readStatistics(), totals: totals, link: try card.linkState(),
                rings: card.occupancy, waiting: card.waitingFrames, start: Double(start.clock) / 1e9,
                uptime: Double(now - start.monotonic) / 1e9, published: published
            ).text
        }
    }
}
