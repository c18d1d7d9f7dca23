import CLinux
import Glibc
import HeapModule
import Synchronization

/// What a loop is to do: tasks of any thread, and timers. The one part of it that several threads use.
final class LoopQueue: Sendable {
    private struct State {
        var tasks: [@Sendable () -> Void] = []
        var timers = Heap<TimerEntry>()
        /// Timers that were cancelled, since those were last thrown out.
        var cancelled = 0
        var number: UInt64 = 0
        var isOpen = true
        /// The loop sleeps, or is about to: a task must wake it.
        var sleeps = false
    }

    private let state = Mutex(State())
    /// Polls readable when there is something to do.
    let wake: Int32

    /// - Throws: `.invalid` when the process has no descriptor left.
    init() throws(HostError) {
        wake = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
        guard wake >= 0 else { throw HostError(.invalid, "event loop", unsafe "no eventfd: \(String(cString: strerror(errno)))") }
    }

    deinit { close(wake) }

    /// - Returns: false when the loop has ended: the task will never run.
    func add(_ task: @escaping @Sendable () -> Void) -> Bool {
        let (taken, sleeps) = state.withLock { state in
            guard state.isOpen else { return (false, false) }
            state.tasks.append(task)
            defer { state.sleeps = false }
            return (true, state.sleeps)
        }
        if sleeps { signal() }
        return taken
    }

    /// - Returns: `nil` when the loop has ended.
    func add(deadline: Int64, _ work: @escaping @Sendable () -> Void) -> HostTimer? {
        let (timer, wakes) = state.withLock { state -> (HostTimer?, Bool) in
            guard state.isOpen else { return (nil, false) }
            state.number += 1
            let timer = HostTimer(deadline: deadline, number: state.number, queue: self, work: work)
            let isFirst = state.timers.min.map { deadline < $0.timer.deadline } ?? true
            state.timers.insert(TimerEntry(timer: timer))
            defer { if isFirst { state.sleeps = false } }
            return (timer, isFirst && state.sleeps)
        }
        if wakes { signal() }
        return timer
    }

    func cancel(_ timer: HostTimer) {
        guard timer.markCancelled() else { return }
        state.withLock { state in
            state.cancelled += 1
            // Many that are cancelled (each read's time-out) must not pile up until their moment.
            guard state.cancelled > 64, state.cancelled * 2 > state.timers.count else { return }
            state.timers = Heap(state.timers.unordered.filter { !$0.timer.isCancelled })
            state.cancelled = 0
        }
    }

    /// What is due: all tasks that there are, and the timers up to now.
    ///
    /// - Parameter due: empty; what it has of memory is used for the tasks to come.
    func takeDue(now: Int64, into due: inout [@Sendable () -> Void]) {
        state.withLock { state in
            swap(&due, &state.tasks)
            while let first = state.timers.min, first.timer.deadline <= now {
                state.timers.removeMin()
                if !first.timer.isCancelled { due.append(first.timer.work) }
            }
        }
    }

    /// The loop is about to sleep: from now on a task wakes it.
    ///
    /// - Returns: nanoseconds until there is something to do, 0 when there is already.
    func prepareToSleep(now: Int64) -> Int64 {
        state.withLock { state in
            guard state.tasks.isEmpty, state.isOpen else { return 0 }
            while let first = state.timers.min, first.timer.isCancelled { state.timers.removeMin() }
            state.sleeps = true
            return state.timers.min.map { max(0, $0.timer.deadline - now) } ?? .max
        }
    }

    /// It is awake: nobody need wake it.
    func awake() {
        state.withLock { $0.sleeps = false }
        var count: UInt64 = 0
        _ = unsafe read(wake, &count, 8)
    }

    /// No more is taken. What is there is for the loop's last turn.
    func close() { state.withLock { $0.isOpen = false } }

    /// Wakes the loop for what is not in the queue.
    func signal() {
        var one: UInt64 = 1
        _ = unsafe write(wake, &one, 8)
    }

    private func close(_ descriptor: Int32) { Glibc.close(descriptor) }
}
