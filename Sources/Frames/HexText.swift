/// Bytes written as hexadecimal digits.
public enum HexText {
    /// Reads pairs of digits: `0200 5e10`, `02:00:5e:10`, `0x02 0x00`, with blanks, newlines, `:` or `-` between pairs.
    ///
    /// - Throws: `HexTextError` with the place of the first character that does not fit, counted from 1.
    public static func bytes(_ text: String) throws(HexTextError) -> [UInt8] {
        let digits = Array(text.utf8)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(digits.count / 2)
        var index = 0
        var atStart = true
        while index < digits.count {
            if isSeparator(digits[index]) {
                index += 1
                atStart = true
                continue
            }
            if atStart, digits[index] == UInt8(ascii: "0"), index + 1 < digits.count,
                digits[index + 1] | 0x20 == UInt8(ascii: "x")
            {
                index += 2
                atStart = false
                guard index < digits.count, !isSeparator(digits[index]) else { throw .oddDigits(position: index) }
                continue
            }
            atStart = false
            guard let high = hexValue(digits[index]) else { throw notADigit(text, index) }
            guard index + 1 < digits.count, !isSeparator(digits[index + 1]) else { throw .oddDigits(position: index + 1) }
            guard let low = hexValue(digits[index + 1]) else { throw notADigit(text, index + 1) }
            bytes.append(high << 4 | low)
            index += 2
        }
        if bytes.isEmpty { throw .empty }
        return bytes
    }

    private static func isSeparator(_ byte: UInt8) -> Bool {
        byte == 0x20 || (0x09...0x0d).contains(byte) || byte == UInt8(ascii: ":") || byte == UInt8(ascii: "-")
    }

    /// All before `offset` is ASCII: bytes are characters there.
    private static func notADigit(_ text: String, _ offset: Int) -> HexTextError {
        .notADigit(text[text.utf8.index(text.startIndex, offsetBy: offset)], position: offset + 1)
    }
}

/// Why text is not hexadecimal bytes. Positions are characters, counted from 1.
public enum HexTextError: Error, Equatable, CustomStringConvertible {
    /// Not one digit.
    case empty
    /// Neither a digit nor what may stand between pairs.
    case notADigit(Character, position: Int)
    /// A lone digit: each byte takes two.
    case oddDigits(position: Int)

    public var description: String {
        switch self {
        case .empty: "no hexadecimal digits (give pairs of them, such as 'ff:ff:ff:ff:ff:ff 0200')"
        case .notADigit(let character, let position):
            "'\(character)' at character \(position) is not a hexadecimal digit "
                + "(use 0-9 and a-f in pairs, with blanks, ':' or '-' between them)"
        case .oddDigits(let position):
            "half a byte at character \(position): the number of digits is odd (write two digits for each byte, such as '0a')"
        }
    }
}

/// A hexadecimal digit's value.
func hexValue(_ byte: UInt8) -> UInt8? {
    switch byte {
    case 0x30...0x39: byte - 0x30
    case 0x41...0x46: byte - 0x37
    case 0x61...0x66: byte - 0x57
    default: nil
    }
}
