import DeviceAccess
import E1000
import E1000Model
import Testing

@Suite("Register accesses of the driver")
struct AccessCountTests {
    private func append(_ card: inout Controller) -> Bool {
        guard var packet = card.packet() else { return false }
        packet.fill(Rig.frame())
        switch card.append(packet) {
        case .queued: return true
        case .full(let packet):
            card.put(packet)
            return false
        case .refused(let packet):
            card.put(packet)
            return false
        }
    }

    @Test("sending 32 at a time: one write of TDT a burst, nothing else")
    func transmit() throws {
        let sim = SimDevice()
        var card = try Controller(sim.device())
        while try !card.linkState().isUp { _ = try sim.waitForInterrupt(nanoseconds: 1_000_000, wake: -1) }
        sim.forgetAccesses()
        for burst in 1...50 {
            for _ in 0..<32 {
                let isQueued = append(&card)
                #expect(isQueued)
            }
            try card.commit()
            card.reclaim()
            #expect(card.pendingFrames == 0 && sim.sent.count == burst * 32)
        }
        #expect(sim.accesses == [ModelRegister.TDT.rawValue: .init(reads: 0, writes: 50)])
    }

    @Test("receiving one at a time: a write of RDT for 32 frames, nothing else")
    func receiveSingly() throws {
        let sim = SimDevice()
        var card = try Controller(sim.device())
        while try !card.linkState().isUp { _ = try sim.waitForInterrupt(nanoseconds: 1_000_000, wake: -1) }
        sim.forgetAccesses()
        for _ in 0..<640 {
            sim.deliver(Rig.frame(to: Rig.broadcast))
            if let packet = card.receive() {
                card.put(packet)
            } else {
                Issue.record("nothing came")
            }
            try card.commit()
        }
        #expect(sim.accesses == [ModelRegister.RDT.rawValue: .init(reads: 0, writes: 20)])
    }

    @Test("receiving 32 at a time: one write of RDT a burst, nothing else")
    func receive() throws {
        let sim = SimDevice()
        var card = try Controller(sim.device())
        while try !card.linkState().isUp { _ = try sim.waitForInterrupt(nanoseconds: 1_000_000, wake: -1) }
        sim.forgetAccesses()
        for _ in 0..<50 {
            for _ in 0..<32 { sim.deliver(Rig.frame(to: Rig.broadcast)) }
            var count = 0
            while let packet = card.receive() {
                card.put(packet)
                count += 1
            }
            try card.commit()
            #expect(count == 32)
        }
        #expect(sim.accesses == [ModelRegister.RDT.rawValue: .init(reads: 0, writes: 50)])
    }
}
