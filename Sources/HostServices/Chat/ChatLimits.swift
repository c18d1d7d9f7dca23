import NIOCore

/// What one person may take of a chat room, and how many may be in it.
public struct ChatLimits: Sendable {
    /// Connections at a time, those that have not said their name included.
    public var people = 64
    /// Bytes of a line without its end; a longer one is refused, and never kept.
    public var lineBytes = 1000
    /// Bytes that may wait for one reader; what comes beyond is dropped for him, and he is told how many lines that were.
    public var pendingBytes = 256 * 1024
    /// Lines that may come at once, and how many a second in the long run.
    public var burst = 10
    public var linesPerSecond = 5
    /// How long one may take to say one's name.
    public var nameTime: TimeAmount = .seconds(60)
    /// How long one may read nothing of what waits before the connection is closed.
    public var stuckTime: TimeAmount = .minutes(5)

    public init() {}
}

/// Lines that may come now: each takes a token, and tokens come back with time.
struct LineAllowance {
    private let burst: Int64
    private let cost: Int64
    /// Nanoseconds' worth of tokens.
    private var saved: Int64
    private var last: NIODeadline

    init(_ limits: ChatLimits, now: NIODeadline) {
        cost = 1_000_000_000 / Int64(max(1, limits.linesPerSecond))
        burst = Int64(max(1, limits.burst)) * cost
        (saved, last) = (burst, now)
    }

    mutating func take(now: NIODeadline) -> Bool {
        // Whoever was away for years has a burst, and no overflow.
        let passed = min((now - last).nanoseconds, burst)
        (saved, last) = (min(burst, saved + max(0, passed)), now)
        guard saved >= cost else { return false }
        saved -= cost
        return true
    }
}
