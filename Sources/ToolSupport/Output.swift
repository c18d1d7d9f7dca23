import FoundationEssentials
import Glibc

/// Data on standard output, everything else on standard error.
public enum Output {
    /// One line of data.
    public static func line(_ text: String) { write(text + "\n", to: STDOUT_FILENO) }

    /// Text that may or may not end its last line.
    public static func text(_ text: String) { write(text.hasSuffix("\n") ? text : text + "\n", to: STDOUT_FILENO) }

    /// One line about the work: progress, totals, errors.
    public static func note(_ text: String) { write(text + "\n", to: STDERR_FILENO) }

    /// The same from a thread that must not wait for whoever reads them: written by another one, at once if it can, and left out (which is
    /// told) when more wait than a quarter of a megabyte.
    public static func noteLater(_ text: String) { later.note(text) }

    /// Before the end: waits for what `noteLater` was given, for a second at most.
    public static func finishNotes() { later.finish(within: 1_000_000_000) }

    private static let later = NoteQueue(most: 262_144) { Output.write($0, to: STDERR_FILENO) }

    /// Replaces the terminal's current line on standard error.
    public static func status(_ text: String) { write("\r\u{1b}[K" + text, to: STDERR_FILENO) }

    /// A value as JSON: an object or array on one line when `compact`, else indented; keys sorted, so that it can be compared.
    public static func json(_ value: some Encodable, compact: Bool = false) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = compact ? [.sortedKeys, .withoutEscapingSlashes] : [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        let text = String(decoding: try encoder.encode(value), as: UTF8.self)
        // The encoder sets even an empty array on three lines.
        line(text == "[\n\n]" ? "[]" : text)
    }

    /// Colour and progress only where a person looks, and NO_COLOR is unset.
    public static var isTerminal: Bool { isatty(STDERR_FILENO) == 1 }
    public static var wantsColour: Bool { isatty(STDOUT_FILENO) == 1 && getenv("NO_COLOR") == nil }

    /// All of `text`, past partial writes; a closed pipe ends the program as it would end `cat`.
    private static func write(_ text: String, to descriptor: Int32) {
        var text = text
        text.withUTF8 { bytes in
            var rest = UnsafeRawBufferPointer(bytes)
            while !rest.isEmpty {
                let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
                if count < 0 {
                    if errno == EINTR { continue }
                    if errno == EAGAIN {
                        var poller = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                        _ = poll(&poller, 1, 1000)
                        continue
                    }
                    if errno == EPIPE && descriptor == STDOUT_FILENO { Interruption.request() }
                    return
                }
                rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(count))
            }
        }
    }
}
