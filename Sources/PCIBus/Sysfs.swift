import Glibc

/// Reads and writes the kernel's attributes of devices and drivers.
struct Sysfs: Sendable {
    static let standardRoot = "/sys"

    let root: String
    /// Writes text to the file at a path and gives the system's error number, or 0. Tests put a kernel of their own here.
    var write: @Sendable (_ path: String, _ text: String) -> Int32 = Self.writeFile

    init(root: String) { self.root = root }

    /// libudev knows no other root.
    var isReal: Bool { root == Self.standardRoot }

    var busPath: String { "\(root)/bus/pci" }

    func path(_ address: PCIAddress, _ attribute: String = "") -> String {
        "\(busPath)/devices/\(address)" + (attribute.isEmpty ? "" : "/\(attribute)")
    }

    func path(driver: String, _ attribute: String = "") -> String {
        "\(busPath)/drivers/\(driver)" + (attribute.isEmpty ? "" : "/\(attribute)")
    }

    func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    /// The last component of what a link points to.
    func linkTarget(_ path: String) -> String? {
        var buffer = [CChar](repeating: 0, count: 4096)
        let count = readlink(path, &buffer, buffer.count)
        guard count > 0 else { return nil }
        return String(decoding: buffer.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self).split(separator: "/").last.map(
            String.init)
    }

    /// The file's first bytes, at most a page; `nil` if it cannot be read.
    func bytes(_ path: String) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = read(descriptor, &buffer, buffer.count)
        return count < 0 ? nil : Array(buffer.prefix(count))
    }

    /// The file's text without the newline at its end.
    func text(_ path: String) -> String? {
        guard var bytes = bytes(path) else { return nil }
        while let last = bytes.last, last == 0x0a || last == 0 { bytes.removeLast() }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Names in a folder, sorted; none if it cannot be read.
    func names(_ path: String) -> [String] {
        guard let folder = opendir(path) else { return [] }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
            if !name.hasPrefix(".") { names.append(name) }
        }
        return names.sorted()
    }

    @Sendable private static func writeFile(_ path: String, _ text: String) -> Int32 {
        let descriptor = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY)
        guard descriptor >= 0 else { return errno }
        defer { close(descriptor) }
        let bytes = Array(text.utf8)
        // One write: an attribute takes all of its text or none.
        while Glibc.write(descriptor, bytes, bytes.count) < 0 {
            if errno != EINTR { return errno }
        }
        return 0
    }
}
