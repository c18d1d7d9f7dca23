import Testing

@testable import ledd

@Suite struct BackoffTests {
    @Test func `waits double up to the longest, and are forgotten after a quiet while`() {
        var backoff = Backoff(shortest: 5, longest: 300)
        var now: Int64 = 1000
        var waits: [Int64] = []
        for _ in 0..<8 {
            waits.append(backoff.next(now: now))
            now += waits.last!
        }
        #expect(waits == [5, 10, 20, 40, 80, 160, 300, 300])
        let after = backoff.next(now: now + 299)
        #expect(after == 300)
        let quiet = backoff.next(now: now + 299 + 600)
        #expect(quiet == 5)
    }
}
