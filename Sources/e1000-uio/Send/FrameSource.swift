import Frames
import ToolSupport

/// Where the frames to send are from.
enum FrameSource: ~Copyable {
    /// The same bytes each time.
    case bytes([UInt8])
    /// Text, after a header (empty with `--raw`).
    case text(header: [UInt8], TextTemplate, FrameRules)
    /// A capture: its frames in order, as often as `loops` says (0: without end).
    case capture(CaptureFrames)

    /// The next frame; `nil` at the end of a capture.
    mutating func next(number: UInt64) throws -> [UInt8]? {
        switch consume self {
        case .bytes(let bytes):
            self = .bytes(bytes)
            return bytes
        case .text(let header, let template, let rules):
            self = .text(header: header, template, rules)
            let frame = header + template.bytes(number: number)
            try rules.checkArgument(frame, "--text, frame \(number)")
            return frame
        case .capture(var frames):
            do {
                let frame = try frames.next()
                self = .capture(frames)
                return frame?.bytes
            } catch {
                self = .capture(frames)
                throw error
            }
        }
    }
}

/// The frames of a pcap or pcapng file, once or several times.
struct CaptureFrames: ~Copyable {
    private let path: String
    private let rules: FrameRules
    private var reader: CaptureReader
    private var loopsLeft: Int?
    /// Frames read from a pipe, for the next loop: a pipe cannot be read twice.
    private var kept: [CapturedFrame] = []
    private var position = 0
    /// Read before a card is touched, so that what is no capture is known by then.
    private var first: CapturedFrame?
    private var isReadOut = false
    /// The frame that was given last begins a loop.
    private(set) var isFirstOfLoop = false

    private init(path: String, rules: FrameRules, reader: consuming CaptureReader, loops: Int) {
        self.path = path
        self.rules = rules
        self.reader = reader
        loopsLeft = loops == 0 ? nil : loops
    }

    /// Opens a file and reads its first frame.
    ///
    /// - Parameters:
    ///   - rules: which frames the card is set up for.
    ///   - loops: how often to send it; 0: without end.
    static func open(path: String, rules: FrameRules, loops: Int) throws -> CaptureFrames {
        var frames = CaptureFrames(
            path: path, rules: rules, reader: try CaptureReader(path: path, interruption: Interruption.descriptor), loops: loops)
        frames.first = try frames.read()
        return frames
    }

    private mutating func takeFirst() -> CapturedFrame? {
        defer { first = nil }
        return first
    }

    /// The file's next frame, if the card can send it as it was.
    private mutating func read() throws -> CapturedFrame? {
        guard let frame = try reader.next() else { return nil }
        let what = "\(path), frame \(reader.frameCount)"
        guard !frame.isCut else {
            throw Problem(
                what, "the capture holds \(frame.bytes.count) of its \(frame.originalLength) bytes",
                remedy: "capture it again without a snap length")
        }
        try rules.check(frame.bytes, what)
        return frame
    }

    /// The next frame; `nil` after the last of the last loop.
    mutating func next() throws -> CapturedFrame? {
        if !isReadOut {
            isFirstOfLoop = first != nil
            if let frame = try takeFirst() ?? read() {
                if loopsLeft != 1 { kept.append(frame) }
                return frame
            }
            isReadOut = true
            position = kept.count
        }
        if position == kept.count {
            if let left = loopsLeft {
                guard left > 1 else { return nil }
                loopsLeft = left - 1
            }
            guard !kept.isEmpty, !Interruption.requested else { return nil }
            position = 0
        }
        isFirstOfLoop = position == 0
        defer { position += 1 }
        return kept[position]
    }
}
