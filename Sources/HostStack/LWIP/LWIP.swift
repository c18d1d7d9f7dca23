import CLWIP
import CLWIPMemory
import Glibc
import Synchronization

/// The one lwIP of this process: its core lock, and whether it is the one that this program was built for.
///
/// Debian builds it for a system with threads (NO_SYS 0) and with core locking. Its own thread is not started: each card's loop runs
/// what that would (timers, packets), so that all callbacks come on the loop's thread. lwIP itself checks that the lock is held
/// wherever it is entered (`sys_check_core_locking`), since a thread has been marked.
///
/// Its connections, timers and tables are the process's, and a timer's callbacks come on the thread that looks at it: so there is
/// one host at a time. Two would also be a router (`BuildFacts`).
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

    private static let hasHost = Mutex(false)

    /// For a host, from before its card is opened until nothing of it is left in lwIP.
    ///
    /// - Throws: `.addressInUse` while another host has it.
    static func claim() throws(HostError) {
        let isFree = hasHost.withLock { hasHost in
            defer { hasHost = true }
            return !hasHost
        }
        guard isFree else {
            throw HostError(.addressInUse, "host", "another one runs in this process, and there can be one; end that one, or use a second process")
        }
    }

    static func release() { hasHost.withLock { $0 = false } }

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
