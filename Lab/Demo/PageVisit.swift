import Glibc
import LabWeb
import ToolSupport

/// A file over HTTP through QEMU's bare card: Swift drives the rings, lwIP and SwiftNIO serve, curl is the witness.
struct PageVisit: Encodable {
    /// Bytes of the file, which chance has written.
    let served: Int
    /// Bytes that curl got.
    let seen: Int
    /// Of the status page, which shows the card at work.
    let statusPage: Int
    /// Every byte is right, and the status page is there.
    let ok: Bool

    private static let size = 1_000_000

    static func make() throws -> PageVisit {
        var template = Array("/tmp/ringlight-demo.XXXXXX".utf8CString)
        guard let made = mkdtemp(&template) else { throw Problem("/tmp", String(cString: strerror(errno))) }
        let folder = String(cString: made)
        let (file, copy, page) = ("\(folder)/index.html", "\(folder)/copy", "\(folder)/page")
        defer {
            for path in [file, copy, page] { unlink(path) }
            rmdir(folder)
        }
        var generator = SystemRandomNumberGenerator()
        let bytes = (0..<size / 8).flatMap { _ in withUnsafeBytes(of: generator.next()) { Array($0) } }
        try write(bytes, to: file)

        let server = try CardServer(folder: folder, options: ["--status"])
        defer { server.end() }
        _ = try server.client.fetch("index.html", to: copy)
        let statusPage = try server.client.fetch("_ringlight/", to: page).bytes
        let received = read(copy)
        let showsCard = String(decoding: read(page), as: UTF8.self).contains("</html>")
        return PageVisit(served: bytes.count, seen: received.count, statusPage: statusPage, ok: received == bytes && showsCard)
    }

    private static func write(_ bytes: [UInt8], to path: String) throws {
        let file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o644)
        defer { close(file) }
        guard Glibc.write(file, bytes, bytes.count) == bytes.count else { throw Problem(path, String(cString: strerror(errno))) }
    }

    private static func read(_ path: String) -> [UInt8] {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: 2 * size)
        let count = Glibc.read(file, &bytes, bytes.count)
        return Array(bytes.prefix(max(0, count)))
    }
}
