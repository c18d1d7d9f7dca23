import Glibc
import ToolSupport

/// Programs that were built with this one, beside it.
enum BuiltProgram {
    static func folder() -> String {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink("/proc/self/exe", &buffer, buffer.count)
        let own = String(decoding: buffer.prefix(max(0, count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return own.split(separator: "/").dropLast().map { "/" + $0 }.joined()
    }

    static func path(_ name: String) throws -> String {
        let path = "\(folder())/\(name)"
        guard access(path, X_OK) == 0 else { throw Problem(path, "not built", remedy: "run 'make bench'") }
        return path
    }
}
