import ChildProcess
import Clocks
import Glibc
import ToolSupport

/// What people ask and measure web servers with, on this machine's loopback: curl and wrk.
public struct WebClient: Sendable {
    /// Of wrk.
    public static let connections = 8

    public let port: UInt16

    /// - Parameter port: QEMU forwards it to a server.
    public init(port: UInt16) { self.port = port }

    /// A port of the loopback that nobody has now.
    /// - Throws: `Problem`.
    public static func freePort() throws(Problem) -> UInt16 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = INADDR_LOOPBACK.bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let status = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, length) | getsockname(descriptor, $0, &length) }
        }
        guard status == 0 else { throw Problem("127.0.0.1", "no port is free: \(String(cString: strerror(errno)))") }
        return UInt16(bigEndian: address.sin_port)
    }

    /// QEMU's user network with this port's way to the server's.
    public var network: String { "user,hostfwd=tcp:127.0.0.1:\(port)-10.0.2.15:80" }

    /// Waits until the server answers.
    ///
    /// - Parameter isAlive: whether it is worth waiting.
    /// - Throws: `Problem`, after 60 seconds, or with a server that is gone.
    public func waitForServer(while isAlive: () -> Bool = { true }) throws(Problem) {
        let deadline = Clocks.monotonic + 60_000_000_000
        while true {
            do {
                _ = try Self.run("curl", ["-sS", "-o", "/dev/null", "--max-time", "20", url("index.html")])
                return
            } catch {
                guard isAlive(), Clocks.monotonic < deadline, Interruption.sleep(nanoseconds: 100_000_000) else { throw error }
            }
        }
    }

    /// Asks for a small file over and over, on connections that stay.
    ///
    /// - Returns: requests that were answered.
    /// - Throws: `Problem`, also for an answer that is not 2xx or 3xx.
    public func requests(seconds: Int) throws(Problem) -> Int {
        let text = try Self.run("wrk", ["-t", "1", "-c", "\(Self.connections)", "-d", "\(seconds)", "--timeout", "20s", url("index.html")])
        let count = text.split(separator: "\n").first { $0.contains("requests in") }?.split(separator: " ").first.flatMap { Int($0) }
        guard let count, count > 0, !text.contains("Non-2xx") else { throw Problem("wrk", text) }
        return count
    }

    /// Fetches a file.
    ///
    /// - Parameter path: where it is kept.
    /// - Returns: its bytes, and seconds.
    /// - Throws: `Problem`, also for an answer that is not 2xx.
    public func fetch(_ name: String, to path: String = "/dev/null") throws(Problem) -> (bytes: Int, seconds: Double) {
        let text = try Self.run("curl", ["-sSf", "-o", path, "-w", "%{size_download} %{time_total}", "--max-time", "300", url(name)])
        let words = text.split(separator: " ")
        guard words.count == 2, let bytes = Int(words[0]), let seconds = Double(words[1]), seconds > 0 else { throw Problem("curl", text) }
        return (bytes, seconds)
    }

    public func url(_ name: String) -> String { "http://127.0.0.1:\(port)/\(name)" }

    private static func run(_ program: String, _ arguments: [String]) throws(Problem) -> String {
        guard let path = ChildProcess.find(program) else {
            throw Problem(program, "not found", remedy: "run 'make prepare', which installs it")
        }
        let (out, err, nothing) = (ChildProcess.memoryFile("out"), ChildProcess.memoryFile("err"), open("/dev/null", O_RDWR))
        defer { for descriptor in [out, err, nothing] { close(descriptor) } }
        let child: ChildProcess
        do { child = try ChildProcess(path: path, arguments: arguments, descriptors: [nothing, out, err]) } catch {
            throw Problem(program, "\(error)")
        }
        defer { child.end(within: 0) }
        let status = child.wait(milliseconds: 600_000)
        if Interruption.requested { throw Problem(program, "interrupted") }
        guard status == 0 else { throw Problem(program, status == nil ? "no end within 600 s" : ChildProcess.text(of: err)) }
        return ChildProcess.text(of: out)
    }
}
