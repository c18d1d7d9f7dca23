import Glibc

/// CLOCK_MONOTONIC in nanoseconds: deadlines that a change of the time of day does not move.
public func monotonicNanoseconds() -> Int64 {
    var time = timespec()
    unsafe clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
}

/// The system's words for the current `errno`.
func systemReason(_ number: Int32 = errno) -> String { unsafe String(cString: strerror(number)) }

/// Whether a descriptor polls readable now.
public func isReadable(_ descriptor: Int32) -> Bool {
    var poller = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    return unsafe poll(&poller, 1, 0) > 0
}
