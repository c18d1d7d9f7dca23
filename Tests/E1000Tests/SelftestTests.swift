import DeviceAccess
@testable import E1000
import E1000Model
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

    /// The row of the offloads, on a simulated card.
    private func offloads(_ configuration: Configuration, _ lie: Faults.ReceiveLie? = nil) throws -> SelftestResult {
        let sim = SimDevice()
        sim.card.faults.receiveLie = lie
        var card = try Controller(sim.device(), configuration: configuration)
        return try #require(try card.selftest().first { $0.name == "offloads" })
    }

    @Test("offloads: what is not set up is said, and not tested")
    func offloadsLeftOut() throws {
        var configuration = Configuration()
        configuration.verifiesChecksums = false
        let none = try offloads(configuration)
        #expect(none.verdict == .passed)
        #expect(
            none.detail == "checksums, segments; tags are left alone, as configured; the card, as configured, looks at no received checksum")
        configuration.stripsVLANTags = true
        configuration.filters.vlans = []
        #expect(try offloads(configuration).detail == none.detail)
        configuration.filters.vlans = [7]
        #expect(try offloads(configuration).detail == "checksums, segments, tag; the card, as configured, looks at no received checksum")
    }

    @Test("offloads: a tag that is not taken out, and checksums that are called bad or never bad, are failures")
    func offloadsWrong() throws {
        var configuration = Configuration()
        // All but the tag's bit: EOP, and both checksums looked at.
        let never = try offloads(configuration, .init(status: 0x62, errors: 0))
        #expect(never.verdict == .failed && never.detail == "checksum status of bad TCP: it is called good")
        let bad = try offloads(configuration, .init(errors: 0x40))
        #expect(bad.verdict == .failed && bad.detail == "checksum status of TCP: IPv4 is called bad, TCP good, and both are good")
        configuration.stripsVLANTags = true
        let untagged = try offloads(configuration, .init(status: 0x62))
        #expect(untagged.verdict == .failed && untagged.detail == "tag 0xa123 came back as none")
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
