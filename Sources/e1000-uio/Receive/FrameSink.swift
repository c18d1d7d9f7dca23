import Clocks
import Frames
import ToolSupport

/// Where received frames go: lines on standard output, a capture, or both.
struct FrameSink: ~Copyable {
    private var files: CaptureFiles?
    private let printing: Printing?

    /// How frames are printed.
    struct Printing {
        var hexDump = false
        /// The fields of its headers.
        var fields = false
        /// One JSON object a line.
        var json = false
    }

    private struct Line: Encodable {
        /// Seconds since 1970.
        let time: Double
        let length: Int
        let summary: String
        let hex: String?
        let fields: [String]?
    }

    init(_ files: consuming CaptureFiles?, printing: Printing? = nil) {
        self.files = files
        self.printing = printing
    }

    // Mutating: the compiler would take `files` out of the value to look at it.

    /// The next frame belongs into another file.
    var needsNextFile: Bool { mutating get { files?.needsNextFile ?? false } }
    /// A limit of the capture has been reached.
    var isComplete: Bool { mutating get { files?.isComplete ?? false } }
    /// How long the receiver may sleep.
    var nanosecondsUntilNextFile: Int64 { mutating get { files?.nanosecondsUntilNextFile ?? .max } }
    /// The capture's files.
    var paths: [String] { mutating get { files?.paths ?? [] } }
    /// Frames that the capture's files have, whole.
    var savedFrameCount: UInt64 { mutating get { files?.savedFrameCount ?? 0 } }

    mutating func take(_ frame: [UInt8]) throws {
        let time = Clocks.realtime
        try files?.write(frame, timestamp: time)
        guard let printing else { return }
        if printing.json {
            let hex = printing.hexDump ? frame.map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined() : nil
            try Output.json(
                Line(
                    time: Double(time) / 1e9, length: frame.count, summary: FrameSummary.line(frame), hex: hex,
                    fields: printing.fields ? FrameDescription.lines(frame) : nil), compact: true)
        } else {
            Output.line("\(Clocks.timeOfDay(time)) \(FrameSummary.line(frame))")
            if printing.fields { for line in FrameDescription.lines(frame) { Output.line("  " + line) } }
            if printing.hexDump { Output.text(HexDump.text(frame)) }
        }
    }

    /// What was taken is with the reader now: called when no frame waits.
    mutating func flush() throws { try files?.flush() }

    /// - Parameters: the card's counters since the capture began.
    mutating func nextFile(received: UInt64, dropped: UInt64) throws { try files?.nextFile(received: received, dropped: dropped) }

    mutating func finish(received: UInt64, dropped: UInt64) throws { try files?.finish(received: received, dropped: dropped) }
}
