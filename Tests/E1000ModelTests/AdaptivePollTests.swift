import DeviceAccess
import E1000
@testable import E1000Model
import Testing

@Suite("Adaptive poll on a card of our own")
struct AdaptivePollTests {
    /// A card, and a poll whose looks are counted, not timed: each run is the same.
    private struct Stage: ~Copyable {
        var driven: DrivenCard
        var poll = AdaptivePoll()

        init(_ kind: ModelKind = .i82540EM) throws {
            driven = try DrivenCard(kind)
            poll.idleTime = .max
            poll.idleLooks = 10
        }

        func deliver(_ count: Int = 1) { for _ in 0..<count { driven.sim.deliver(Rig.frame(to: Rig.broadcast)) } }

        mutating func wait(nanoseconds: Int64 = 5_000_000_000) throws -> Bool {
            try poll.wait(for: &driven.card, nanoseconds: nanoseconds) != nil
        }

        /// Frames that are there.
        mutating func take() throws -> Int { try driven.take().count }

        func mask() -> UInt32 { driven.sim.card.read(ModelRegister.IMS.rawValue) }

        mutating func counters() throws -> DriverCounters { try driven.card.readStatistics().driver }
    }

    private static let receiveCauses: UInt32 = 1 << 7 | 1 << 6 | 1 << 4

    @Test(
        "a frame at each point of going to sleep is seen at once, or, when its interrupt gets lost, one slice later at most",
        arguments: [ModelKind.i82540EM, .i82574L], [false, true])
    func everyPoint(kind: ModelKind, isBusy: Bool) throws {
        for isLost in [false, true] {
            for point in 1...10 {
                var stage = try Stage(kind)
                if isBusy {
                    stage.deliver()
                    #expect(try stage.wait())
                    #expect(try stage.take() == 1)
                }
                var calls = 0
                var arrivedAt: Int64?
                let (sim, clock) = (stage.driven.sim, stage.driven.clock)
                sim.onCall = {
                    calls += 1
                    guard calls == point else { return }
                    arrivedAt = clock.now
                    if isLost { sim.card.faults.interruptsToLose = 1 }
                    sim.deliver(Rig.frame(to: Rig.broadcast))
                }
                #expect(try stage.wait())
                sim.onCall = nil
                let late = clock.now - (try #require(arrivedAt))
                // Beside the slice: some accesses of 20 µs.
                #expect(late <= (isLost ? stage.poll.longestSleep : 0) + 1_000_000, "at call \(point), lost: \(isLost)")
                #expect(try stage.take() == 1)
            }
        }
    }

    @Test("interrupts without a cause are no frames, and no end of the wait", arguments: ModelKind.allCases)
    func spurious(kind: ModelKind) throws {
        var stage = try Stage(kind)
        stage.driven.sim.spuriousInterrupts = 5
        #expect(try !stage.wait(nanoseconds: 20_000_000))
        #expect(stage.driven.sim.spuriousInterrupts == 0)
        #expect(try stage.counters().interrupts == 5)
        stage.driven.sim.spuriousInterrupts = 5
        stage.deliver()
        #expect(try stage.wait())
        #expect(try stage.take() == 1)
    }

    @Test("while frames come the card interrupts nobody and nothing but tails is written; without them it interrupts again")
    func masked() throws {
        var stage = try Stage()
        #expect(stage.mask() & Self.receiveCauses == Self.receiveCauses)
        stage.deliver()
        #expect(try stage.wait())
        #expect(try stage.take() == 1)
        #expect(stage.mask() & Self.receiveCauses == 0)
        let before = try stage.counters()
        stage.driven.sim.forgetAccesses()
        for _ in 0..<50 {
            stage.deliver(32)
            let isInterrupting = stage.driven.sim.card.isInterrupting
            #expect(!isInterrupting)
            #expect(try stage.wait())
            #expect(try stage.take() == 32)
        }
        #expect(stage.driven.sim.accesses.keys.sorted() == [ModelRegister.RDT.rawValue])
        let after = try stage.counters()
        #expect(after.polls - before.polls == 50 && after.interrupts == before.interrupts)
        #expect(try !stage.wait(nanoseconds: 1_000_000))
        #expect(stage.mask() & Self.receiveCauses == Self.receiveCauses)
    }

    @Test("the driver's other waits sleep with interrupts on, also after a poll; so does a card that was recovered")
    func others() throws {
        var stage = try Stage()
        stage.deliver()
        #expect(try stage.wait())
        #expect(try stage.take() == 1)
        let sim = stage.driven.sim
        var calls = 0
        sim.onCall = {
            calls += 1
            if calls == 4 { sim.deliver(Rig.frame(to: Rig.broadcast)) }
        }
        #expect(try stage.driven.card.waitForFrame(nanoseconds: 5_000_000_000))
        sim.onCall = nil
        #expect(try stage.take() == 1)
        #expect(stage.mask() & Self.receiveCauses == Self.receiveCauses)

        stage.deliver()
        #expect(try stage.wait())
        #expect(try stage.take() == 1)
        try stage.driven.card.recover()
        #expect(stage.mask() & Self.receiveCauses == Self.receiveCauses)
        stage.deliver()
        #expect(try stage.wait())
        #expect(stage.mask() & Self.receiveCauses == 0)
    }

    @Test("short waits add up to one idle time; a card that left the bus is noticed")
    func short() throws {
        var stage = try Stage()
        stage.poll.idleTime = 20_000_000
        stage.poll.idleLooks = .max
        stage.deliver()
        #expect(try stage.wait())
        #expect(try stage.take() == 1)
        var waits = 0
        while stage.mask() & Self.receiveCauses == 0, waits < 1000 {
            #expect(try !stage.wait(nanoseconds: 1_000_000))
            waits += 1
        }
        #expect(waits > 1 && waits < 1000)
        stage.driven.sim.card.faults.isGone = true
        var kind: DeviceError.Kind?
        do { _ = try stage.wait() } catch let error as DeviceError { kind = error.kind }
        #expect(kind == .vanished)
    }
}
