import Clocks
import Glibc

/// User and system time, in nanoseconds.
enum ProcessorTime {
    static var ofThisProcess: Int64 { Clocks.processCPU }

    /// Of all children that have ended.
    static var ofEndedChildren: Int64 {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_CHILDREN.rawValue), &usage)
        return nanoseconds(usage.ru_utime) + nanoseconds(usage.ru_stime)
    }

    /// Of a process that runs; 0 if there is none.
    static func of(_ process: pid_t) -> Int64 {
        var (clock, time) = (clockid_t(), timespec())
        guard clock_getcpuclockid(process, &clock) == 0, clock_gettime(clock, &time) == 0 else { return 0 }
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    private static func nanoseconds(_ time: timeval) -> Int64 { Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_usec) * 1000 }
}
