import E1000
import E1000Model
import Frames
import TestSupport
import Testing

@Suite("The driver's filters on a card of our own")
struct FilterHistoryTests {
    private static func frame(to destination: MACAddress, tag: UInt16?) -> [UInt8] {
        EthernetFrame.bytes(
            to: destination, from: MACAddress(rawValue: 0x0200_0000_0001), tag: tag.map { EthernetFrame.Tag(control: $0) },
            type: EtherType(rawValue: 0x88b5), payload: [UInt8](repeating: 0x5a, count: 50))
    }

    private func isReceived(_ card: inout Controller) throws -> Bool {
        defer { try? card.commit() }
        guard let packet = card.receive() else { return false }
        card.put(packet)
        return true
    }

    @Test("what random filters let in is what they say, one after the other, and after a recovery too", arguments: ModelKind.allCases)
    func histories(kind: ModelKind) throws {
        var random = SplitMix(seed: UInt64(kind.rawValue))
        var options = SimDevice.Options()
        options.kind = kind
        options.negotiationTime = 0
        let clock = VirtualClock(step: 20_000)
        let sim = SimDevice(options, clock: clock)
        var configuration = Configuration()
        configuration.filters = .random(&random)
        var card = try Controller(sim.device(), configuration: configuration)
        var (accepted, rejected) = (0, 0)
        for round in 0..<60 {
            if round % 20 == 19 {
                try card.recover()
            } else if round > 0 {
                configuration.filters = .random(&random)
                try card.setFilters(configuration.filters)
            }
            _ = clock.sleep(nanoseconds: 1_000_000, wake: -1)
            let plain = PlainFilters(own: card.macAddress, filters: configuration.filters)
            for _ in 0..<60 {
                let destination = plain.filters.probe(own: plain.own, &random)
                var tag: UInt16?
                if Bool.random(using: &random) {
                    tag = .random(in: 0...0xffff, using: &random)
                    if Bool.random(using: &random), let known = plain.filters.vlans?.randomElement(using: &random) {
                        tag = known | .random(in: 0...15, using: &random) << 12
                    }
                }
                sim.deliver(Self.frame(to: destination, tag: tag))
                let isIn = try isReceived(&card)
                #expect(isIn == plain.accepts(destination, tag: tag), "\(destination), tag \(tag ?? 0), \(plain.filters)")
                if isIn { accepted += 1 } else { rejected += 1 }
            }
        }
        // Neither everything nor nothing.
        #expect(accepted > 500 && rejected > 500)
        #expect(sim.card.violations.isEmpty)
    }
}
