import NIOCore

/// Cuts a stream of bytes into lines, keeping at most one line's bound of bytes.
///
/// A line ends with LF; a CR before it belongs to the end.
struct ChatLines {
    enum Line: Equatable {
        case text(String)
        /// Longer than the bound; told once, when the bound is passed, and the rest of the line is skipped.
        case tooLong
        case notUTF8
    }

    private let longest: Int
    private var kept: [UInt8] = []
    private var isSkipping = false

    init(longest: Int) { self.longest = longest }

    /// The next line, or `nil` when `input` has been used up.
    mutating func next(from input: inout ByteBuffer) -> Line? {
        while input.readableBytes > 0 {
            let bytes = input.readableBytesView
            let end = bytes.firstIndex(of: UInt8(ascii: "\n"))
            let part = bytes[..<(end ?? bytes.endIndex)]
            input.moveReaderIndex(forwardBy: part.count + (end == nil ? 0 : 1))
            if isSkipping {
                isSkipping = end == nil
                continue
            }
            // One more than the bound: a CR that turns out to belong to the end.
            if kept.count + part.count > longest + 1 { return refuse(lineGoesOn: end == nil) }
            kept += part
            guard end != nil else { continue }
            if kept.last == UInt8(ascii: "\r") { kept.removeLast() }
            if kept.count > longest { return refuse(lineGoesOn: false) }
            defer { kept.removeAll(keepingCapacity: true) }
            return String(validating: kept, as: UTF8.self).map(Line.text) ?? .notUTF8
        }
        return nil
    }

    private mutating func refuse(lineGoesOn: Bool) -> Line {
        isSkipping = lineGoesOn
        kept.removeAll(keepingCapacity: true)
        return .tooLong
    }
}
