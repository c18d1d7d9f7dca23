import CLinux
import CSystemd
import Glibc
import LightClaims
import Systemd

/// A connection: lines in, lines out, whatever the other side does.
final class Client {
    /// With more bytes waiting than this a client that does not read is let go. One answer may always wait, whatever its length:
    /// a list of every claim there may be has some megabytes.
    static let longestBacklog = 1 << 18
    /// Bytes that may wait for all clients together; then those go who have not read for longest.
    static let longestBacklogOfAll = 1 << 25
    /// Bytes taken in at a time: the others have their turn too.
    private static let mostAtOnce = 1 << 14

    let id: Arbiter.Owner
    private let total: Total
    /// From when on something waits for it; the end of time if nothing does.
    private(set) var lateSince: Int64 = .max
    /// What its claims are called that name no source: the program's name.
    let program: String
    /// Whether it wants to know of every change.
    var isWatching = false
    /// The claims whose end it waits for, as id and light.
    var awaited: Set<ClaimName> = []

    /// What it has told events of, by their source.
    private(set) var told: [String: Set<String>] = [:]
    /// More than any program has cards.
    private static let mostDevices = 64

    private let descriptor: Int32
    private var watch: EventWatch?
    private var received: [UInt8] = []
    private var backlog: [UInt8] = []
    private var isClosing = false
    private let onLine: (Client, Result<[UInt8], LineTooLong>) -> Void
    private let onEnd: (Client) -> Void

    struct LineTooLong: Error {}

    /// What waits for all clients of a daemon.
    final class Total {
        fileprivate(set) var bytes = 0
    }

    /// Takes over the descriptor.
    init(
        _ descriptor: Int32, id: Arbiter.Owner, total: Total, loop: EventLoop,
        onLine: @escaping (Client, Result<[UInt8], LineTooLong>) -> Void, onEnd: @escaping (Client) -> Void
    ) throws(SystemdError) {
        (self.descriptor, self.id, self.total, self.onLine, self.onEnd) = (descriptor, id, total, onLine, onEnd)
        program = Self.programName(of: descriptor)
        watch = try loop.watch(descriptor, for: EPOLLIN.rawValue) { [weak self] events in self?.handle(events) }
    }

    deinit {
        watch = nil
        close(descriptor)
    }

    /// It has told an event of a device.
    func tells(of device: String, _ source: String) {
        guard told.values.reduce(0, { $0 + $1.count }) < Self.mostDevices else { return }
        told[source, default: []].insert(device)
    }

    /// Sends a line; what the other side does not take at once waits.
    func send(_ line: [UInt8]) {
        guard watch != nil else { return }
        guard backlog.count <= Self.longestBacklog else { return end() }
        if backlog.isEmpty { lateSince = Daemon.now }
        backlog += line
        total.bytes += line.count
        flush()
    }

    /// Ends the connection once everything is sent.
    func finish() {
        isClosing = true
        if backlog.isEmpty { end() }
    }

    private func handle(_ events: UInt32) {
        if events & EPOLLOUT.rawValue != 0 { flush() }
        guard events & (EPOLLIN.rawValue | EPOLLHUP.rawValue | EPOLLERR.rawValue) != 0, watch != nil, !isClosing else { return }
        var bytes = [UInt8](repeating: 0, count: Self.mostAtOnce)
        let count = recv(descriptor, &bytes, bytes.count, 0)
        if count > 0 {
            received += bytes[..<count]
            takeLines()
        } else if count == 0 || (errno != EAGAIN && errno != EINTR) {
            // Half a line at the end was not meant to be a request.
            end()
        }
    }

    private func takeLines() {
        var start = received.startIndex
        while !isClosing, watch != nil, let newline = received[start...].firstIndex(of: UInt8(ascii: "\n")) {
            let line = Array(received[start..<newline])
            start = newline + 1
            onLine(self, line.count > Request.longestLine ? .failure(LineTooLong()) : .success(line))
        }
        received.removeSubrange(..<start)
        if received.count > Request.longestLine {
            received = []
            onLine(self, .failure(LineTooLong()))
        }
    }

    private func flush() {
        while !backlog.isEmpty {
            let count = Glibc.send(descriptor, backlog, backlog.count, Int32(MSG_NOSIGNAL))
            if count > 0 {
                backlog.removeFirst(count)
                total.bytes -= count
            } else if count < 0 && errno == EINTR {
                continue
            } else if count < 0 && errno == EAGAIN {
                break
            } else {
                return end()
            }
        }
        if backlog.isEmpty {
            lateSince = .max
            if isClosing { return end() }
        }
        watch?.set(events: (isClosing ? 0 : EPOLLIN.rawValue) | (backlog.isEmpty ? 0 : EPOLLOUT.rawValue))
    }

    /// Ends the connection at once.
    func end() {
        guard watch != nil else { return }
        watch = nil
        total.bytes -= backlog.count
        backlog = []
        onEnd(self)
    }

    private static func programName(of descriptor: Int32) -> String {
        let process = ringlight_peer_process(descriptor)
        guard process > 0, let file = fopen("/proc/\(process)/comm", "re") else { return "unknown" }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 64)
        let count = fread(&bytes, 1, bytes.count, file)
        // A program may call itself anything; a source's name is printable and has no blanks.
        let name = bytes[..<count].filter { (0x21...0x7e).contains($0) }
        return name.isEmpty ? "unknown" : String(decoding: name, as: UTF8.self)
    }
}

/// What tells claims apart.
struct ClaimName: Hashable {
    let id: String
    let light: String

    init(_ claim: Claim) { (id, light) = (claim.id, claim.light) }
}
