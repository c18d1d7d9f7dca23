import CLinux
import Clocks
import Glibc
import TestSupport

/// An e1000d on a simulated card, without an interface, that tells its counters on a socket in a folder of its own.
final class RunningDaemon {
    let folder: ScratchFolder
    let tool: RunningTool

    init(_ card: String, _ more: [String] = [], environment: [String] = []) throws {
        folder = try ScratchFolder()
        // Its user, too, removes its socket here.
        chmod(folder.path, 0o777)
        let path = getenv("PATH").map { String(cString: $0) } ?? "/usr/bin:/bin"
        tool = try RunningTool(
            ["--device", card, "--no-tap", "--metrics", "\(folder.path)/metrics"] + more, program: "e1000d",
            // The first of a name counts.
            environment: environment + ["PATH=\(path)", "RINGLIGHT_SOCKET=\(folder.path)/ledd"])
    }

    var socket: String { "\(folder.path)/metrics" }

    func waitUntilReady() throws { try tool.wait(for: "ready: none") }

    func counters() throws -> OpenMetricsText { try OpenMetricsText(UNIXClient(socket).everything()) }

    func frames() throws -> Double { try counters()["e1000_bridge_frames_total", ["direction": "receive"]] ?? -1 }
}

/// A connection to a UNIX stream socket.
final class UNIXClient {
    let descriptor: Int32

    init(_ path: String) throws {
        descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard ringlight_connect(descriptor, path) == 0 else { throw Stuck() }
        var patience = timeval(tv_sec: 10, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit { close(descriptor) }

    /// - Returns: false when the other end has closed.
    @discardableResult
    func say(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        return send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count
    }

    /// Until the other end closes.
    func everything() throws -> String {
        var result: [UInt8] = []
        var bytes = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = recv(descriptor, &bytes, bytes.count, 0)
            if count < 0 && errno == EAGAIN { throw Stuck() }
            if count <= 0 { return String(decoding: result, as: UTF8.self) }
            result += bytes[..<count]
        }
    }
}

/// A socket that stands in for ledd's.
final class FakeLightDaemon {
    private let path: String
    private var listener: Int32 = -1
    private var client: Int32 = -1
    private var received: [UInt8] = []
    /// Lines, with the time of their arrival.
    private(set) var lines: [(text: String, at: Int64)] = []

    init(_ path: String) throws {
        self.path = path
        try start()
    }

    deinit { stop() }

    func start() throws {
        listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard ringlight_bind(listener, path) == 0, chmod(path, 0o666) == 0, Glibc.listen(listener, 8) == 0 else { throw Stuck() }
    }

    func stop() {
        for descriptor in [client, listener] where descriptor >= 0 { close(descriptor) }
        (client, listener) = (-1, -1)
        received = []
        unlink(path)
    }

    /// Waits for the client, and leaves it unheard.
    func accept(milliseconds: Int32 = 20_000) throws {
        var poller = pollfd(fd: listener, events: Int16(POLLIN), revents: 0)
        guard poll(&poller, 1, milliseconds) > 0 else { throw Stuck() }
        client = Glibc.accept(listener, nil, nil)
    }

    /// Reads lines until one with these words has come.
    func wait(for words: String, milliseconds: Int64 = 20_000) throws {
        let known = lines.count
        try listen(until: Clocks.monotonic + milliseconds * 1_000_000) { self.lines.dropFirst(known).contains { $0.text.contains(words) } }
        guard lines.dropFirst(known).contains(where: { $0.text.contains(words) }) else { throw ToolSaid("not \(words) to ledd, but \(lines)") }
    }

    /// Reads what comes for so long.
    func listen(milliseconds: Int64) throws { try listen(until: Clocks.monotonic + milliseconds * 1_000_000) { false } }

    private func listen(until deadline: Int64, _ isEnough: () -> Bool) throws {
        var bytes = [UInt8](repeating: 0, count: 65536)
        while !isEnough(), Clocks.monotonic < deadline {
            let left = Int32((deadline - Clocks.monotonic) / 1_000_000 + 1)
            if client < 0 { try accept(milliseconds: left) }
            var poller = pollfd(fd: client, events: Int16(POLLIN), revents: 0)
            guard poll(&poller, 1, left) > 0 else { continue }
            let count = recv(client, &bytes, bytes.count, 0)
            guard count > 0 else { return }
            received += bytes[..<count]
            while let end = received.firstIndex(of: UInt8(ascii: "\n")) {
                lines.append((String(decoding: received[..<end], as: UTF8.self), Clocks.monotonic))
                received.removeSubrange(...end)
            }
        }
    }

    func count(_ event: String) -> Int { lines.count { $0.text.contains("\"event\":\"\(event)\"") } }
}
