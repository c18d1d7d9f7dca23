import CLinux
import Glibc
import ToolSupport

/// The UNIX stream socket that tells counters: to whoever connects, and by HTTP to who asks so.
///
/// Nobody is waited for: a client has a time to ask in and one to read in, and when too many come, the oldest goes. The counters
/// are read from the card for the answer, ten times a second at most.
public final class MetricsSocket {
    private static let mostClients = 16
    /// Clients that are let in, at most, each time.
    private static let mostAtOnce = 4
    private static let textLifetime: Int64 = 100_000_000
    /// How soon a client that has not read all is tried again.
    private static let retry: Int64 = 20_000_000

    /// Polls readable when there is something to do.
    public let descriptor: Int32
    private let path: String
    private let listener: Int32
    private var clients: [MetricsClient] = []
    private var cached: (text: String, at: Int64)?

    /// Where e1000d tells of the card at a PCI address.
    public static func standardPath(of address: String, folder: String = "/run/ringlight") -> String { "\(folder)/e1000d-\(address).sock" }

    /// Whether a socket may have this name: 1 to 107 bytes.
    public static func isPath(_ path: String) -> Bool {
        !path.isEmpty && path.utf8.count < MemoryLayout<sockaddr_un>.size - MemoryLayout<sa_family_t>.size
    }

    /// Listens. Takes the place of a socket that nobody listens at any more; makes the folder.
    ///
    /// Everybody may read: so may everybody with the counters of Linux's own interfaces.
    ///
    /// - Throws: `Problem` when another program listens there, and when no socket can be made.
    public init(_ path: String) throws {
        if let folder = path.lastIndex(of: "/"), folder > path.startIndex { mkdir(String(path[..<folder]), 0o755) }
        if Self.isInUse(path) { throw Problem(path, "another program tells its counters there", remedy: "choose another --metrics") }
        Self.remove(path)
        self.path = path
        listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
        descriptor = ringlight_any_readable([], 0)
        guard listener >= 0, descriptor >= 0, ringlight_bind(listener, path) == 0, chmod(path, 0o666) == 0, listen(listener, 64) == 0,
            ringlight_watch(descriptor, listener) == 0
        else {
            let number = errno
            throw Problem(path, "no socket can be made there: \(String(cString: strerror(number)))", remedy: "choose another --metrics")
        }
    }

    deinit {
        for client in clients { close(client.descriptor) }
        close(descriptor)
        close(listener)
        // In another user's folder it stays: who gives the card back removes it.
        Self.remove(path)
    }

    /// Removes a socket that nobody listens at any more; anything else stays.
    public static func remove(_ path: String) {
        var status = stat()
        guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFSOCK, !isInUse(path) else { return }
        unlink(path)
    }

    private static func isInUse(_ path: String) -> Bool {
        let probe = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
        defer { close(probe) }
        // EAGAIN: somebody listens, and many wait.
        return ringlight_connect(probe, path) == 0 || errno == EAGAIN
    }

    /// Goes on with every client.
    ///
    /// - Parameters:
    ///   - now: of the monotonic clock, nanoseconds.
    ///   - text: reads the counters.
    /// - Returns: when there is something to do at the latest.
    func serve(now: Int64, text: () throws -> String) throws -> Int64 {
        var poller = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        if clients.isEmpty && poll(&poller, 1, 0) <= 0 { return .max }
        accept(now)
        var rest: [MetricsClient] = []
        defer { clients = rest }
        for var client in clients {
            if client.answer == nil, let request = client.read(now: now) {
                // Its descriptor would wake the loop until the client has read.
                _ = ringlight_unwatch(descriptor, client.descriptor)
                try client.reply(request, try current(now, text), now: now)
            }
            if client.isDone(now: now) { close(client.descriptor) } else { rest.append(client) }
        }
        return rest.map { $0.answer == nil ? $0.deadline : min($0.deadline, now + Self.retry) }.min() ?? .max
    }

    private func accept(_ now: Int64) {
        for _ in 0..<Self.mostAtOnce {
            let client = ringlight_accept(listener)
            guard client >= 0 else { return }
            if clients.count == Self.mostClients { close(clients.removeFirst().descriptor) }
            _ = ringlight_watch(descriptor, client)
            clients.append(MetricsClient(client, now: now))
        }
    }

    private func current(_ now: Int64, _ text: () throws -> String) throws -> String {
        if let cached, now - cached.at < Self.textLifetime { return cached.text }
        let text = try text()
        cached = (text, now)
        return text
    }
}
