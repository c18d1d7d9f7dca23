/// International Morse code: signs and timing of Recommendation ITU-R M.1677-1, part I.
public enum Morse {
    /// How long a dot is by default: 150 ms, 8 words ("PARIS") a minute, readable from a lamp.
    public static let defaultUnit = 150
    /// The longest dot, in milliseconds.
    public static let longestUnit = 500
    /// The longest text, in characters: with the longest dot still less than an hour, and than the steps a pattern may have.
    public static let longestText = 250

    /// Dots and dashes of a character (letters without regard to case), `nil` if the Recommendation has none.
    public static func sign(of character: Character) -> String? {
        // One letter may be several in upper case ('ß', 'ﬃ').
        let upper = character.uppercased()
        return upper.count == 1 ? upper.first.flatMap { signs[$0] } : nil
    }

    /// Letters (1.1.1), figures (1.1.2), punctuation marks and miscellaneous signs (1.1.3) that are one printed character.
    private static let signs: [Character: String] = [
        "A": ".-", "B": "-...", "C": "-.-.", "D": "-..", "E": ".", "É": "..-..", "F": "..-.", "G": "--.", "H": "....",
        "I": "..", "J": ".---", "K": "-.-", "L": ".-..", "M": "--", "N": "-.", "O": "---", "P": ".--.", "Q": "--.-",
        "R": ".-.", "S": "...", "T": "-", "U": "..-", "V": "...-", "W": ".--", "X": "-..-", "Y": "-.--", "Z": "--..",
        "1": ".----", "2": "..---", "3": "...--", "4": "....-", "5": ".....", "6": "-....", "7": "--...", "8": "---..",
        "9": "----.", "0": "-----",
        ".": ".-.-.-", ",": "--..--", ":": "---...", "?": "..--..", "'": ".----.", "-": "-....-", "/": "-..-.",
        "(": "-.--.", ")": "-.--.-", "\"": ".-..-.", "=": "-...-", "+": ".-.-.", "×": "-..-", "@": ".--.-.",
    ]
}

extension Pattern {
    /// Text in Morse code. A dash is 3 units, the space within a letter 1, between letters 3, between words 7 (section 2),
    /// and 7 at the end, so that it can be repeated.
    ///
    /// - Parameter unit: milliseconds of a dot, 20 to 500.
    /// - Throws: `PatternError` for an empty or too long text, a unit out of range, or a character without a sign.
    public static func morse(_ text: String, unit: Int = Morse.defaultUnit) throws(PatternError) -> Pattern {
        guard (shortestStep...Morse.longestUnit).contains(unit) else {
            throw PatternError(
                text: text, position: 1, why: "a dot of \(unit) ms cannot be shown", remedy: "use \(shortestStep) to \(Morse.longestUnit)")
        }
        return try morse(in: text, after: 0, unit: unit)
    }

    /// The Morse code of `text` from the character `prefix` on; places in errors count from the start.
    static func morse(in text: String, after prefix: Int, unit: Int = Morse.defaultUnit) throws(PatternError) -> Pattern {
        var steps: [Step] = []
        // The gap that the next mark must keep from the one before, in units; 0 before the first.
        var gap = 0
        for (index, character) in text.enumerated().dropFirst(prefix) {
            func fault(_ why: String, _ remedy: String) -> PatternError {
                PatternError(text: text, position: index + 1, why: why, remedy: remedy)
            }
            guard index < prefix + Morse.longestText else {
                throw fault("the text is too long", "use at most \(Morse.longestText) characters")
            }
            if character.isWhitespace {
                if gap > 0 { gap = 7 }
                continue
            }
            guard let sign = Morse.sign(of: character) else {
                throw fault(
                    "'\(character)' has no Morse sign", "use letters A to Z and É, figures, spaces and . , : ? ' - / ( ) \" = + × @")
            }
            for mark in sign {
                if gap > 0 { steps.append(Step(on: false, milliseconds: gap * unit)) }
                steps.append(Step(on: true, milliseconds: (mark == "-" ? 3 : 1) * unit))
                gap = 1
            }
            gap = 3
        }
        guard !steps.isEmpty else {
            throw PatternError(text: text, position: text.count + 1, why: "there is no text to send", remedy: "write morse:SOS")
        }
        steps.append(Step(on: false, milliseconds: 7 * unit))
        return Pattern(checked: steps)
    }
}
