import DeviceAccess
@testable import E1000
import Testing

@Suite("Self-test")
struct SelftestTests {
    @Test("what does not work is a result with a reason, and the checks go on")
    func failures() throws {
        // Its registers read 0, its PHY does not answer, its interrupt does not come; its EEPROM is good.
        let fake = FakeCard()
        var card = try Controller(fake.device())
        var reported: [SelftestResult] = []
        let results = try card.selftest { reported.append($0) }
        #expect(results == reported)
        let byName = Dictionary(uniqueKeysWithValues: results.map { ($0.name, $0) })
        #expect(byName["registers"]?.verdict == .failed)
        #expect(byName["registers"]?.detail == "0x5478 holds 0x0, not 0xfffffffe")
        #expect(byName["eeprom"]?.verdict == .passed)
        #expect(byName["phy"]?.verdict == .failed && byName["phy"]?.detail.hasPrefix("MDIC: ") == true)
        #expect(byName["interrupt"]?.verdict == .failed && byName["interrupt"]?.detail.contains("interrupt 1 of 10") == true)
        #expect(byName["loopback"]?.verdict == .failed)
        #expect(byName["offloads"]?.verdict == .skipped)
        #expect(byName["ring wrap"]?.verdict == .skipped && byName["counters"]?.verdict == .skipped)
        #expect(byName["link"]?.verdict == .failed)
    }

    @Test("a card that leaves ends it with an error")
    func vanishes() throws {
        let fake = FakeCard()
        var card = try Controller(fake.device())
        fake.isGone = true
        do {
            _ = try card.selftest()
            Issue.record("it is gone")
        } catch {
            #expect(error.kind == .vanished)
        }
    }

    @Test("each pattern is another, whole and of its length")
    func patterns() {
        let frames = SelftestPattern.allCases.map { $0.frame(7, length: 100) }
        #expect(Set(frames).count == SelftestPattern.allCases.count)
        #expect(frames.allSatisfy { $0.count == 100 })
        #expect(SelftestPattern.random.frame(1, length: 60) != SelftestPattern.random.frame(2, length: 60))
    }
}
