import CSystemd
import Glibc

/// What a service tells its manager (sd_notify(3)); nothing where none listens.
public enum ServiceManager {
    /// Start-up is over (`READY=1`), and what the service is doing.
    public static func ready(_ status: String) { sd_notify(0, "READY=1\nSTATUS=\(line(status))") }

    /// What the service is doing, for `systemctl status`.
    public static func status(_ text: String) { sd_notify(0, "STATUS=\(line(text))") }

    /// The configuration is being read anew; `ready` tells the end.
    public static func reloading() {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        sd_notify(0, "RELOADING=1\nMONOTONIC_USEC=\(UInt64(time.tv_sec) * 1_000_000 + UInt64(time.tv_nsec) / 1000)")
    }

    /// The service ends by itself.
    public static func stopping() { sd_notify(0, "STOPPING=1") }

    /// The loop of a service that has no `EventLoop` goes round (`WATCHDOG=1`).
    public static func feedWatchdog() { sd_notify(0, "WATCHDOG=1") }

    /// How often the manager wants to hear of the loop, nanoseconds; `nil` where it does not. To be fed in half of that.
    public static var watchdogInterval: Int64? {
        var microseconds: UInt64 = 0
        return sd_watchdog_enabled(0, &microseconds) > 0 ? Int64(clamping: microseconds) &* 1000 : nil
    }

    /// The sockets that the manager made for this service (sd_listen_fds(3)): stream sockets that listen, in its order.
    public static func listeningSockets() -> [Int32] {
        let count = sd_listen_fds(1)
        guard count > 0 else { return [] }
        return (0..<count).map { 3 + $0 }.filter { sd_is_socket_unix($0, Int32(SOCK_STREAM.rawValue), 1, nil, 0) > 0 }
    }

    private static func line(_ text: String) -> String { text.split(whereSeparator: \.isNewline).joined(separator: " ") }
}
