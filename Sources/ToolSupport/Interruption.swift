import CLinux
import Glibc
import Synchronization

/// SIGINT and SIGTERM: the program finishes what it holds and ends by itself.
///
/// Loops look at `requested`; waits poll `descriptor` beside their own, so that a signal ends them at once.
/// A second signal ends the program the hard way (the kernel and QEMU clean up).
public enum Interruption {
    private static let flag = Atomic<Bool>(false)
    private static let event: Int32 = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))

    /// True once the user or the system asked the program to stop.
    public static var requested: Bool { flag.load(ordering: .relaxed) }

    /// Polls readable once `requested`.
    public static var descriptor: Int32 { event }

    /// Called once, before threads start.
    public static func install() {
        // Touched here, so that the handler finds them initialised.
        _ = (event, requested)
        var action = sigaction()
        action.__sigaction_handler.sa_handler = { number in
            if Interruption.requested { signal(number, SIG_DFL) }
            Interruption.request()
        }
        sigaction(SIGINT, &action, nil)
        sigaction(SIGTERM, &action, nil)
    }

    /// Asks the program to stop; safe in a signal handler.
    public static func request() {
        flag.store(true, ordering: .relaxed)
        var one: UInt64 = 1
        let saved = errno
        _ = write(event, &one, 8)
        errno = saved
    }

    /// Sleeps for `nanoseconds`, or until an interruption.
    /// - Returns: false if interrupted.
    @discardableResult
    public static func sleep(nanoseconds: Int64) -> Bool {
        guard nanoseconds > 0 else { return !requested }
        var poller = pollfd(fd: event, events: Int16(POLLIN), revents: 0)
        return ringlight_poll(&poller, 1, nanoseconds) <= 0 && !requested
    }
}
