import Glibc

/// The program that this process runs.
public enum OwnProgram {
    /// Its file, with every link resolved; empty if /proc is not there (proc(5): /proc/pid/exe).
    public static let path: String = {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink("/proc/self/exe", &buffer, buffer.count)
        return String(decoding: buffer.prefix(max(0, count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }()

    /// The folder of that file, without a slash at its end.
    public static var folder: String { path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "." }
}
