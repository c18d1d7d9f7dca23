import CSystemd
import Systemd

extension EventLoop {
    /// Waits for one event, and handles it; a bound in microseconds.
    func turn(microseconds: UInt64) throws {
        let result = sd_event_run(handle, microseconds)
        if result < 0 { throw SystemdError(what: "event loop", action: "turn it", number: -result) }
    }
}
