import Testing

@testable import KeyboardLights

private let millisecond: Int64 = 1_000_000

@Suite struct PatternPlayerTests {
    typealias Phase = PatternPlayer.Phase
    private let pattern = Pattern(checked: steps((true, 200), (false, 100), (true, 50), (false, 650)))

    @Test func followsTheSteps() {
        let start: Int64 = 5_000_000_123
        let player = PatternPlayer(pattern, repeats: 2, start: start)
        func phase(_ milliseconds: Int64) -> Phase? { player.next(now: start + milliseconds * millisecond) }
        func expected(_ on: Bool, _ deadline: Int64) -> Phase { Phase(on: on, deadline: start + deadline * millisecond) }
        #expect(phase(0) == expected(true, 200))
        #expect(phase(199) == expected(true, 200))
        #expect(phase(200) == expected(false, 300))
        #expect(phase(300) == expected(true, 350))
        #expect(phase(350) == expected(false, 1000))
        #expect(phase(1000) == expected(true, 1200))
        #expect(phase(1999) == expected(false, 2000))
        #expect(phase(2000) == nil)
        #expect(phase(1_000_000) == nil)
        // A clock that is read before the start was taken.
        #expect(phase(-10) == expected(true, 200))
    }

    /// Each wake-up is late by another while; the hundredth round's deadlines are where they would be without.
    @Test func latenessDoesNotAddUp() {
        let player = PatternPlayer(pattern, repeats: 100, start: 0)
        var (now, edges, round): (Int64, [Int64], Int64) = (0, [], 0)
        while let phase = player.next(now: now) {
            edges.append(phase.deadline)
            round += 1
            now = phase.deadline + (round * 7919 % 15) * millisecond
        }
        #expect(edges.count == 400)
        let ends: [Int64] = [200, 300, 350, 1000]
        #expect(edges == (0..<400).map { (Int64($0 / 4) * 1000 + ends[$0 % 4]) * millisecond })
    }

    @Test func leavesOutWhatWasWhollyMissed() {
        let player = PatternPlayer(pattern, repeats: nil, start: 0)
        // Stopped during the first step and continued an hour later: where the pattern is by then.
        #expect(player.next(now: 3_600_320 * millisecond) == Phase(on: true, deadline: 3_600_350 * millisecond))
    }

    @Test func playsWithoutEnd() {
        let player = PatternPlayer(pattern, repeats: nil, start: 0)
        // Thirty years.
        let late = Int64(30 * 365 * 86_400) * 1000 * millisecond
        #expect(player.next(now: late) == Phase(on: true, deadline: late + 200 * millisecond))
    }

    @Test func mostRepeatsOfTheLongestPattern() throws {
        let longest = Pattern(checked: Array(repeating: Pattern.Step(on: true, milliseconds: 60_000), count: 60))
        let player = PatternPlayer(longest, repeats: PatternPlayer.mostRepeats, start: 0)
        let end = Int64(PatternPlayer.mostRepeats) * 3_600_000 * millisecond
        #expect(player.next(now: end - 1) == Phase(on: true, deadline: end))
        #expect(player.next(now: end) == nil)
    }
}
