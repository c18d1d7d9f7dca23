import CLWIP
import CLWIPMemory
import Glibc

/// The one lwIP of this process: its core lock, and whether it is the one that this program was built for.
///
/// Debian builds it for a system with threads (NO_SYS 0) and with core locking. Its own thread is not started: each card's loop runs
/// what that would (timers, packets), so that all callbacks come on the loop's thread. lwIP itself checks that the lock is held
/// wherever it is entered (`sys_check_core_locking`), since a thread has been marked.
enum LWIP {
    private static let start: HostError? = {
        guard ringlight_lwip_start(UInt32.random(in: 0...(.max))) else {
            return HostError(.invalid, "lwIP", "it could not make its lock")
        }
        return locked(BuildFacts.check)
    }()

    /// Makes it ready, once.
    ///
    /// - Throws: `.invalid` when this lwIP is not the one that the headers spoke of.
    static func prepare() throws(HostError) {
        if let problem = start { throw problem }
    }

    /// Everything of lwIP is called in here.
    static func locked<T: ~Copyable>(_ body: () -> T) -> T {
        sys_lock_tcpip_core()
        defer { sys_unlock_tcpip_core() }
        return body()
    }

    /// Nanoseconds until one of its timers is due; `.max`: none runs.
    static var nanosecondsUntilTimer: Int64 {
        let milliseconds = sys_timeouts_sleeptime()
        return milliseconds == .max ? .max : Int64(milliseconds) * 1_000_000
    }
}
