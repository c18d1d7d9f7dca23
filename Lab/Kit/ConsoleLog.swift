/// The guest's serial console: kept, and read for the kernel's last words.
struct ConsoleLog: Sendable {
    /// Of a console that talks without end the latest is kept.
    private static let limit = 4 << 20
    private var bytes: [UInt8] = []
    /// Start of the line that is still coming.
    private var lineStart = 0

    /// The line with which the kernel gave up.
    private(set) var lastWords: String?

    /// Kernels that die say one of these; `oops=panic` makes each of them the end.
    private static let fatal = ["Kernel panic - not syncing", "Oops: ", "kernel BUG at ", "BUG: unable to handle", "BUG: KASAN"]

    mutating func append(_ more: some Sequence<UInt8>) {
        bytes += more
        while let end = bytes[lineStart...].firstIndex(of: UInt8(ascii: "\n")) {
            if lastWords == nil { examine(bytes[lineStart..<end]) }
            lineStart = end + 1
        }
        if bytes.count > Self.limit {
            let excess = bytes.count - Self.limit / 2
            bytes.removeFirst(excess)
            lineStart = max(0, lineStart - excess)
        }
    }

    private mutating func examine(_ line: ArraySlice<UInt8>) {
        // The kernel's own lines are shorter.
        guard line.count <= 1024 else { return }
        let text = Self.clean(line)
        if Self.fatal.contains(where: text.contains) { lastWords = text }
    }

    var text: String { Self.clean(bytes[...]) }

    /// The last lines.
    func tail(_ count: Int = 40) -> String {
        text.split(separator: "\n").suffix(count).joined(separator: "\n")
    }

    /// Serial consoles end lines with CR LF.
    private static func clean(_ bytes: ArraySlice<UInt8>) -> String {
        String(decoding: bytes.filter { $0 != UInt8(ascii: "\r") }, as: UTF8.self)
    }
}
