import Glibc
import Logging

/// Log lines on standard error, with the priority that journald reads from a prefix (sd-daemon(3)) where it is what listens.
public struct JournalLog: LogHandler {
    public var metadata: Logger.Metadata = [:]
    public var logLevel: Logger.Level = .info

    private let prefixes: Bool

    public init() { prefixes = getenv("JOURNAL_STREAM") != nil }

    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    public func log(event: LogEvent) {
        let details = metadata.merging(event.metadata ?? [:]) { $1 }.sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }
        let text = (prefixes ? "<\(Self.priority(event.level))>" : "") + event.message.description + details.joined()
        // One line, whatever a client or a device put into it.
        var line = Array(text.unicodeScalars.map { $0.properties.generalCategory == .control ? "?" : String($0) }.joined().utf8)
        line.append(UInt8(ascii: "\n"))
        _ = write(STDERR_FILENO, line, line.count)
    }

    private static func priority(_ level: Logger.Level) -> Int {
        switch level {
        case .trace, .debug: 7
        case .info: 6
        case .notice: 5
        case .warning: 4
        case .error: 3
        case .critical: 2
        }
    }
}
