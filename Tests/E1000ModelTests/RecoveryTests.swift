import DeviceAccess
import E1000
@testable import E1000Model
import Testing

@Suite("What a recovery keeps of what was asked for")
struct RecoveryTests {
    /// Before the recovery.
    enum Trouble: CaseIterable { case none, reset, powerCut }

    private func happens(_ trouble: Trouble, to sim: SimDevice) {
        if trouble != .none { sim.card.loseState() }
        if trouble == .powerCut { sim.card.phy.reset(now: sim.card.now) }
    }

    private static let registers: [ModelRegister] = [.CTRL, .FCAL, .FCAH, .FCT, .FCTTV, .FCRTL, .FCRTH, .LEDCTL]

    private func settings(_ driven: borrowing DrivenCard) throws -> [UInt32] {
        var values: [UInt32] = []
        for register in Self.registers { values.append(driven.register(register)) }
        for register in [PHYRegister.BMCR, .ANAR, .GTCR] { values.append(UInt32(try driven.card.readPHY(register))) }
        return values
    }

    @Test(
        "flow control, a forced link and lights that were set, or offers in autonegotiation, are as before, and frames go out",
        arguments: ModelKind.allCases, Trouble.allCases)
    func settings(kind: ModelKind, trouble: Trouble) throws {
        for mode in [LinkMode.forced(speed: 100, fullDuplex: true), .autonegotiate([.full100, .half100])] {
            var driven = try DrivenCard(kind)
            try driven.card.setFlowControl([.receive, .transmit])
            try driven.card.setLink(mode)
            try driven.card.setPortLights(true)
            // The restart of autonegotiation ends.
            driven.pass(1_000_000)
            let before = try settings(driven)
            for _ in 0..<2 {
                happens(trouble, to: driven.sim)
                try driven.card.recover()
                driven.pass(1_000_000)
                #expect(try settings(driven) == before)
            }
            let link = try driven.card.linkState()
            #expect(link.isUp && link.speed == 100)
            #expect(try driven.send(Rig.frame()))
            #expect(try driven.card.waitUntilPending(atMost: 0, nanoseconds: 100_000_000))
            #expect(driven.sim.sent.count == 1)
        }
    }

    @Test("a PHY in loopback stays there, and the wire sees nothing", arguments: ModelKind.allCases, Trouble.allCases)
    func loopback(kind: ModelKind, trouble: Trouble) throws {
        var driven = try DrivenCard(kind)
        try driven.card.setLoopback(true)
        happens(trouble, to: driven.sim)
        try driven.card.recover()
        let frame = Rig.frame(to: Rig.broadcast)
        #expect(try driven.send(frame))
        #expect(try driven.take() == [frame])
        #expect(driven.sim.sent.isEmpty)
    }

    /// Without CTRL's speed and duplex, which count only where they are forced.
    private func control(_ driven: borrowing DrivenCard) -> [UInt32] {
        var values: [UInt32] = []
        for register in Self.registers { values.append(driven.register(register) & (register == .CTRL ? ~0x301 : .max)) }
        return values
    }

    @Test("what was taken back is not asked for again", arguments: ModelKind.allCases)
    func takenBack(kind: ModelKind) throws {
        var driven = try DrivenCard(kind)
        let lights = try driven.card.portLights()
        driven.pass(1_000_000)
        let before = control(driven)
        try driven.card.setFlowControl([.receive, .transmit])
        try driven.card.setLoopback(true)
        try driven.card.setPortLights(true)
        try driven.card.setFlowControl([])
        try driven.card.setLoopback(false)
        try driven.card.restorePortLights(lights)
        try driven.card.recover()
        driven.pass(1_000_000)
        #expect(control(driven) == before)
        #expect(try driven.card.readPHY(.BMCR) & (BMCR.LOOPBACK | BMCR.ANE) == BMCR.ANE)
    }

    @Test("a PHY that does not answer, with a link that was asked for, is an error; once it answers, a recovery is whole")
    func silentPHY() throws {
        var driven = try DrivenCard(.i82540EM)
        try driven.card.setLink(.forced(speed: 10, fullDuplex: false))
        #expect(try driven.send(Rig.frame()))
        driven.sim.card.faults.mdioHangs = true
        do {
            try driven.card.recover()
            Issue.record("the PHY did not answer")
        } catch {
            #expect(error.kind == .timeout)
        }
        #expect(driven.card.driverCounters.recoveries == 0)
        #expect(try driven.card.checkHealth() == .wasReset)
        driven.sim.card.faults.mdioHangs = false
        try driven.card.recover()
        #expect(try driven.card.checkHealth() == .working)
        #expect(try driven.card.linkState().speed == 10)
    }

    @Test("a card whose PHY does not answer and is asked for a link cannot be opened, and is not left receiving", arguments: ModelKind.allCases)
    func silentFromTheStart(kind: ModelKind) throws {
        var options = SimDevice.Options()
        options.kind = kind
        let sim = SimDevice(options, clock: VirtualClock(step: 20_000))
        sim.card.faults.mdioHangs = true
        var configuration = Configuration()
        configuration.link = .forced(speed: 100, fullDuplex: true)
        do throws(DeviceError) {
            _ = try Controller(sim.device(), configuration: configuration)
            Issue.record("the PHY did not answer")
        } catch {
            #expect(error.kind == .timeout)
        }
        #expect(sim.card[.RCTL] & RCTLBits.EN == 0 && sim.card.read(ModelRegister.IMS.rawValue) == 0)
    }
}
