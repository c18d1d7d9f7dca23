import CLinux
import CSystemd
import Glibc
import Logging
import Systemd
import ToolSupport

/// The socket that clients connect to: the service manager's, or our own.
final class Listener {
    /// More would only be an attack; each costs a descriptor and some kilobytes.
    static let mostClients = 2048
    /// Of one user, so that others, the system's own daemons among them, get in.
    static let mostClientsOfUser = 1024
    /// How often it is told that clients are turned away, in nanoseconds.
    private static let complaintInterval: Int64 = 10_000_000_000

    let path: String
    private let descriptors: [Int32]
    /// Whether the file is ours to remove.
    private let isOwn: Bool
    private var watches: [EventWatch] = []
    private var pause: EventWatch?
    private var nextComplaint: Int64 = 0

    /// - Throws: `Problem` when the path is taken, or cannot be made a socket.
    init(path: String?, _ configuration: Configuration) throws {
        let given = path == nil ? ServiceManager.listeningSockets() : []
        if !given.isEmpty {
            (self.path, descriptors, isOwn) = ("the service manager's socket", given, false)
            for descriptor in given { _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK) }
            return
        }
        let path = path ?? configuration.socket.path
        (self.path, descriptors, isOwn) = (path, [try Self.make(path, configuration)], true)
    }

    deinit {
        for descriptor in descriptors { close(descriptor) }
        if isOwn { unlink(path) }
    }

    /// Calls `accept` with each connection's descriptor, which is then its own to close, and its user.
    ///
    /// - Parameter count: how many clients there are, of all users (`nil`) or of one.
    func start(on loop: EventLoop, log: Logger, count: @escaping (uid_t?) -> Int, accept: @escaping (Int32, uid_t) -> Void) throws {
        pause = try loop.timer(at: nil) { [weak self] in self?.watches.forEach { $0.isEnabled = true } }
        watches = try descriptors.map { descriptor in
            try loop.watch(descriptor, for: EPOLLIN.rawValue) { [weak self] _ in
                // Some at a time: those who are connected have their turn too.
                for _ in 0..<16 {
                    let client = ringlight_accept(descriptor)
                    if client >= 0 {
                        let user = ringlight_peer_user(client)
                        if let why = Self.refusal(of: user, count) {
                            // Told before it is done: whoever sees the end can read why.
                            self?.complain(why, log)
                            close(client)
                        } else {
                            accept(client, user)
                        }
                    } else if -client == EAGAIN {
                        return
                    } else if -client != EINTR && -client != ECONNABORTED {
                        // No descriptors or memory: waiting clients keep the socket readable, so look away for a while.
                        log.error("no client can be taken: \(String(cString: strerror(-client))) (raise LimitNOFILE of the service)")
                        self?.watches.forEach { $0.isEnabled = false }
                        self?.pause?.fire(at: Daemon.now + 1_000_000_000)
                        return
                    }
                }
            }
        }
    }

    /// - Returns: why a client of that user is turned away; `nil` if it is not.
    private static func refusal(of user: uid_t, _ count: (uid_t?) -> Int) -> String? {
        if count(nil) >= mostClients { return "\(mostClients) are connected" }
        return count(user) >= mostClientsOfUser ? "\(mostClientsOfUser) of user \(user) are connected" : nil
    }

    /// Whoever is turned away may come again at once.
    private func complain(_ why: String, _ log: Logger) {
        guard Daemon.now >= nextComplaint else { return }
        nextComplaint = Daemon.now + Self.complaintInterval
        log.warning("a client was turned away: \(why)")
    }

    private static func make(_ path: String, _ configuration: Configuration) throws -> Int32 {
        func problem(_ why: String, _ remedy: String = "") -> Problem { Problem(path, why, remedy: remedy) }
        let descriptor = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
        guard descriptor >= 0 else { throw problem("no socket can be made: \(String(cString: strerror(errno)))") }
        do {
            try removeStale(path)
            // Nobody may connect before the file has its group and mode.
            let old = umask(0o177)
            let result = ringlight_bind(descriptor, path)
            let number = errno
            umask(old)
            guard result == 0 else {
                let remedy =
                    switch number {
                    case ENOENT: "make the folder, or choose another path with --socket"
                    case ENAMETOOLONG: "choose a path of at most 107 bytes with --socket"
                    default: "run it as root, or choose another path with --socket"
                    }
                throw problem("no socket can be made there: \(String(cString: strerror(number)))", remedy)
            }
            if let group = getgrnam(configuration.socket.group) {
                // Only root, or a member, may give it to the group; without that it stays the owner's.
                _ = chown(path, uid_t.max, group.pointee.gr_gid)
            }
            chmod(path, mode_t(configuration.socket.mode))
            guard listen(descriptor, 256) == 0 else { throw problem("cannot listen: \(String(cString: strerror(errno)))") }
            return descriptor
        } catch {
            close(descriptor)
            throw error
        }
    }

    /// Removes a socket that a daemon left that was killed; leaves alone what somebody listens on, and what is no socket.
    private static func removeStale(_ path: String) throws {
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFSOCK else {
            throw Problem(path, "there is a file that is no socket", remedy: "remove it, or choose another path with --socket")
        }
        let probe = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
        defer { close(probe) }
        guard ringlight_connect(probe, path) != 0, errno == ECONNREFUSED else {
            throw Problem(
                path, "another ledd listens there",
                remedy: "stop it ('systemctl stop ledd.service ledd.socket'), or choose another path with --socket")
        }
        unlink(path)
    }
}
