/// Text as mdoc(7) source.
enum Mdoc {
    /// Text within a line; what roff would take for its own is made plain.
    static func escaped(_ text: some StringProtocol) -> String {
        var result = ""
        var before: Character = " "
        for character in text {
            switch character {
            case "\\": result += "\\e"
            // A minus, which can be copied into a shell, where a word begins: an option, a negative number.
            case "-" where before == " " || before == "-" || before == "'" || before == "(" || before == "[": result += "\\-"
            default: result.append(character)
            }
            before = character
        }
        return result
    }

    /// A whole line of text.
    static func line(_ text: some StringProtocol) -> String {
        let escaped = escaped(text)
        return escaped.hasPrefix(".") || escaped.hasPrefix("'") ? "\\&" + escaped : escaped
    }

    /// Words after a macro: none of them is a macro, and blanks do not part them.
    static func argument(_ text: some StringProtocol) -> String {
        let words = text.split(separator: " ").map { word in
            let isMacro = (2...3).contains(word.count) && word.first!.isUppercase || word.count == 1 && word.first!.isPunctuation
            return (isMacro ? "\\&" : "") + escaped(word)
        }
        let joined = words.joined(separator: " ").replacing("\"", with: "\\(dq")
        return words.count > 1 ? "\"\(joined)\"" : joined
    }

    /// Paragraphs as `--help` has them: parted by empty lines; lines that begin with two blanks are shown as they are.
    static func paragraphs(_ text: String) -> [String] {
        var lines: [String] = []
        var isLiteral = false
        var wantsParagraph = false
        func endLiteral() {
            if isLiteral { lines.append(".Ed") }
            isLiteral = false
        }
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.allSatisfy(\.isWhitespace) {
                endLiteral()
                wantsParagraph = !lines.isEmpty
            } else if line.hasPrefix("  ") {
                if !isLiteral { lines.append(".Bd -literal -offset indent") }
                (isLiteral, wantsParagraph) = (true, false)
                let text = String(line.dropFirst(2)).replacing("\\", with: "\\e").replacing("-", with: "\\-").replacing("'", with: "\\(aq")
                lines.append(text.hasPrefix(".") ? "\\&" + text : text)
            } else {
                endLiteral()
                if wantsParagraph { lines.append(".Pp") }
                wantsParagraph = false
                lines += sentences(line).map(Self.line)
            }
        }
        endLiteral()
        return lines
    }

    /// A line each, so that roff sets the space between them.
    private static func sentences(_ line: Substring) -> [Substring] {
        var result: [Substring] = []
        var rest = line
        while let end = rest.indices.first(where: { index in
            let after = rest[index...].dropFirst()
            return rest[index] == "." && after.first == " " && after.dropFirst().first?.isUppercase == true
        }) {
            result.append(rest[...end])
            rest = rest[end...].dropFirst(2)
        }
        return result + [rest]
    }
}
