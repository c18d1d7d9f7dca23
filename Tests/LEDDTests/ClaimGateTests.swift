import Testing

@testable import ledd

/// By reference: an expectation cannot change a value.
private final class Gate {
    private var gate = ClaimGate()
    var deadline: Int64? { gate.deadline }

    @discardableResult
    func take(_ wish: ClaimGate.Wish, now: Int64) -> ClaimGate.Wish? { gate.take(wish, now: now) }
    func advance(now: Int64) -> ClaimGate.Wish? { gate.advance(now: now) }
    func end() -> Bool { gate.end() }
}

@Suite("Claims of rules: at most ten a second")
struct ClaimGateTests {
    private let interval = ClaimGate.interval

    @Test func `the first is handed on at once`() {
        let gate = Gate()
        #expect(gate.deadline == nil)
        #expect(gate.take(.claim("a"), now: 5) == .claim("a"))
        #expect(gate.deadline == nil)
    }

    @Test func `the newest of many waits for its time`() {
        let gate = Gate()
        gate.take(.claim("a"), now: 0)
        #expect(gate.take(.claim("b"), now: 1) == nil)
        #expect(gate.take(.claim("c"), now: 2) == nil)
        #expect(gate.deadline == interval)
        #expect(gate.advance(now: interval - 1) == nil)
        #expect(gate.advance(now: interval) == .claim("c"))
        #expect(gate.deadline == nil)
        #expect(gate.advance(now: 9 * interval) == nil)
    }

    @Test func `a claim that ends at once is still seen`() {
        let gate = Gate()
        #expect(gate.take(.claim("a"), now: 0) == .claim("a"))
        #expect(gate.take(.release, now: 1) == nil)
        #expect(gate.advance(now: interval) == .release)
        #expect(gate.take(.release, now: 5 * interval) == nil)
        #expect(gate.deadline == nil)
    }

    @Test func `a claim that was never handed on needs no release`() {
        let gate = Gate()
        #expect(gate.take(.release, now: 0) == nil)
        gate.take(.claim("a"), now: 0)
        gate.take(.release, now: interval)
        #expect(gate.take(.claim("b"), now: interval + 1) == nil)
        #expect(gate.take(.release, now: interval + 2) == nil)
        #expect(gate.deadline == nil)
        #expect(!gate.end())
    }

    @Test func `the end is at once, and once`() {
        let gate = Gate()
        gate.take(.claim("a"), now: 0)
        gate.take(.claim("b"), now: 1)
        #expect(gate.end())
        #expect(!gate.end())
        #expect(gate.deadline == nil)
    }

    @Test func `a storm`() {
        let gate = Gate()
        var handed = 0
        for i in 0..<100_000 { if gate.take(i.isMultiple(of: 3) ? .release : .claim("\(i)"), now: Int64(i) * 10_000) != nil { handed += 1 } }
        // A second of it.
        #expect((10...11).contains(handed))
    }
}
