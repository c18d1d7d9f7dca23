import Clocks
import Glibc

/// The time that a simulated card lives in.
public protocol SimClock: AnyObject {
    /// Nanoseconds; never goes back.
    var now: Int64 { get }
    /// Lets time pass.
    ///
    /// - Parameters:
    ///   - nanoseconds: how much.
    ///   - wake: a descriptor that ends it early when it polls readable; -1: none.
    /// - Returns: true when `wake` ended it.
    func sleep(nanoseconds: Int64, wake: Int32) -> Bool
}

/// Time as it is.
public final class RealClock: SimClock {
    /// CLOCK_MONOTONIC, and sleep that takes its time.
    public init() {}

    public var now: Int64 { Clocks.monotonic }

    public func sleep(nanoseconds: Int64, wake: Int32) -> Bool {
        guard wake < 0 else {
            var waiter = pollfd(fd: wake, events: Int16(POLLIN), revents: 0)
            return unsafe poll(&waiter, 1, Int32(clamping: nanoseconds / 1_000_000 + 1)) > 0
        }
        var time = timespec(tv_sec: Int(nanoseconds / 1_000_000_000), tv_nsec: Int(nanoseconds % 1_000_000_000))
        unsafe nanosleep(&time, nil)
        return false
    }
}

/// Time that passes by being looked at: sleeping takes none, and a run can be repeated.
public final class VirtualClock: SimClock {
    private var time: Int64 = 0
    private let step: Int64

    /// - Parameter step: nanoseconds that pass with each look.
    public init(step: Int64) { self.step = step }

    public var now: Int64 {
        time += step
        return time
    }

    public func sleep(nanoseconds: Int64, wake: Int32) -> Bool {
        time += nanoseconds
        return false
    }
}
