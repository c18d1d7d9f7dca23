import Dispatch
import HostStack
import NIOCore

/// A host's loop as SwiftNIO's event loop: the loop's thread is the thread of every channel on it.
///
/// Once the loop has ended (`shutdownGracefully`, `HostLoop.stop`, or the card's failure), new work fails with
/// `EventLoopError.shutdown`, and what completes promises still runs, one piece at a time, elsewhere: nobody waits for ever.
public final class HostEventLoop: EventLoop, @unchecked Sendable {
    private static let afterlifeKey = DispatchSpecificKey<ObjectIdentifier>()

    /// The loop underneath.
    public let host: HostLoop
    /// Where callbacks run when the thread is no more.
    private let afterlife = DispatchQueue(label: "ringlight.host.ended")

    // On the loop only.
    private var channels: [ObjectIdentifier: HostChannel] = [:]
    #if !DEBUG
    @exclusivity(unchecked)
    #endif
    private var ready: [HostChannel] = []
    /// Those of `ready` that are being looked at; empty in between, its memory is kept.
    #if !DEBUG
    @exclusivity(unchecked)
    #endif
    private var running: [HostChannel] = []
    /// No new sockets.
    private(set) var isClosing = false

    /// - Parameter host: of which this is the only event loop.
    public init(_ host: HostLoop) {
        self.host = host
        afterlife.setSpecific(key: Self.afterlifeKey, value: ObjectIdentifier(self))
    }

    public var inEventLoop: Bool {
        host.isCurrent || DispatchQueue.getSpecific(key: Self.afterlifeKey) == ObjectIdentifier(self)
    }

    // MARK: Tasks

    public func execute(_ task: @escaping @Sendable () -> Void) {
        guard !host.execute(task) else { return }
        afterlife.async { [host] in
            host.wait()
            task()
        }
    }

    public func submit<T>(_ task: @escaping @Sendable () throws -> T) -> EventLoopFuture<T> {
        let promise = makePromise(of: T.self)
        let isTaken = host.execute { promise.assumeIsolated().completeWith(Result(catching: task)) }
        if !isTaken { promise.fail(EventLoopError.shutdown) }
        return promise.futureResult
    }

    /// CLOCK_MONOTONIC.
    public var now: NIODeadline { .now() }

    @discardableResult
    public func scheduleTask<T>(deadline: NIODeadline, _ task: @escaping @Sendable () throws -> T) -> Scheduled<T> {
        let promise = makePromise(of: T.self)
        let moment = Int64(clamping: deadline.uptimeNanoseconds)
        let timer = host.schedule(at: moment) {
            // At its end the loop runs every timer: those that were not due shall not do what they were for.
            guard NIODeadline.now() >= deadline else { return promise.fail(EventLoopError.shutdown) }
            promise.assumeIsolated().completeWith(Result(catching: task))
        }
        if timer == nil { promise.fail(EventLoopError.shutdown) }
        return Scheduled(promise: promise, cancellationTask: { timer?.cancel() })
    }

    @discardableResult
    public func scheduleTask<T>(in delay: TimeAmount, _ task: @escaping @Sendable () throws -> T) -> Scheduled<T> {
        scheduleTask(deadline: .now() + delay, task)
    }

    // MARK: End

    /// Closes every channel, and ends the loop and its card.
    public func shutdownGracefully(queue: DispatchQueue, _ callback: @escaping @Sendable ((any Error)?) -> Void) {
        host.execute { [self] in
            isClosing = true
            for channel in channels.values { channel.close0(error: EventLoopError.shutdown, mode: .all, promise: nil) }
            host.stop()
        }
        afterlife.async { [host] in
            let end = host.wait()
            queue.async { callback(end.error) }
        }
    }

    // MARK: Channels

    /// The stack, for a channel that wants a socket.
    ///
    /// - Throws: `EventLoopError.shutdown` when it is too late for one.
    func stack() throws -> HostStack {
        guard host.isCurrent, !isClosing else { throw EventLoopError.shutdown }
        return host.stack
    }

    /// Keeps a channel alive, as a selector does, until it is closed.
    func add(_ channel: HostChannel) { channels[ObjectIdentifier(channel)] = channel }
    func remove(_ channel: HostChannel) { channels[ObjectIdentifier(channel)] = nil }

    /// The stack told this channel something. It looks at it after the stack is done: handlers never run inside lwIP's calls,
    /// and see all that came in one turn of the loop at once.
    func markReady(_ channel: HostChannel) {
        guard !channel.isReady else { return }
        channel.isReady = true
        ready.append(channel)
        if ready.count == 1 { execute { self.runReady() } }
    }

    /// The loop is ending: sockets are failed.
    func noteEnd() { isClosing = true }

    private func runReady() {
        swap(&ready, &running)
        for channel in running {
            channel.isReady = false
            channel.process()
        }
        running.removeAll(keepingCapacity: true)
    }
}
