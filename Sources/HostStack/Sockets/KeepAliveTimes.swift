/// When an idle peer of a connection is asked whether it is still there (RFC 9293, 3.8.4).
public struct KeepAliveTimes: Hashable, Sendable {
    /// Seconds without a word from it before the first question.
    public var idle: UInt16
    /// Seconds between two questions.
    public var interval: UInt16
    /// Questions without an answer after which the connection fails with `.timedOut`.
    public var count: UInt8

    /// At first as on Linux (tcp(7)), and in lwIP: after two hours, nine questions.
    public init(idle: UInt16 = 7200, interval: UInt16 = 75, count: UInt8 = 9) {
        (self.idle, self.interval, self.count) = (idle, interval, count)
    }
}
