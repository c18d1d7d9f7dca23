import Testing

@testable import KeyboardLights

@Suite struct MorseTests {
    /// PARIS is the word by which speed is counted: with the gap at its end it takes 50 units.
    @Test func parisTakesFiftyUnits() throws {
        #expect(try Pattern.morse("PARIS", unit: 20).milliseconds == 50 * 20)
    }

    @Test func timing() throws {
        // E T, a new word, A: every length that the Recommendation names.
        #expect(
            try Pattern.morse("ET A", unit: 100).steps
                == steps((true, 100), (false, 300), (true, 300), (false, 700), (true, 100), (false, 100), (true, 300), (false, 700)))
    }

    @Test func sosThroughTheParser() throws {
        let pattern = try Pattern(parsing: "morse:sos")
        #expect(pattern.steps.filter(\.on).map { $0.milliseconds / Morse.defaultUnit } == [1, 1, 1, 3, 3, 3, 1, 1, 1])
        #expect(pattern.steps.filter { !$0.on }.map { $0.milliseconds / Morse.defaultUnit } == [1, 1, 3, 1, 1, 3, 1, 1, 7])
    }

    @Test func spacesAreOneGap() throws {
        #expect(try Pattern.morse("  A \t B  ") == Pattern.morse("A B"))
    }

    @Test func caseDoesNotMatter() throws {
        #expect(try Pattern.morse("né") == Pattern.morse("NÉ"))
        // É as E and a combining accent is the same character.
        #expect(try Pattern.morse("e\u{301}") == Pattern.morse("é"))
    }

    @Test func lightIsOnFirstAndOffLast() throws {
        for character in "ABCDEFGHIJKLMNOPQRSTUVWXYZÉ0123456789.,:?'-/()\"=+×@" {
            let pattern = try Pattern.morse(String(character), unit: 20)
            #expect(pattern.steps.first?.on == true && pattern.steps.last == Pattern.Step(on: false, milliseconds: 140))
            #expect(zip(pattern.steps, pattern.steps.dropFirst()).allSatisfy { $0.on != $1.on })
        }
    }

    /// No two signs are alike, but X and the sign of multiplication (1.1.3); figures have five marks.
    @Test func signsAreDistinct() {
        let characters = "ABCDEFGHIJKLMNOPQRSTUVWXYZÉ0123456789.,:?'-/()\"=+@"
        #expect(Set(characters.compactMap(Morse.sign)).count == characters.count)
        #expect(Morse.sign(of: "×") == Morse.sign(of: "x"))
        #expect("0123456789".allSatisfy { Morse.sign(of: $0)?.count == 5 })
        #expect(Morse.sign(of: "#") == nil)
    }

    @Test func bounds() throws {
        let longest = String(repeating: "0", count: Morse.longestText)
        // The longest dot and text still make a pattern that fits.
        let pattern = try Pattern.morse(longest, unit: Morse.longestUnit)
        #expect(Pattern(steps: pattern.steps) != nil)
        let error = try #require(throws: PatternError.self) { try Pattern.morse(longest + "0") }
        #expect(error.position == Morse.longestText + 1)
        #expect(throws: PatternError.self) { try Pattern.morse("A", unit: 19) }
        #expect(throws: PatternError.self) { try Pattern.morse("A", unit: Morse.longestUnit + 1) }
    }
}
