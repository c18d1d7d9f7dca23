import CLWIP
import CLWIPMemory
import Clocks
import DeviceAccess
import E1000
import Frames

/// The loop's thread from its beginning to its end.
final class LoopRun {
    /// Nanoseconds between two looks at the card and its link while it is busy, and while it is idle.
    private static let lookInterval: Int64 = 200_000_000
    private static let longestSleep: Int64 = 1_000_000_000
    /// The longest wait for the ring's frames at the end, in nanoseconds.
    private static let lastFrames: Int64 = 500_000_000
    /// Turns for what sockets' owners do at the end.
    private static let lastTurns = 100

    private let queue: LoopQueue
    private let configuration: HostConfiguration
    private let state: LoopState
    private var poll = AdaptivePoll()
    /// Empty between turns; its memory is kept.
    #if !DEBUG
    @exclusivity(unchecked)
    #endif
    private var due: [@Sendable () -> Void] = []
    private var nextLook: Int64 = 0
    private var linkIsUp = false
    private var progress = CardProgress()

    init(queue: LoopQueue, configuration: HostConfiguration, state: LoopState) {
        (self.queue, self.configuration, self.state) = (queue, configuration, state)
        poll.idleTime = configuration.idleTime
    }

    func main(_ open: () throws -> Controller, _ starting: Starting) {
        let interface: HostInterface
        do {
            interface = try Self.interface(try open())
        } catch {
            queue.close()
            LWIP.release()
            starting.set(.failure(error))
            return finish(HostLoop.End(error: error, missingPackets: 0, counters: HostCounters()))
        }
        let stack = HostStack(interface)
        state.begin(stack)
        starting.set(.success(interface.macAddress))
        var failure: (any Error)?
        do {
            while !state.isStopping { try turn(interface) }
        } catch {
            failure = error
        }
        let result = end(stack, interface, failure)
        LWIP.release()
        finish(result)
    }

    private func finish(_ end: HostLoop.End) {
        state.finish(end)
        configuration.ended()
    }

    private static func interface(_ card: consuming Controller) throws(HostError) -> HostInterface {
        sys_lock_tcpip_core()
        defer { sys_unlock_tcpip_core() }
        return try HostInterface(card)
    }

    private func turn(_ interface: HostInterface) throws {
        let received = try step(interface)
        let now = Clocks.monotonic
        let untilTask = received == HostInterface.largestBatch ? 0 : queue.prepareToSleep(now: now)
        guard untilTask > 0 else { return queue.awake() }
        // Frames that wait for room need the loop soon, frames that may hang now and then; else it is asleep but for a look at the link.
        let most = interface.transmitQueue.isWaiting ? 1_000_000 : interface.card.pendingFrames > 0 ? Self.lookInterval : Self.longestSleep
        _ = try poll.wait(for: &interface.card, nanoseconds: min(untilTask, most, Self.timer()), wake: queue.wake)
        queue.awake()
    }

    private static func timer() -> Int64 {
        sys_lock_tcpip_core()
        defer { sys_unlock_tcpip_core() }
        return LWIP.nanosecondsUntilTimer
    }

    /// What is to be done, done.
    ///
    /// - Returns: frames received.
    private func step(_ interface: HostInterface) throws -> Int {
        sys_lock_tcpip_core()
        defer { sys_unlock_tcpip_core() }
        let now = Clocks.monotonic
        if now >= nextLook {
            nextLook = now + Self.lookInterval
            try look(after: interface)
            interface.trim()
        }
        let received = interface.receive()
        sys_check_timeouts()
        runDue(now: now)
        _ = ringlight_lwip_run_callbacks()
        try interface.finishTurn()
        return received
    }

    /// - Returns: tasks and timers that have run.
    @discardableResult
    private func runDue(now: Int64) -> Int {
        queue.takeDue(now: now, into: &due)
        for task in due { task() }
        defer { due.removeAll(keepingCapacity: true) }
        return due.count
    }

    private func look(after interface: HostInterface) throws {
        let done = progress.update(
            sent: interface.countSent(), received: interface.counters.receivedFrames, isSending: interface.card.pendingFrames > 0)
        try configuration.lookAfter?(&interface.card, done)
        for address in interface.newDuplicates() {
            configuration.note(
                "\(address): another station on the link has this address; the host does without it (give it another one, or take it away there)")
        }
        let link = try interface.card.linkState()
        guard link.isUp != linkIsUp else { return }
        linkIsUp = link.isUp
        interface.setLink(up: link.isUp)
        configuration.note("\(interface.card.name): link \(link.isUp ? "up" : "down")")
    }

    /// Sockets are told, tasks that came before run, what can be sent is sent, lwIP gives everything back.
    private func end(_ stack: HostStack, _ interface: HostInterface, _ failure: (any Error)?) -> HostLoop.End {
        sys_lock_tcpip_core()
        defer { sys_unlock_tcpip_core() }
        let error = failure.map { HostError(.stopped, "host", "\($0)") } ?? HostError.loopEnded
        stack.closeAll(error)
        // Who was told has things to do, and to tell others; not for ever.
        for _ in 0..<Self.lastTurns {
            if runDue(now: Clocks.monotonic) == 0 { break }
        }
        queue.close()
        // Tasks may give tasks, which are refused by now: one round is all. Timers run whether they are due or not.
        runDue(now: .max)
        // Those that somebody made meanwhile.
        stack.closeAll(error)
        stack.removeInterface()
        // A card that has gone sends nothing.
        if failure == nil {
            try? interface.card.commit()
            _ = try? interface.card.waitUntilPending(atMost: 0, nanoseconds: Self.lastFrames)
        }
        interface.end()
        state.forgetStack()
        return HostLoop.End(error: failure, missingPackets: interface.missingPackets, counters: interface.counters)
    }
}
