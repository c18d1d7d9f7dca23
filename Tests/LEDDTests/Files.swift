import Glibc

enum Files {
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
}
