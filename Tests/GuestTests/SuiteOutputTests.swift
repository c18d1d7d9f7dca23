import Testing

/// No guest: what the card suite's tests make of a run in one.
@Suite("Output of a run of tests")
struct SuiteOutputTests {
    private static let text = """
        ◇ Test run started.
        ↳ Testing Library Version: 6.3.1
        ➜ Suite "Link" skipped: "nobody can pull the cable of a card of this machine from here"
        ➜ Test "a storm, while sending" skipped: "nobody can pull the cable of a card of this machine from here"
        ◇ Suite "Transmit" started.
        ◇ Test "frames: in order" started.
        ◇ Test case passing 2 arguments kind → 0000:00:03.0, ring → 8 to "frames: in order" started.
        ✔ Test "frames: in order" with 2 test cases passed after 0.962 seconds.
        ✔ Test "lengths" with 1 test case passed after 0.100 seconds.
        ✔ Test "none of these cards" with 0 test cases passed after 0.001 seconds.
        ➜ Test "sizes" skipped: "no card is asked"
        ✔ Suite "Transmit" passed after 1.5 seconds.
        ◇ Suite "A loop, on each model" started.
        ✔ Test "bursts" with 1 test case passed after 0.001 seconds.
        ✔ Test "bounds" passed after 0.001 seconds.
        ✔ Suite "A loop, on each model" passed after 0.002 seconds.
        ◇ Suite PlainTests started.
        ✔ Test plain() passed after 0.002 seconds.
        ✔ Suite PlainTests passed after 0.002 seconds.
        ✔ Test run with 6 tests in 4 suites passed after 69.980 seconds.
        skipped: bursts: a card that is looped to itself has nobody at the other end of its cable
        skipped: bounds: a card that is looped to itself has nobody at the other end of its cable
        """

    @Test("tests that ran are told from those that were skipped, cancelled themselves or had no card; a suite may pass without a test")
    func counts() {
        let output = SuiteOutput(Self.text)
        #expect(output.ran == ["Transmit": ["frames: in order", "lengths"], "PlainTests": ["plain()"]])
        #expect(output.count == 3)
        #expect(output.passed == ["Transmit", "A loop, on each model", "PlainTests"])
        #expect(output.skipped.count == 3 && output.cancelled.count == 2 && output.unexplained.isEmpty)
        #expect(output.summary == "✔ Test run with 6 tests in 4 suites passed after 69.980 seconds.")
    }

    @Test("what is skipped without a reason is noticed, and failures are kept")
    func trouble() {
        let output = SuiteOutput(
            """
            ➜ Test "sizes" skipped.
            ✘ Test "bursts" recorded an issue at A.swift:1:2: Expectation failed: false
            ↳ words
            ✘ Test run with 2 tests in 1 suite failed after 1 seconds with 1 issue.
            skipped: bounds:
            """)
        #expect(output.unexplained == ["➜ Test \"sizes\" skipped.", "skipped: bounds:"])
        #expect(output.trouble.count == 3 && output.count == 0)
        #expect(output.summary?.hasPrefix("✘") == true)
    }
}
