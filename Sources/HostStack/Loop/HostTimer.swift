import Synchronization

/// Work for a moment: a value that can be cancelled from any thread.
public final class HostTimer: Sendable {
    /// Nanoseconds of CLOCK_MONOTONIC.
    public let deadline: Int64
    /// Among those of the same moment, the first that was asked for comes first.
    let number: UInt64
    let work: @Sendable () -> Void
    private let cancelled = Atomic<Bool>(false)
    private let queue: LoopQueue

    init(deadline: Int64, number: UInt64, queue: LoopQueue, work: @escaping @Sendable () -> Void) {
        (self.deadline, self.number, self.queue, self.work) = (deadline, number, queue, work)
    }

    /// It will not run, unless it has begun to.
    public func cancel() { queue.cancel(self) }

    var isCancelled: Bool { cancelled.load(ordering: .relaxed) }

    /// - Returns: false when it was cancelled before.
    func markCancelled() -> Bool { !cancelled.exchange(true, ordering: .relaxed) }
}

/// A timer's place in the order.
struct TimerEntry: Comparable {
    let timer: HostTimer

    static func < (a: TimerEntry, b: TimerEntry) -> Bool { (a.timer.deadline, a.timer.number) < (b.timer.deadline, b.timer.number) }
    static func == (a: TimerEntry, b: TimerEntry) -> Bool { a.timer === b.timer }
}
