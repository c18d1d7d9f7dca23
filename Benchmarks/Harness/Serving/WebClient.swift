import ChildProcess
import Glibc
import ToolSupport

/// What people measure web servers with, on this machine's loopback.
struct WebClient {
    static let connections = 8

    let port: UInt16

    /// - Parameter port: QEMU forwards it to a server.
    init(port: UInt16) { self.port = port }

    /// A port of the loopback that nobody has now.
    static func freePort() throws -> UInt16 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = INADDR_LOOPBACK.bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let status = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, length) | getsockname(descriptor, $0, &length) }
        }
        guard status == 0 else { throw Problem("bench", "no port is free: \(String(cString: strerror(errno)))") }
        return UInt16(bigEndian: address.sin_port)
    }

    /// QEMU's user network with this port's way to the server's.
    var network: String { "user,hostfwd=tcp:127.0.0.1:\(port)-10.0.2.15:80" }

    /// Waits until the server answers.
    func waitForServer() throws {
        _ = try Self.run(
            "curl", ["-sS", "-o", "/dev/null", "--retry", "60", "--retry-all-errors", "--retry-delay", "1", "--max-time", "20", url("index.html")])
    }

    /// Asks for a small file over and over, on connections that stay.
    ///
    /// - Returns: requests that were answered.
    func requests(seconds: Int) throws -> Int {
        let text = try Self.run("wrk", ["-t", "1", "-c", "\(Self.connections)", "-d", "\(seconds)", "--timeout", "20s", url("index.html")])
        let count = text.split(separator: "\n").first { $0.contains("requests in") }?.split(separator: " ").first.flatMap { Int($0) }
        guard let count, count > 0, !text.contains("Non-2xx") else { throw Problem("wrk", text) }
        return count
    }

    /// Fetches a file.
    ///
    /// - Returns: its bytes, and seconds.
    func fetch(_ name: String) throws -> (bytes: Int, seconds: Double) {
        let text = try Self.run("curl", ["-sSf", "-o", "/dev/null", "-w", "%{size_download} %{time_total}", "--max-time", "300", url(name)])
        let words = text.split(separator: " ")
        guard words.count == 2, let bytes = Int(words[0]), let seconds = Double(words[1]), seconds > 0 else { throw Problem("curl", text) }
        return (bytes, seconds)
    }

    private func url(_ name: String) -> String { "http://127.0.0.1:\(port)/\(name)" }

    private static func run(_ program: String, _ arguments: [String]) throws -> String {
        guard let path = ChildProcess.find(program) else {
            throw Problem("bench", "\(program): not found", remedy: "run 'make prepare', which installs it")
        }
        let (out, err, nothing) = (ChildProcess.memoryFile("out"), ChildProcess.memoryFile("err"), open("/dev/null", O_RDWR))
        defer { for descriptor in [out, err, nothing] { close(descriptor) } }
        let child = try ChildProcess(path: path, arguments: arguments, descriptors: [nothing, out, err])
        defer { _ = child.end(within: 0) }
        let status = child.wait(milliseconds: 600_000)
        if Interruption.requested { throw Problem("bench", "interrupted") }
        guard status == 0 else { throw Problem(program, status == nil ? "no end within 600 s" : Self.text(of: err)) }
        return text(of: out)
    }

    private static func text(of descriptor: Int32) -> String {
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = pread(descriptor, &bytes, bytes.count, 0)
        return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
    }
}
