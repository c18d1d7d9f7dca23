import CLinux
import Clocks
import Glibc

/// A question to a socket that tells counters, and the wait for its answer; gone with this value.
struct MetricsConnection: ~Copyable {
    /// A program that drives a card answers within milliseconds.
    private static let patience: Int64 = 2_000_000_000
    /// Of a card there are 10 KB to be told.
    private static let longestAnswer = 1 << 20

    private let descriptor: Int32
    private let deadline = Clocks.monotonic + Self.patience
    private var received: [UInt8] = []

    /// Connects and asks.
    ///
    /// - Parameter path: at most 107 bytes.
    init(_ path: String) throws(MetricsFailure) {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
        guard descriptor >= 0 else { throw .system(errno) }
        guard ringlight_connect(descriptor, path) == 0 else {
            let number = errno
            close(descriptor)
            throw .connecting(number)
        }
        // Says nothing, and nothing more: the text is wanted.
        shutdown(descriptor, Int32(SHUT_WR))
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }

    /// Waits for the whole answer; can be called again after a wake.
    ///
    /// - Parameter wake: a descriptor that ends the wait when it polls readable.
    /// - Returns: `nil` when that ended it.
    mutating func answer(wake: Int32) throws(MetricsFailure) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: 65536)
        while true {
            let left = deadline - Clocks.monotonic
            guard left > 0 else { throw .silent }
            var pollers = [descriptor, wake].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
            let result = ringlight_poll(&pollers, 2, left)
            guard result > 0 else { continue }
            if pollers[1].revents != 0 { return nil }
            let count = recv(descriptor, &bytes, bytes.count, 0)
            if count == 0 { return received }
            guard count > 0 else {
                if errno == EAGAIN || errno == EINTR { continue }
                throw .cut
            }
            received += bytes[..<count]
            guard received.count <= Self.longestAnswer else { throw .garbage("it says more than 1 MiB, and no card has so much to tell") }
        }
    }
}
