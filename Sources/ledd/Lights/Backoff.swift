/// Waits that double, for what may happen again and again. No clock: time comes in with each call, in nanoseconds.
struct Backoff {
    let shortest: Int64
    let longest: Int64
    private var wait: Int64 = 0
    private var last: Int64?

    init(shortest: Int64, longest: Int64) { (self.shortest, self.longest) = (shortest, longest) }

    /// It has happened. Once it has not for twice the longest wait, it is as if it never had.
    ///
    /// - Returns: how long to wait before it is tried again.
    mutating func next(now: Int64) -> Int64 {
        if let last, now - last < 2 * longest { wait = min(2 * wait, longest) } else { wait = shortest }
        last = now
        return wait
    }
}
