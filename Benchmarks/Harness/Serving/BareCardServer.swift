import ChildProcess
import Glibc
import ToolSupport

/// `e1000-uio serve` on QEMU's bare card: how much of it clients of this machine get.
struct ServingRate: Encodable {
    let requestsPerSecond: Double
    let megabytesPerSecond: Double
}

/// The server, running.
final class BareCardServer {
    private static let largeFile = 100_000_000

    private let client: WebClient
    private let child: ChildProcess
    private let nothing = open("/dev/null", O_RDWR)
    private let folder: String

    init() throws {
        // Before anything is made that would have to be removed.
        let program = try BuiltProgram.path("e1000-uio")
        client = WebClient(port: try WebClient.freePort())
        var template = Array("/tmp/ringlight-bench.XXXXXX".utf8CString)
        guard let made = mkdtemp(&template) else { throw Problem("/tmp", String(cString: strerror(errno))) }
        folder = String(cString: made)
        for (name, size) in [("index.html", 100), ("large", Self.largeFile)] {
            let file = open("\(folder)/\(name)", O_WRONLY | O_CREAT | O_CLOEXEC, 0o644)
            let status = ftruncate(file, off_t(size))
            close(file)
            guard status == 0 else { throw Problem("\(folder)/\(name)", String(cString: strerror(errno))) }
        }
        child = try ChildProcess(
            path: program, arguments: ["serve", "--quiet", "-d", "qemu", "--netdev", client.network, folder],
            descriptors: [nothing, nothing, nothing])
        do {
            try client.waitForServer()
        } catch {
            end()
            throw error
        }
    }

    func end() {
        child.signal(SIGINT)
        _ = child.end(within: 10_000)
        close(nothing)
        for name in ["index.html", "large"] { unlink("\(folder)/\(name)") }
        rmdir(folder)
    }

    func measure() throws -> ServingRate {
        let seconds = 3
        let requests = try client.requests(seconds: seconds)
        let (bytes, time) = try client.fetch("large")
        return ServingRate(requestsPerSecond: Double(requests) / Double(seconds), megabytesPerSecond: Double(bytes) / 1e6 / time)
    }
}
