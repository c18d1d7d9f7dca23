import CLinux
import Glibc

/// Makes a folder and those above it; one that is there already will do.
public func makeFolders(_ folder: String) throws(SystemError) {
    var partial = ""
    for part in folder.split(separator: "/") {
        partial += "/\(part)"
        guard mkdir(partial, 0o755) == 0 || errno == EEXIST else { throw SystemError(doing: "mkdir \(partial)", number: errno) }
    }
}

/// Makes a file with this text, or replaces the text of one.
public func write(_ text: String, to file: String) throws(SystemError) { try write(Array(text.utf8), to: file) }

/// Makes a file with these bytes, or replaces those of one.
public func write(_ bytes: [UInt8], to file: String) throws(SystemError) {
    let descriptor = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw SystemError(doing: "create \(file)", number: errno) }
    defer { close(descriptor) }
    guard Glibc.write(descriptor, bytes, bytes.count) == bytes.count else {
        throw SystemError(doing: "write \(file)", number: errno)
    }
}

public struct SystemError: Error, CustomStringConvertible {
    let doing: String
    public let number: Int32

    public init(doing: String, number: Int32) {
        (self.doing, self.number) = (doing, number)
    }

    public var description: String { "\(doing): \(String(cString: strerror(number)))" }
}

/// Removes a folder and what is in it; links are removed, not followed.
public func removeTree(_ path: String) {
    if let stream = opendir(path) {
        var names: [String] = []
        while let entry = readdir(stream) {
            names.append(
                withUnsafePointer(to: &entry.pointee.d_name) {
                    $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                })
        }
        closedir(stream)
        for name in names where name != "." && name != ".." {
            if unlink("\(path)/\(name)") != 0 { removeTree("\(path)/\(name)") }
        }
    }
    rmdir(path)
}

/// A file's text, also of a file of /proc, which does not tell its size.
public func readText(_ path: String) throws(SystemError) -> String {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw SystemError(doing: "open \(path)", number: errno) }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    while case let count = read(descriptor, &buffer, buffer.count), count > 0 { bytes += buffer[..<count] }
    return String(decoding: bytes, as: UTF8.self)
}

/// Root may read anything. Meanwhile this thread, and no other one, has the rights to files of nobody in particular; a user who is not root
/// keeps his own.
public func withFilesOfNobody(_ body: () throws -> Void) throws {
    guard geteuid() == 0 else { return try body() }
    let status = ringlight_use_files_as(65_534)
    defer { _ = ringlight_use_files_as(0) }
    guard status == 0 else { throw SystemError(doing: "setfsuid", number: -status) }
    try body()
}
