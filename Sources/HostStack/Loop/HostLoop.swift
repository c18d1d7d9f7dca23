import CLWIP
import CLWIPMemory
import Clocks
import DeviceAccess
import E1000
import Frames
import Glibc
import Synchronization

/// One card's loop, on a thread of its own: frames, lwIP's timers, tasks and timers of anybody. Asleep when there is nothing to do;
/// while frames come it looks for them (`AdaptivePoll`).
///
/// Tasks run one at a time, in the order in which they were given, with lwIP's lock held; they do not block.
///
/// One at a time in a process: lwIP's connections and timers are the process's.
public final class HostLoop: Sendable {
    /// How it ended.
    public struct End: Sendable {
        /// What ended it; `nil`: `stop`.
        public let error: (any Error)?
        /// Packets of the card's that did not come home: 0, or there is a bug.
        public let missingPackets: Int
        public let counters: HostCounters
    }

    private let queue: LoopQueue
    private let configuration: HostConfiguration
    private let running = LoopState()
    /// The card's, from its EEPROM.
    public let macAddress: MACAddress

    /// Starts the thread, and opens the card on it.
    ///
    /// `card`: opens the card; runs once, on the loop's thread. `HostConfiguration.card` says how.
    /// - Throws: what `card` threw; `HostError` when the stack cannot be had: `.addressInUse` while another host runs.
    public init(_ configuration: HostConfiguration = HostConfiguration(), card: @escaping @Sendable () throws -> Controller) throws {
        try LWIP.prepare()
        queue = try LoopQueue()
        self.configuration = configuration
        let starting = Starting()
        let (queue, running) = (queue, running)
        try LWIP.claim()
        do {
            try LoopThread.start(name: configuration.name) {
                LoopRun(queue: queue, configuration: configuration, state: running).main(card, starting)
            }
        } catch {
            LWIP.release()
            throw error
        }
        macAddress = try starting.wait()
    }

    /// Whether this is the loop's thread.
    public var isCurrent: Bool { running.isCurrent }

    /// The host on it.
    ///
    /// - Precondition: on the loop's thread, before it ended.
    public var stack: HostStack {
        precondition(isCurrent, "the stack is used on its loop's thread")
        return running.stack
    }

    /// Runs a task on the loop.
    ///
    /// - Returns: false when the loop has ended: it will never run.
    @discardableResult
    public func execute(_ task: @escaping @Sendable () -> Void) -> Bool { queue.add(task) }

    /// Runs a task on the loop at a moment or soon after.
    ///
    /// `deadline`: nanoseconds of CLOCK_MONOTONIC.
    /// - Returns: `nil` when the loop has ended.
    public func schedule(at deadline: Int64, _ task: @escaping @Sendable () -> Void) -> HostTimer? { queue.add(deadline: deadline, task) }

    /// Asks the loop to end: connections are reset, what is on the ring is sent, the card is closed.
    public func stop() {
        running.requestStop()
        queue.signal()
    }

    /// Waits until the loop has ended.
    ///
    /// - Precondition: not on the loop's thread.
    @discardableResult
    public func wait() -> End {
        precondition(!isCurrent, "a loop does not wait for itself")
        return running.waitForEnd()
    }

    /// Whether `wait` returns at once.
    public var hasEnded: Bool { running.hasEnded }

    /// Runs a function on the loop, and waits for it. On the loop's thread it runs at once.
    ///
    /// - Throws: what it throws; `HostError` of kind `.stopped` when the loop has ended.
    public func run<T: Sendable>(_ body: @escaping @Sendable (HostStack) throws -> T) throws -> T {
        if isCurrent { return try body(stack) }
        let result = Answer<T>()
        guard execute({ [self] in result.set(Result { try body(stack) }) }) else { throw HostError.loopEnded }
        return try result.wait()
    }
}

extension HostError {
    static let loopEnded = HostError(.stopped, "host", "its loop has ended")
}
