import E1000
@testable import E1000Model
import Testing

@Suite("What a killed program leaves in the card")
struct LeftoverTests {
    private func send(_ frame: [UInt8], through card: inout Controller) throws -> Bool {
        guard var packet = card.packet() else { return false }
        packet.fill(frame)
        switch card.append(packet) {
        case .queued: break
        case .full(let packet): card.put(packet)
        case .refused(let packet): card.put(packet)
        }
        return try card.waitUntilPending(atMost: 0, nanoseconds: 2_000_000_000)
    }

    @Test("a PHY in loopback: the next program's frames are on the wire, not looped", arguments: ModelKind.allCases)
    func loopback(kind: ModelKind) throws {
        var options = SimDevice.Options()
        options.kind = kind
        let sim = SimDevice(options)
        let frame = [UInt8](repeating: 0xff, count: 6) + [UInt8](repeating: 2, count: 54)
        do {
            // Ends without turning the loopback off: the driver's own end does not reach the PHY.
            var card = try Controller(sim.device())
            try card.setLoopback(true)
            #expect(try send(frame, through: &card))
            #expect(sim.sent.isEmpty)
        }
        var card = try Controller(sim.device())
        #expect(try send(frame, through: &card))
        #expect(sim.sent == [frame])
    }
}
