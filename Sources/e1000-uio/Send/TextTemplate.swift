/// Text with `%d`, `%02d`, … for the number of the frame, counted from 0.
struct TextTemplate {
    private enum Piece {
        case bytes([UInt8])
        /// The number, with zeros before it up to a width.
        case number(width: Int)
    }

    private var pieces: [Piece] = []

    /// `%d`, `%0Nd` with N from 1 to 9 are replaced; any other `%` is text.
    init(_ text: String) {
        var plain: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                plain.append(byte)
                continue
            }
            let width: Int
            if rest.first == UInt8(ascii: "d") {
                rest.removeFirst()
                width = 0
            } else if rest.count >= 3, rest.first == UInt8(ascii: "0"), let digit = rest.dropFirst().first,
                (UInt8(ascii: "1")...UInt8(ascii: "9")).contains(digit), rest.dropFirst(2).first == UInt8(ascii: "d")
            {
                rest.removeFirst(3)
                width = Int(digit - UInt8(ascii: "0"))
            } else {
                plain.append(byte)
                continue
            }
            pieces += [.bytes(plain), .number(width: width)]
            plain = []
        }
        pieces.append(.bytes(plain))
    }

    /// The text of one frame.
    func bytes(number: UInt64) -> [UInt8] {
        var result: [UInt8] = []
        for piece in pieces {
            switch piece {
            case .bytes(let bytes):
                result += bytes
            case .number(let width):
                let digits = Array(String(number).utf8)
                result += [UInt8](repeating: UInt8(ascii: "0"), count: max(0, width - digits.count)) + digits
            }
        }
        return result
    }
}
