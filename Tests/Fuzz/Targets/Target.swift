import Glibc

/// Something that reads what strangers send.
struct Target: Sendable {
    let name: String
    /// Good inputs, to begin with.
    let seeds: @Sendable () -> [[UInt8]]
    /// Before the first input: that inputs reach what they are for.
    var check: @Sendable () -> Void = {}
    /// Reads one input. A trap, a sanitizer's report, and too much time or memory are findings.
    let run: @Sendable ([UInt8]) -> Void

    static let all: [Target] =
        [.frames, .capture, .addresses, .eeprom, .dhcp, .dns, .requests, .patterns, .toml, .http, .chat, .stack]

    static func named(_ name: String) -> Target? { all.first { $0.name == name } }

    /// The one of this process: libFuzzer's callback has no context.
    nonisolated(unsafe) static var chosen: Target?
}

/// What must be true whatever the input is, in release builds too.
func require(_ condition: Bool, _ what: @autoclosure () -> String, file: StaticString = #file, line: UInt = #line) {
    if !condition { fatalError(what(), file: file, line: line) }
}

func write(_ bytes: [UInt8], to path: String) {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    require(descriptor >= 0 && Glibc.write(descriptor, bytes, bytes.count) == bytes.count, "\(path): \(String(cString: strerror(errno)))")
    close(descriptor)
}
