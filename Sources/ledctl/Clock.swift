import Glibc

/// The kernel's clocks, in nanoseconds.
enum Clock {
    /// Since some time at boot; never set back, does not count suspended time.
    static func monotonic() -> Int64 { read(CLOCK_MONOTONIC) }

    /// Since 1970-01-01 00:00 UTC.
    static func wall() -> Int64 { read(CLOCK_REALTIME) }

    /// A time of `wall()` as RFC 3339 has it (section 5.6), in UTC, to the microsecond.
    static func rfc3339(_ nanoseconds: Int64) -> String {
        var seconds = time_t(nanoseconds / 1_000_000_000)
        var parts = tm()
        gmtime_r(&seconds, &parts)
        func digits(_ number: Int, _ count: Int) -> String {
            let text = String(number)
            return String(repeating: "0", count: max(0, count - text.count)) + text
        }
        let date = "\(digits(Int(parts.tm_year) + 1900, 4))-\(digits(Int(parts.tm_mon) + 1, 2))-\(digits(Int(parts.tm_mday), 2))"
        let time = "\(digits(Int(parts.tm_hour), 2)):\(digits(Int(parts.tm_min), 2)):\(digits(Int(parts.tm_sec), 2))"
        return "\(date)T\(time).\(digits(Int(nanoseconds % 1_000_000_000 / 1000), 6))Z"
    }

    private static func read(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
