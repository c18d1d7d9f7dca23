import Glibc
import TestSupport

/// What a process holds, from /proc: to see that nothing is left behind.
struct ProcessState {
    let descriptors: Int
    let mappings: Int
    let children: [pid_t]
    /// Bytes of memory in use.
    let resident: Int

    /// Of this process, now.
    init() {
        // Less the one that the looking takes.
        descriptors = Self.names(in: "/proc/self/fd").count - 1
        mappings = Self.text(of: "/proc/self/maps").split(separator: "\n").count
        children = Self.children(of: getpid())
        let pages = Self.text(of: "/proc/self/statm").split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        resident = pages * Int(getpagesize())
    }

    static func children(of pid: pid_t) -> [pid_t] {
        names(in: "/proc/\(pid)/task").flatMap { thread in
            text(of: "/proc/\(pid)/task/\(thread)/children").split(separator: " ").compactMap { pid_t($0) }
        }
    }

    private static func names(in path: String) -> [String] {
        guard let folder = opendir(path) else { return [] }
        defer { closedir(folder) }
        var result: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix(while: { $0 != 0 }), as: UTF8.self) }
            if name != "." && name != ".." { result.append(name) }
        }
        return result
    }

    /// A file of /proc has no length: read until it ends.
    private static func text(of path: String) -> String {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return "" }
        defer { close(file) }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = read(file, &piece, piece.count)
            guard count > 0 else { return String(decoding: bytes, as: UTF8.self) }
            bytes += piece[..<count]
        }
    }
}
