/// What a rule wants of its light over time, handed on at most ten times a second.
///
/// No clock: time comes in with each call, in nanoseconds.
struct ClaimGate {
    /// From one thing handed on to the next.
    static let interval: Int64 = 100_000_000

    enum Wish: Equatable {
        /// A claim, with what happened.
        case claim(String)
        case release
    }

    /// What waits until the time is there.
    private var waiting: Wish?
    /// Whether a claim was handed on, and not released since.
    private var isClaimed = false
    private var last: Int64?

    /// When `advance` has something to do; `nil` for never.
    var deadline: Int64? { waiting == nil ? nil : last.map { $0 + Self.interval } }

    /// Takes a wish; the newest counts.
    ///
    /// - Returns: what is to be handed on now.
    mutating func take(_ wish: Wish, now: Int64) -> Wish? {
        waiting = wish
        return advance(now: now)
    }

    /// What is to be handed on now.
    mutating func advance(now: Int64) -> Wish? {
        if waiting == .release && !isClaimed { waiting = nil }
        guard let wish = waiting else { return nil }
        if let last, now - last < Self.interval { return nil }
        waiting = nil
        last = now
        isClaimed = wish != .release
        return wish
    }

    /// Ends everything at once.
    ///
    /// - Returns: whether there is a claim to be released.
    mutating func end() -> Bool {
        defer { (waiting, isClaimed) = (nil, false) }
        return isClaimed
    }
}
