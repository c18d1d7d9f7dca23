import Glibc

/// The system's words for the current `errno`.
func systemReason(_ number: Int32 = errno) -> String { unsafe String(cString: strerror(number)) }

/// Whether a descriptor polls readable now.
public func isReadable(_ descriptor: Int32) -> Bool {
    var poller = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    return unsafe poll(&poller, 1, 0) > 0
}
