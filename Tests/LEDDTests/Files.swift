import Glibc

enum Files {
    /// A file's text; `nil` if it cannot be read.
    static func text(_ path: String) -> String? {
        guard let file = fopen(path, "re") else { return nil }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        while case let byte = fgetc(file), byte != EOF { bytes.append(UInt8(byte)) }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Makes a file, or adds to one.
    static func append(_ text: String, to path: String) {
        guard let file = fopen(path, "ae") else { return }
        fputs(text, file)
        fclose(file)
    }

    /// A new folder below /tmp.
    static func makeFolder() -> String {
        var template = Array("/tmp/ringlight-ledd.XXXXXX".utf8CString)
        return mkdtemp(&template).map { String(cString: $0) } ?? "/nonexistent"
    }

    /// Removes a folder and what is in it.
    static func remove(_ path: String) {
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
                if unlink("\(path)/\(name)") != 0 { remove("\(path)/\(name)") }
            }
        }
        rmdir(path)
    }
}
