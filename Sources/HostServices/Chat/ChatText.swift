/// Text from one stranger's keyboard for another stranger's terminal.
enum ChatText {
    /// Without control characters, escape sequences (ECMA-48, 5.4 and 8.3.89) and what is invisible, such as that which turns the
    /// direction of the rest of the line; a tab becomes a space. The joiners of scripts and emoji stay, and what tells an emoji from a
    /// letter.
    static func clean(_ text: String) -> String {
        var result = String.UnicodeScalarView()
        var sequence = EscapeSequence()
        for scalar in text.unicodeScalars where !sequence.takes(scalar) {
            if scalar == "\t" {
                result.append(" ")
            } else if isVisible(scalar) || companions.contains(scalar) {
                result.append(scalar)
            }
        }
        return String(result).trimmed
    }

    /// What is wrong with a name, as the end of a sentence; `nil` for a good one.
    static func problem(withName name: String) -> String? {
        guard (1...20).contains(name.count), name.utf8.count <= 80 else { return "a name has 1 to 20 characters" }
        let scalars = name.unicodeScalars
        // Braille's pattern without a dot is a space to the eye.
        guard scalars.allSatisfy({ isVisible($0) && !$0.properties.isWhitespace && $0 != "\u{2800}" }) else {
            return "a name has visible characters only, and no spaces"
        }
        // Commands begin with a slash, and the room's own lines with an asterisk; a mark would stick to what stands before it.
        guard let first = scalars.first, first != "/", first != "*", !isMark(first) else { return "a name begins with a letter, a digit or the like" }
        return nil
    }

    /// Invisible themselves: the joiners, and the choice of text or emoji (Unicode Standard, 23.2 and 23.4).
    private static let companions: Set<Unicode.Scalar> = ["\u{200c}", "\u{200d}", "\u{fe0e}", "\u{fe0f}"]

    private static func isVisible(_ scalar: Unicode.Scalar) -> Bool {
        // Also letters and marks that nothing is drawn for, such as Hangul's filler (Unicode Standard, 5.21).
        guard !scalar.properties.isDefaultIgnorableCodePoint else { return false }
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned: return false
        default: return true
        }
    }

    private static func isMark(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .spacingMark, .enclosingMark: true
        default: false
        }
    }
}

/// Knows which characters belong to an escape sequence of a terminal.
private struct EscapeSequence {
    private enum State { case none, escape, intermediate, control, string, stringEscape }
    private var state = State.none

    mutating func takes(_ scalar: Unicode.Scalar) -> Bool {
        switch (state, scalar.value) {
        case (.string, 0x1b): state = .stringEscape
        case (_, 0x1b): state = .escape
        // The same introducers as one character (C1).
        case (_, 0x9b): state = .control
        case (_, 0x90), (_, 0x98), (_, 0x9d...0x9f): state = .string
        case (.none, _): return false
        case (.escape, 0x5b): state = .control
        case (.escape, 0x50), (.escape, 0x58), (.escape, 0x5d...0x5f): state = .string
        case (.escape, 0x20...0x2f), (.intermediate, 0x20...0x2f): state = .intermediate
        case (.escape, 0x30...0x7e), (.intermediate, 0x30...0x7e): state = .none
        case (.control, 0x20...0x3f): break
        case (.control, 0x40...0x7e): state = .none
        case (.string, 0x07), (.string, 0x9c), (.stringEscape, 0x5c): state = .none
        case (.stringEscape, _): state = .string
        case (.string, _): break
        default:
            // No sequence goes on like that.
            state = .none
            return false
        }
        return true
    }
}
