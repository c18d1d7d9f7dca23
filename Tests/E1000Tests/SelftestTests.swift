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
    private func offloads(
        _ configuration: Configuration = Configuration(), _ lie: Faults.ReceiveLie? = nil, kind: ModelKind = .i82540EM,
        _ change: (inout Faults) -> Void = { _ in }
    ) throws -> SelftestResult {
        var options = SimDevice.Options()
        options.kind = kind
        let sim = SimDevice(options)
        sim.card.faults.receiveLie = lie
        change(&sim.card.faults)
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
            none.detail == "checksums of IPv4 and IPv6, segments of IPv4 and IPv6; tags are left alone, as configured; "
                + "the card, as configured, looks at no received checksum")
        configuration.stripsVLANTags = true
        configuration.filters.vlans = []
        #expect(try offloads(configuration).detail == none.detail)
        configuration.filters.vlans = [7]
        #expect(
            try offloads(configuration).detail
                == "checksums of IPv4 and IPv6, segments of IPv4 and IPv6, tag; the card, as configured, looks at no received checksum")
    }

    @Test("offloads: IPv6 is tested as far as the card knows it", arguments: ModelKind.allCases)
    func offloadsOfIPv6(kind: ModelKind) throws {
        let result = try offloads(kind: kind)
        #expect(result.verdict == .passed)
        let is82544 = kind == .i82544GC
        #expect(result.detail.hasPrefix("checksums of IPv4 and IPv6, segments of IPv4\(is82544 ? "" : " and IPv6"), checksum status;"), "\(result)")
        #expect(result.detail.contains("; the 82544GC makes no segments of IPv6") == is82544, "\(result)")
        #expect(result.detail.hasSuffix("; the 82544GC looks at no received checksum of IPv6") == is82544, "\(result)")
    }

    @Test("offloads: checksums or segments that are wrong over IPv6 alone are failures", arguments: ModelKind.allCases)
    func offloadsWrongOverIPv6(kind: ModelKind) throws {
        let checksums = try offloads(kind: kind) { $0.checksumFlipsIPv6 = 1 }
        #expect(checksums.verdict == .failed)
        // The second byte of TCP's checksum.
        #expect(checksums.detail.hasPrefix("checksums of TCP over IPv6, 40 bytes of data: byte 71 came back as 0x"), "\(checksums)")
        // What QEMU's e1000 does.
        let segments = try offloads(kind: kind) { $0.segmentExcessIPv6 = 40 }
        #expect(segments.verdict == (kind == .i82544GC ? .passed : .failed))
        let says = "segments of 3000 bytes of data over IPv6, number 1: byte 19 came back as 0xec, not 0xc4"
        #expect(segments.detail == says || kind == .i82544GC, "\(segments)")
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
