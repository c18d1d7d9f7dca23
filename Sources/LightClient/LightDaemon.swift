import CLinux
import Clocks
import Glibc
import LightClaims

/// A connection to ledd, without an event loop: one request, its reply, and news in between.
///
/// Every wait has a bound, except that for news where the caller gives none.
public struct LightDaemon: ~Copyable {
    /// Where ledd listens: RINGLIGHT_SOCKET of the environment, or `/run/ringlight/ledd.sock`.
    public static var socketPath: String {
        guard let path = getenv("RINGLIGHT_SOCKET").map({ String(cString: $0) }), !path.isEmpty else { return standardPath }
        return path
    }

    public static let standardPath = "/run/ringlight/ledd.sock"
    /// ledd answers within milliseconds; a stopped one is not waited for longer than this.
    public static let patience: Int64 = 5_000_000_000

    /// To poll beside others: readable when there is news, or ledd has gone.
    public let descriptor: Int32
    public let path: String
    private var received: [UInt8] = []
    /// How much of it has no end of a line in it.
    private var searched = 0
    private var news: [Reply] = []
    private var nextSeq = 1

    /// Connects.
    ///
    /// - Throws: `LightDaemonError`: `.absent` where nobody listens, `.notPermitted`, else `.system`.
    public init(_ path: String = LightDaemon.socketPath) throws(LightDaemonError) {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
        guard descriptor >= 0 else { throw .system(path, "make a socket for it", errno) }
        guard ringlight_connect(descriptor, path) == 0 else {
            let number = errno
            close(descriptor)
            switch number {
            case ENOENT, ECONNREFUSED: throw .absent(path)
            case EACCES, EPERM: throw .notPermitted(path)
            default: throw .system(path, "connect to it", number)
            }
        }
        (self.descriptor, self.path) = (descriptor, path)
    }

    deinit { close(descriptor) }

    /// Asks, and waits for the answer.
    ///
    /// - Throws: `.refused` with ledd's words, `.gone`, `.silent` after `patience`, `.garbage`.
    public mutating func ask(_ request: Request) throws(LightDaemonError) -> Reply {
        var request = request
        request.seq = nextSeq
        nextSeq += 1
        let deadline = Clocks.monotonic + Self.patience
        try send(Wire.line(request), until: deadline)
        while true {
            guard let reply = try receive(until: deadline) else { throw .silent(path) }
            // News that comes first is kept.
            guard let ok = reply.ok else {
                news.append(reply)
                continue
            }
            guard reply.seq == request.seq || reply.seq == nil else { continue }
            guard ok else {
                throw .refused(code: reply.error?.code ?? "", reply.error?.message ?? "no reason given")
            }
            return reply
        }
    }

    /// The next news.
    ///
    /// - Parameter deadline: of the monotonic clock, nanoseconds.
    /// - Returns: `nil` when the time was up.
    /// - Throws: `.gone`, `.garbage`.
    public mutating func nextNews(until deadline: Int64) throws(LightDaemonError) -> Reply? {
        if !news.isEmpty { return news.removeFirst() }
        while let reply = try receive(until: deadline) {
            if reply.ok == nil { return reply }
        }
        return nil
    }

    private func send(_ bytes: [UInt8], until deadline: Int64) throws(LightDaemonError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            if count >= 0 {
                rest = rest.dropFirst(count)
            } else if errno == EAGAIN {
                guard wait(for: POLLOUT, until: deadline) else { throw .silent(path) }
            } else if errno != EINTR {
                throw .gone(path)
            }
        }
    }

    private mutating func receive(until deadline: Int64) throws(LightDaemonError) -> Reply? {
        while true {
            if let end = received[searched...].firstIndex(of: UInt8(ascii: "\n")) {
                let line = received[..<end]
                let reply = Result { () throws(WireError) in try Wire.read(Reply.self, from: line) }
                received.removeSubrange(...end)
                searched = 0
                switch reply {
                case .success(let reply): return reply
                case .failure(let error): throw .garbage(path, error.why)
                }
            }
            searched = received.count
            var bytes = [UInt8](repeating: 0, count: 65536)
            let count = recv(descriptor, &bytes, bytes.count, 0)
            if count > 0 {
                received += bytes[..<count]
            } else if count == 0 || (errno != EAGAIN && errno != EINTR) {
                throw .gone(path)
            } else if errno == EAGAIN {
                guard wait(for: POLLIN, until: deadline) else { return nil }
            }
        }
    }

    /// - Returns: false when the time was up.
    private func wait(for events: Int32, until deadline: Int64) -> Bool {
        var poller = pollfd(fd: descriptor, events: Int16(events), revents: 0)
        while true {
            let left = deadline == .max ? -1 : max(0, (deadline - Clocks.monotonic + 999_999) / 1_000_000)
            let result = poll(&poller, 1, Int32(clamping: left))
            if result > 0 { return true }
            if result == 0 || errno != EINTR { return false }
        }
    }
}

/// What can go wrong with ledd.
public enum LightDaemonError: Error, Equatable, CustomStringConvertible {
    /// Nobody listens.
    case absent(String)
    case notPermitted(String)
    /// The connection closed.
    case gone(String)
    /// No answer in time.
    case silent(String)
    case garbage(String, String)
    case refused(code: String, String)
    /// The path, what was tried, the error number.
    case system(String, String, Int32)

    public var description: String {
        switch self {
        case .absent(let path): "\(path): ledd does not listen there (run 'systemctl start ledd.socket' as root)"
        case .notPermitted(let path): "\(path): permission denied (use sudo, or join the group 'ringlight' and log in again)"
        case .gone(let path): "\(path): ledd closed the connection (see 'journalctl -u ledd')"
        case .silent(let path): "\(path): ledd does not answer (see 'systemctl status ledd')"
        case .garbage(let path, let why): "\(path): what answers is not ledd: \(why) (check what listens there)"
        case .refused(_, let message): message
        case .system(let path, let action, let number): "\(path): cannot \(action): \(String(cString: strerror(number)))"
        }
    }
}
