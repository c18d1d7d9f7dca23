import Testing

@testable import KeyboardLights

@Suite struct PatternTests {
    @Test func readsNames() throws {
        #expect(try Pattern(parsing: "blink") == .blink)
        #expect(try Pattern(parsing: "Pulse") == .pulse)
        #expect(try Pattern(parsing: "HEARTBEAT") == .heartbeat)
    }

    @Test func readsSteps() throws {
        let pattern = try Pattern(parsing: "on:200,OFF:100,On:20,off:60000")
        #expect(pattern.steps == steps((true, 200), (false, 100), (true, 20), (false, 60_000)))
        #expect(pattern.milliseconds == 60_320)
    }

    @Test func namedPatternsAreWithinTheBounds() {
        for pattern in [Pattern.blink, .pulse, .heartbeat] {
            #expect(Pattern(steps: pattern.steps) == pattern)
            #expect(pattern.milliseconds == 1000)
        }
    }

    @Test(arguments: [
        ("", 1, "it is empty"),
        ("blonk", 1, "no pattern of this name"),
        ("on", 3, "no duration"),
        ("on:", 4, "no duration"),
        ("on:200,", 8, "a step is missing"),
        (",on:200", 1, "a step is missing"),
        ("on:200,,off:100", 8, "a step is missing"),
        ("on:200,of:100", 8, "'of' is neither on nor off"),
        ("on:200,blink", 8, "'blink' is neither on nor off"),
        ("on:200, off:100", 8, "' off' is neither on nor off"),
        ("on:200,off", 11, "no duration"),
        ("on:2x0", 4, "'2x0' is not a number"),
        ("on:-200", 4, "'-200' is not a number"),
        ("on:2.5", 4, "'2.5' is not a number"),
        ("on:200,off:٣٠", 12, "is not a number"),
        ("on:200:300", 4, "'200:300' is not a number"),
        ("on:19", 4, "19 ms is too short"),
        ("on:200,off:60001", 12, "60001 ms is too long"),
        ("on:99999999999999999999", 4, "is too long"),
        ("morse:", 7, "no text to send"),
        ("morse:   ", 10, "no text to send"),
        ("morse:SO#", 9, "'#' has no Morse sign"),
        ("MORSE:ñ", 7, "'ñ' has no Morse sign"),
        ("morse:straße", 11, "'ß' has no Morse sign"), ("morse:ﬃ", 7, "'ﬃ' has no Morse sign"), ("morse:3\u{345}", 7, "has no Morse sign"),
    ])
    func pointsToTheFault(text: String, position: Int, why: String) throws {
        let error = try #require(throws: PatternError.self) { try Pattern(parsing: text) }
        #expect(error.position == position)
        #expect(error.why.contains(why), "\(error.why)")
        #expect(error.description == "pattern '\(text)', character \(position): \(error.why) (\(error.remedy))")
    }

    @Test func boundsTheNumberOfSteps() throws {
        let most = Array(repeating: "on:20", count: Pattern.mostSteps).joined(separator: ",")
        #expect(try Pattern(parsing: most).steps.count == Pattern.mostSteps)
        let error = try #require(throws: PatternError.self) { try Pattern(parsing: most + ",on:20") }
        #expect(error.why.contains("too many steps"))
        #expect(error.position == most.count + 2)
    }

    @Test func boundsTheLength() throws {
        let hour = Array(repeating: "on:60000", count: 60).joined(separator: ",")
        #expect(try Pattern(parsing: hour).milliseconds == Pattern.longestPattern)
        let error = try #require(throws: PatternError.self) { try Pattern(parsing: hour + ",off:20") }
        #expect(error.why.contains("more than an hour"))
        // Of a long text only the part around the fault is shown.
        #expect(error.what.count < 100)
        #expect(error.what.contains("off:20"))
    }

    @Test func refusesStepsOutOfBounds() {
        #expect(Pattern(steps: []) == nil)
        #expect(Pattern(steps: steps((true, 19))) == nil)
        #expect(Pattern(steps: steps((true, 60_001))) == nil)
        #expect(Pattern(steps: Array(repeating: Pattern.Step(on: true, milliseconds: 20), count: 4097)) == nil)
        #expect(Pattern(steps: Array(repeating: Pattern.Step(on: true, milliseconds: 60_000), count: 61)) == nil)
        #expect(Pattern(steps: steps((true, 20)))?.milliseconds == 20)
    }
}

func steps(_ list: (Bool, Int)...) -> [Pattern.Step] { list.map { Pattern.Step(on: $0.0, milliseconds: $0.1) } }
