import DeviceAccess
import E1000
@testable import E1000Model
import Testing

@Suite("Waits that a link change ends")
struct LinkWaitTests {
    /// Calls of the driver at which something is to happen.
    private static let points = 1...8

    @Test(
        "a break at any point of going to sleep ends the wait at once, or, when its interrupt gets lost, a slice later",
        arguments: ModelKind.allCases, [false, true])
    func everyPoint(kind: ModelKind, isLost: Bool) throws {
        for point in Self.points {
            var driven = try DrivenCard(kind)
            var calls = 0
            var brokeAt: Int64?
            let (sim, clock) = (driven.sim, driven.clock)
            sim.onCall = {
                calls += 1
                guard calls == point else { return }
                brokeAt = clock.now
                if isLost { sim.card.faults.interruptsToLose = 1 }
                sim.setCable(false)
                // Up again before anyone can have looked.
                sim.setCable(true)
            }
            #expect(try driven.card.waitForLinkChange(nanoseconds: 5_000_000_000), "at call \(point)")
            sim.onCall = nil
            #expect(clock.now - (try #require(brokeAt)) <= (isLost ? 1_000_000_000 : 0) + 1_000_000, "at call \(point)")
            // Told once: down, or down and up.
            driven.pass(1_000_000)
            _ = try driven.card.takeLinkChange()
            #expect(try !driven.card.waitForLinkChange(nanoseconds: 3_000_000_000))
        }
    }

    @Test("each of many breaks is told, however it falls between the waits", arguments: ModelKind.allCases)
    func many(kind: ModelKind) throws {
        var driven = try DrivenCard(kind, negotiationTime: 5_000_000)
        for round in 0..<200 {
            driven.sim.after(Int64(round % 7) * 100_000) { $0.setCable(false) }
            driven.pass(Int64(round % 5) * 100_000)
            #expect(try driven.card.waitForLinkChange(nanoseconds: 1_000_000_000))
            #expect(try !driven.card.linkState().isUp)
            driven.sim.setCable(true)
            #expect(try driven.card.waitForLinkChange(nanoseconds: 1_000_000_000))
            #expect(try driven.card.linkState().isUp)
        }
    }

    @Test("frames that arrive meanwhile wake nobody, and are there afterwards, also for a wait that sleeps", arguments: ModelKind.allCases)
    func frames(kind: ModelKind) throws {
        var driven = try DrivenCard(kind)
        let before = driven.card.driverCounters.interrupts
        for number in 0..<20 { driven.sim.after(Int64(number) * 1_000_000) { $0.deliver(Rig.frame(to: Rig.broadcast)) } }
        driven.sim.after(50_000_000) { $0.setCable(false) }
        #expect(try driven.card.waitForLinkChange(nanoseconds: 1_000_000_000))
        #expect(driven.card.driverCounters.interrupts == before + 1)
        #expect(try driven.take().count == 20)
        driven.sim.setCable(true)
        driven.sim.after(1_000_000) { $0.deliver(Rig.frame(to: Rig.broadcast)) }
        #expect(try driven.card.waitForFrame(nanoseconds: 1_000_000_000))
        #expect(try driven.take().count == 1)
    }

    @Test("a wait for a frame ends with a link change where it is asked to, and again until the change is taken", arguments: ModelKind.allCases)
    func receiveWaits(kind: ModelKind) throws {
        var driven = try DrivenCard(kind)
        var poll = AdaptivePoll()
        (poll.idleTime, poll.endsOnLinkChange) = (0, true)
        for usesPoll in [false, true] {
            for point in Self.points {
                var calls = 0
                var changedAt: Int64?
                let (sim, clock) = (driven.sim, driven.clock)
                sim.onCall = {
                    calls += 1
                    guard calls == point else { return }
                    changedAt = clock.now
                    sim.setCable(!sim.card.isLinkUp)
                }
                for _ in 0..<2 {
                    let start = clock.now
                    if usesPoll {
                        #expect(try poll.wait(for: &driven.card, nanoseconds: 5_000_000_000) == nil)
                    } else {
                        #expect(try !driven.card.waitForFrame(nanoseconds: 5_000_000_000, orLinkChange: true))
                    }
                    // Far shorter than the bound, and than a slice.
                    let since = max(start, try #require(changedAt))
                    #expect(driven.card.linkHasChanged && clock.now - since < 10_000_000, "at call \(point)")
                }
                sim.onCall = nil
                #expect(try driven.card.takeLinkChange())
                let isKnown = driven.card.linkHasChanged
                #expect(!isKnown)
            }
        }
        // A frame that is there comes first.
        driven.sim.setCable(true)
        driven.pass(1_000_000)
        driven.sim.deliver(Rig.frame(to: Rig.broadcast))
        #expect(try driven.card.waitForFrame(nanoseconds: 5_000_000_000, orLinkChange: true))
        #expect(try poll.wait(for: &driven.card, nanoseconds: 5_000_000_000) != nil)
        #expect(try driven.take().count == 1)
    }

    @Test("a wait for a frame that is not asked to end with a link change does not, and keeps the change for later")
    func others() throws {
        var driven = try DrivenCard(.i82540EM)
        driven.sim.after(1_000_000) { $0.setCable(false) }
        driven.sim.after(2_000_000) { $0.setCable(true) }
        driven.sim.after(50_000_000) { $0.deliver(Rig.frame(to: Rig.broadcast)) }
        let start = driven.clock.now
        #expect(try driven.card.waitForFrame(nanoseconds: 5_000_000_000))
        #expect(driven.clock.now - start >= 50_000_000)
        let isKnown = driven.card.linkHasChanged
        #expect(isKnown)
        #expect(try driven.card.waitForLinkChange(nanoseconds: 0))
        #expect(try !driven.card.waitForLinkChange(nanoseconds: 0))
    }

    @Test("a card that left the bus is noticed after a slice; a wait without end is none of time's")
    func gone() throws {
        var driven = try DrivenCard(.i82540EM)
        driven.sim.after(10_000_000) { $0.card.faults.isGone = true }
        do {
            _ = try driven.card.waitForLinkChange(nanoseconds: .max)
            Issue.record("it is gone")
        } catch {
            #expect(error.kind == .vanished)
        }
    }
}
