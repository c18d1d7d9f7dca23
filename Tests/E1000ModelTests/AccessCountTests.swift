import DeviceAccess
import E1000
@testable import E1000Model
import Testing

/// Of the packet path, per burst: what no faster processor makes up for.
@Suite("Register accesses of the driver")
struct AccessCountTests {
    private static let frames = 1600
    /// One tail write of the receive ring stands for so many refilled descriptors.
    private static let refills = 32

    /// Does something on a card with a link, and counts the accesses meanwhile.
    private func accesses(
        _ kind: ModelKind, _ body: (inout DrivenCard) throws -> Void
    ) throws -> [UInt32: SimDevice.AccessCounts] {
        var driven = try DrivenCard(kind, ring: 256)
        driven.sim.forgetAccesses()
        try body(&driven)
        return driven.sim.accesses
    }

    private func writes(_ count: Int) -> SimDevice.AccessCounts { .init(reads: 0, writes: count) }

    /// - Returns: false when the card did not take it.
    private func append(_ packet: consuming Packet, to card: inout Controller) -> Bool {
        switch card.append(packet) {
        case .queued: return true
        case .full(let packet): card.put(packet)
        case .refused(let packet): card.put(packet)
        }
        return false
    }

    @Test("sending: one write of TDT a burst, nothing else", arguments: ModelKind.allCases, [32, 1])
    func transmit(kind: ModelKind, burst: Int) throws {
        let counts = try accesses(kind) { driven in
            for round in 1...Self.frames / burst {
                for _ in 0..<burst {
                    guard var packet = driven.card.packet() else { throw Broken("no packet is free") }
                    packet.fill(Rig.frame())
                    let isQueued = append(packet, to: &driven.card)
                    #expect(isQueued)
                }
                try driven.card.commit()
                driven.card.reclaim()
                let (pending, sent) = (driven.card.pendingFrames, driven.sim.sent)
                #expect(pending == 0 && sent.count == round * burst)
            }
        }
        #expect(counts == [ModelRegister.TDT.rawValue: writes(Self.frames / burst)])
    }

    @Test("receiving: a write of RDT for 32 frames, however few come at a time, nothing else", arguments: ModelKind.allCases, [32, 1])
    func receive(kind: ModelKind, burst: Int) throws {
        let counts = try accesses(kind) { driven in
            for _ in 0..<Self.frames / burst {
                for _ in 0..<burst { driven.sim.deliver(Rig.frame(to: Rig.broadcast)) }
                let taken = try driven.take()
                #expect(taken.count == burst)
            }
        }
        #expect(counts == [ModelRegister.RDT.rawValue: writes(Self.frames / Self.refills)])
    }

    @Test("forwarding: a write of TDT a burst and one of RDT for 32 frames, nothing else", arguments: ModelKind.allCases, [32, 1])
    func forward(kind: ModelKind, burst: Int) throws {
        let counts = try accesses(kind) { driven in
            for round in 1...Self.frames / burst {
                for _ in 0..<burst { driven.sim.deliver(Rig.frame(to: Rig.broadcast)) }
                while let packet = driven.card.receive() {
                    let isQueued = append(packet, to: &driven.card)
                    #expect(isQueued)
                }
                try driven.card.commit()
                driven.card.reclaim()
                let (pending, sent) = (driven.card.pendingFrames, driven.sim.sent)
                #expect(pending == 0 && sent.count == round * burst)
            }
        }
        #expect(
            counts == [
                ModelRegister.TDT.rawValue: writes(Self.frames / burst), ModelRegister.RDT.rawValue: writes(Self.frames / Self.refills),
            ])
    }
}
