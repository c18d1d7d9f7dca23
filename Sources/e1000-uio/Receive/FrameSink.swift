import Clocks
import Frames
import ToolSupport

/// Where received frames go: lines on standard output, or a capture.
struct FrameSink: ~Copyable {
    private var writer: CaptureWriter?
    private let hexDump: Bool
    /// One JSON object a line.
    let isJSON: Bool

    private struct Line: Encodable {
        /// Seconds since 1970.
        let time: Double
        let length: Int
        let summary: String
        let hex: String?
    }

    /// - Parameters:
    ///   - capture: a file's path, `-` for standard output, `nil`: lines instead.
    ///   - interface: what the capture says it is of.
    init(capture: String?, interface: String, hexDump: Bool, json: Bool) throws {
        (self.hexDump, isJSON) = (hexDump, json)
        if let capture {
            writer = try CaptureWriter(path: capture, program: "e1000-uio \(ringlightVersion)", interface: interface)
        } else {
            writer = nil
        }
    }

    mutating func take(_ frame: [UInt8]) throws {
        let time = Clocks.realtime
        if writer != nil { try writer?.write(frame, timestamp: UInt64(time)) }
        if isJSON {
            let hex = hexDump ? frame.map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined() : nil
            try Output.json(
                Line(time: Double(time) / 1e9, length: frame.count, summary: FrameSummary.line(frame), hex: hex), compact: true)
        } else if writer == nil || hexDump {
            Output.line("\(Clocks.timeOfDay(time)) \(FrameSummary.line(frame))")
            if hexDump { Output.text(HexDump.text(frame)) }
        }
    }

    /// What was taken is with the reader now: called when no frame waits.
    mutating func flush() throws { try writer?.flush() }

    mutating func finish(received: UInt64, dropped: UInt64) throws {
        try writer?.finish(timestamp: UInt64(Clocks.realtime), received: received, dropped: dropped)
    }
}
