import DeviceAccess
import E1000
import E1000Model
import Testing

@Suite("Checksums of received frames, as each model tells them", .serialized, .needsOtherEnd)
struct ChecksumStatusTests {
    private struct Case {
        let what: String
        let frame: [UInt8]
        let network: ChecksumStatus.Verdict
        let transport: ChecksumStatus.Verdict

        init(_ what: String, _ frame: [UInt8], _ network: ChecksumStatus.Verdict, _ transport: ChecksumStatus.Verdict, spoiling: Int? = nil) {
            var frame = frame
            if let spoiling { frame[spoiling] ^= 0x10 }
            (self.what, self.frame, self.network, self.transport) = (what, frame, network, transport)
        }
    }

    /// - Parameter ipv6: whether the card looks at TCP and UDP over IPv6.
    private func cases(ipv6: Bool) -> [Case] {
        let tag: [UInt8] = [0x81, 0x00, 0xa0, 0x07]
        var noChecksum = ChecksumFrame.udp4()
        for byte in 0..<2 { noChecksum[ChecksumFrame.udpChecksum + byte] = 0 }
        return [
            Case("TCP", ChecksumFrame.tcp4(), .good, .good),
            Case("bad IPv4 header", ChecksumFrame.tcp4(), .bad, .good, spoiling: ChecksumFrame.timeToLive),
            Case("bad TCP", ChecksumFrame.tcp4(), .good, .bad, spoiling: ChecksumFrame.payload4),
            Case("UDP", ChecksumFrame.udp4(), .good, .good),
            Case("bad UDP", ChecksumFrame.udp4(), .good, .bad, spoiling: ChecksumFrame.payload4),
            Case("UDP without checksum", noChecksum, .good, .unknown),
            Case("first fragment", ChecksumFrame.tcp4(fragment: 0x2000), .good, .unknown),
            Case("later fragment", ChecksumFrame.tcp4(fragment: 0x0010), .good, .unknown),
            Case("ARP", ChecksumFrame.arp, .unknown, .unknown),
            Case("tagged TCP", ChecksumFrame.tcp4(tag: tag), .good, .good),
            Case("tagged bad TCP", ChecksumFrame.tcp4(tag: tag), .good, .bad, spoiling: ChecksumFrame.payload4 + 4),
            Case("TCP over IPv6", ChecksumFrame.tcp6(), .unknown, ipv6 ? .good : .unknown),
            Case("bad TCP over IPv6", ChecksumFrame.tcp6(), .unknown, ipv6 ? .bad : .unknown, spoiling: ChecksumFrame.payload6),
            Case("UDP over IPv6", ChecksumFrame.udp6(), .unknown, ipv6 ? .good : .unknown),
        ]
    }

    /// What is told of these frames, in turn.
    private func verdicts(_ card: inout Controller, _ bench: Bench, _ frames: [[UInt8]]) throws -> [ChecksumStatus] {
        var found: [ChecksumStatus] = []
        for frame in frames {
            #expect(bench.deliver(frame))
            guard try card.waitForFrame(nanoseconds: 2_000_000_000), let packet = card.receive() else { throw Stuck() }
            let checksums = packet.checksums
            found.append(checksums)
            let chain = card.chain(packet)
            let isSame = chain.checksums == checksums
            #expect(isSame)
            card.put(chain)
            try card.commit()
        }
        return found
    }

    @Test("good, bad, absent and not looked at; QEMU's e1000 looks at none", arguments: TestCard.all, [false, true])
    func verdicts(kind: TestCard, stripsTags: Bool) throws {
        let bench = Bench(kind, withPeer: true)
        defer { bench.end() }
        var configuration = Configuration()
        configuration.stripsVLANTags = stripsTags
        var card = try bench.card(configuration)
        settle(card)
        // Our own models do what the manual says; of QEMU's, only the e1000e looks.
        let looks = card.verifiesChecksums
        #expect(looks == (kind.qemuModel == nil || kind.qemuModel == "e1000e"))
        let cases = cases(ipv6: card.model.name != "82544GC")
        for (expected, found) in zip(cases, try verdicts(&card, bench, cases.map(\.frame))) {
            #expect(found.network == (looks ? expected.network : .unknown), "\(expected.what), IPv4 header")
            #expect(found.transport == (looks ? expected.transport : .unknown), "\(expected.what), TCP or UDP")
        }
    }

    @Test("not told to look, the card looks at nothing, and neither does it at frames of our own", arguments: TestCard.all)
    func off(kind: TestCard) throws {
        let bench = Bench(kind, withPeer: true)
        defer { bench.end() }
        var configuration = Configuration()
        configuration.verifiesChecksums = false
        var card = try bench.card(configuration)
        settle(card)
        let looks = card.verifiesChecksums
        #expect(!looks)
        let cases = cases(ipv6: true)
        for (frame, found) in zip(cases, try verdicts(&card, bench, cases.map(\.frame))) {
            #expect(found.network == .unknown && found.transport == .unknown, "\(frame.what)")
        }
        if let packet = card.packet() {
            let checksums = packet.checksums
            #expect(checksums.network == .unknown && checksums.transport == .unknown)
            card.put(packet)
        }
    }
}
