import Glibc
import LabWeb
import ToolSupport

/// `e1000-uio serve` on QEMU's bare card: how much of it clients of this machine get.
struct ServingRate: Encodable {
    let requestsPerSecond: Double
    let megabytesPerSecond: Double
}

/// The server, running, with a small file and a large one.
struct BareCardServer {
    private static let files = [("index.html", 100), ("large", 100_000_000)]

    let server: CardServer
    private let folder: String

    /// - Parameters: as `CardServer`'s.
    init(program: String? = nil, under wrapper: [String] = []) throws {
        var template = Array("/tmp/ringlight-bench.XXXXXX".utf8CString)
        guard let made = mkdtemp(&template) else { throw Problem("/tmp", String(cString: strerror(errno))) }
        let folder = String(cString: made)
        do {
            for (name, size) in Self.files {
                let file = open("\(folder)/\(name)", O_WRONLY | O_CREAT | O_CLOEXEC, 0o644)
                let status = ftruncate(file, off_t(size))
                close(file)
                guard status == 0 else { throw Problem("\(folder)/\(name)", String(cString: strerror(errno))) }
            }
            server = try CardServer(folder: folder, program: program, under: wrapper)
        } catch {
            Self.remove(folder)
            throw error
        }
        self.folder = folder
    }

    func end() {
        server.end()
        Self.remove(folder)
    }

    private static func remove(_ folder: String) {
        for (name, _) in files { unlink("\(folder)/\(name)") }
        rmdir(folder)
    }

    func measure() throws -> ServingRate {
        let seconds = 3
        let requests = try server.client.requests(seconds: seconds)
        let (bytes, time) = try server.client.fetch("large")
        return ServingRate(requestsPerSecond: Double(requests) / Double(seconds), megabytesPerSecond: Double(bytes) / 1e6 / time)
    }
}
