import CLinux
import Clocks
import Glibc
import LightClaims

/// Tells ledd of events, for a program that must never wait for it.
///
/// Every call returns at once. While ledd is not there its events are lost, but for the latest state (`publishState`), which is
/// told when it comes back; ledd is looked for at growing intervals. What ledd answers is not read but thrown away.
public struct LightEvents: ~Copyable {
    /// Lines that wait for a ledd that is busy; further ones are lost.
    public static let longestQueue = 32
    /// Nanoseconds between two attempts to connect: doubled from the shortest.
    static let shortestPause: Int64 = 250_000_000
    static let longestPause: Int64 = 8_000_000_000
    /// How soon a ledd that takes no more is tried again.
    private static let retry: Int64 = 20_000_000

    /// Events that ledd's socket took, and those that it did not.
    public private(set) var sent: UInt64 = 0
    public private(set) var lost: UInt64 = 0
    public var isConnected: Bool { descriptor >= 0 }

    private let source: String
    private let device: String
    private let path: String
    private var descriptor: Int32 = -1
    private var pause = Self.shortestPause
    private var nextAttempt: Int64 = 0
    private var state: [UInt8]?
    /// The first may have been sent in part.
    private var queue: [[UInt8]] = []
    private var sentOfFirst = 0

    /// - Parameters:
    ///   - source: what the events are of: `e1000`.
    ///   - device: what they happen to: a PCI address.
    public init(source: String, device: String, path: String = LightDaemon.socketPath) {
        (self.source, self.device, self.path) = (source, device, path)
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// Tells that something has happened.
    ///
    /// - Parameter now: of the monotonic clock, nanoseconds.
    public mutating func publish(_ event: String, now: Int64) { add(line(event), now: now) }

    /// Tells of a state that lasts until the next one.
    public mutating func publishState(_ event: String, now: Int64) {
        let line = line(event)
        state = line
        let wasConnected = isConnected
        pump(now: now)
        // A new connection begins with it.
        if wasConnected && isConnected { add(line, now: now) }
    }

    /// Goes on with what there is to do. To be called now and then, and at the time returned.
    ///
    /// - Returns: the time of the monotonic clock, nanoseconds.
    @discardableResult
    public mutating func pump(now: Int64) -> Int64 {
        if !isConnected { connectAgain(now) }
        guard isConnected else { return nextAttempt }
        drain()
        while isConnected, let line = queue.first {
            let count = line.withUnsafeBytes {
                send(descriptor, $0.baseAddress! + sentOfFirst, $0.count - sentOfFirst, Int32(MSG_NOSIGNAL | MSG_DONTWAIT))
            }
            if count < 0 {
                if errno == EINTR { continue }
                if errno == EAGAIN || errno == ENOBUFS { return now + Self.retry }
                disconnect(now)
                return nextAttempt
            }
            sentOfFirst += count
            if sentOfFirst == line.count {
                queue.removeFirst()
                sentOfFirst = 0
                sent += 1
                // Taken by a ledd that works, not only by a socket that somebody left.
                pause = Self.shortestPause
            }
        }
        return isConnected ? .max : nextAttempt
    }

    private func line(_ event: String) -> [UInt8] {
        var request = Request(.event)
        (request.source, request.device, request.event) = (source, device, event)
        return Wire.line(request)
    }

    private mutating func add(_ line: [UInt8], now: Int64) {
        pump(now: now)
        guard isConnected, queue.count < Self.longestQueue else {
            lost += 1
            return
        }
        queue.append(line)
        pump(now: now)
    }

    private mutating func connectAgain(_ now: Int64) {
        guard now >= nextAttempt else { return }
        nextAttempt = now + pause
        pause = min(2 * pause, Self.longestPause)
        let descriptor = socket(
            AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
        guard descriptor >= 0 else { return }
        // EAGAIN: more wait to be let in than ledd allows.
        guard ringlight_connect(descriptor, path) == 0 else {
            close(descriptor)
            return
        }
        self.descriptor = descriptor
        if let state { queue.append(state) }
    }

    /// Throws away what ledd says, and notices that it has gone.
    private mutating func drain() {
        var bytes = [UInt8](repeating: 0, count: 4096)
        // A bound: whatever is at the other end.
        for _ in 0..<16 {
            let count = recv(descriptor, &bytes, bytes.count, Int32(MSG_DONTWAIT))
            if count > 0 || (count < 0 && errno == EINTR) { continue }
            if count < 0 && errno == EAGAIN { return }
            return disconnect(0)
        }
    }

    /// - Parameter now: 0: the next attempt may be at once.
    private mutating func disconnect(_ now: Int64) {
        close(descriptor)
        descriptor = -1
        lost += UInt64(queue.count)
        queue = []
        sentOfFirst = 0
        if now > 0 { nextAttempt = max(nextAttempt, now + pause) }
    }
}
