import ToolSupport

/// How much of what: the limits of one file, or of a whole capture.
struct CaptureLimits: Equatable {
    /// Bytes of a file; the frame that reaches them is still in it.
    var bytes: UInt64?
    var frames: UInt64?
    var nanoseconds: Int64?
    var files: Int?
}

/// Where a capture goes, in how many files, and when it is complete.
struct CapturePlan {
    /// `-`: standard output.
    var path: String
    var snapLength: UInt32 = 0
    var comments: [String] = []
    /// `-a`: when the capture ends.
    var end = CaptureLimits()
    /// `-b`: when the next file begins, and how many are kept; `nil`: one file.
    var ring: CaptureLimits?

    /// What ends a file. A size that ends the capture ends a ring's file instead, as in dumpcap.
    var fileLimits: CaptureLimits {
        guard let ring else { return CaptureLimits(bytes: end.bytes) }
        return CaptureLimits(bytes: ring.bytes ?? end.bytes, frames: ring.frames, nanoseconds: ring.nanoseconds)
    }

    /// - Throws: a usage error for limits that do not go together.
    func check() throws {
        if end.files != nil && ring == nil {
            throw Problem.usage("-a files", "it counts the files of -b", remedy: "give -b too, as in -b filesize:1000")
        }
        guard ring != nil else { return }
        if path == "-" { throw Problem.usage("-b", "standard output is one file", remedy: "write to a file with -w") }
        let limits = fileLimits
        if limits.bytes == nil && limits.frames == nil && limits.nanoseconds == nil {
            throw Problem.usage("-b", "when a file is full is missing", remedy: "add -b filesize:KB, -b duration:S or -b packets:N")
        }
    }
}

/// `-a` and `-b`: `duration:10`, `filesize:1000`, `files:5`, `packets:100`.
enum CaptureCriteria {
    /// - Parameter option: `-a` or `-b`, for the error.
    static func parse(_ words: [String], _ option: String) throws -> CaptureLimits {
        var limits = CaptureLimits()
        for word in words {
            let parts = word.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            let value = parts.count == 2 ? String(parts[1]) : ""
            switch parts[0] {
            case "duration": limits.nanoseconds = Int64(try number(value, word, option, 0.001...1e9) * 1e9)
            // A kilobyte of dumpcap has 1000 bytes.
            case "filesize": limits.bytes = UInt64(try whole(value, word, option, 2_000_000_000)) * 1000
            case "files": limits.files = try whole(value, word, option, 100_000)
            case "packets": limits.frames = UInt64(try whole(value, word, option, .max))
            default:
                throw Problem.usage(
                    option, "'\(word)' is not a criterion", remedy: "use duration:SECONDS, filesize:KB, files:COUNT or packets:COUNT")
            }
        }
        return limits
    }

    private static func number(_ text: String, _ word: String, _ option: String, _ range: ClosedRange<Double>) throws -> Double {
        guard let value = Double(text), range.contains(value) else {
            throw Problem.usage(option, "'\(word)' has no usable number", remedy: "write it like duration:10")
        }
        return value
    }

    private static func whole(_ text: String, _ word: String, _ option: String, _ largest: Int) throws -> Int {
        guard let value = Int(text), value > 0, value <= largest else {
            throw Problem.usage(
                option, "'\(word)' has no usable number", remedy: "write a whole number from 1 to \(largest) after the colon")
        }
        return value
    }
}
