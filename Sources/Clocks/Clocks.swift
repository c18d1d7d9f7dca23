import Glibc

/// The kernel's clocks (clock_gettime(2)), in nanoseconds.
public enum Clocks {
    /// CLOCK_MONOTONIC: for deadlines, since nobody sets it back. Does not count suspended time.
    public static var monotonic: Int64 { read(CLOCK_MONOTONIC) }

    /// CLOCK_REALTIME: since 1970-01-01 00:00 UTC.
    public static var realtime: Int64 { read(CLOCK_REALTIME) }

    /// CLOCK_PROCESS_CPUTIME_ID: user and system time of this process and its threads.
    public static var processCPU: Int64 { read(CLOCK_PROCESS_CPUTIME_ID) }

    private static func read(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    /// A time of `realtime` as RFC 3339 has it (section 5.6), in UTC, to the microsecond.
    public static func rfc3339(_ nanoseconds: Int64) -> String {
        var seconds = time_t(nanoseconds / 1_000_000_000)
        var parts = tm()
        gmtime_r(&seconds, &parts)
        let date = "\(digits(parts.tm_year + 1900, 4))-\(digits(parts.tm_mon + 1, 2))-\(digits(parts.tm_mday, 2))"
        return "\(date)T\(timeOfDay(parts, nanoseconds))Z"
    }

    /// The local time of day of a time of `realtime`, to the microsecond: `14:02:11.123456`.
    public static func timeOfDay(_ nanoseconds: Int64) -> String {
        var seconds = time_t(nanoseconds / 1_000_000_000)
        var parts = tm()
        localtime_r(&seconds, &parts)
        return timeOfDay(parts, nanoseconds)
    }

    private static func timeOfDay(_ parts: tm, _ nanoseconds: Int64) -> String {
        "\(digits(parts.tm_hour, 2)):\(digits(parts.tm_min, 2)):\(digits(parts.tm_sec, 2)).\(digits(nanoseconds / 1000 % 1_000_000, 6))"
    }

    private static func digits(_ value: some BinaryInteger, _ width: Int) -> String {
        let text = String(value)
        return String(repeating: "0", count: max(0, width - text.count)) + text
    }
}
