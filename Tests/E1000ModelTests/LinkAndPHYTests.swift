@testable import E1000Model
import Testing

@Suite("Link and PHY of the model")
struct LinkAndPHYTests {
    /// One MDIO read: PHY address 1.
    private func phy(_ register: UInt32, _ rig: inout Rig) -> UInt32 {
        rig.write(.MDIC, 2 << 26 | 1 << 21 | register << 16)
        #expect(rig.read(.MDIC) & 1 << 28 == 0)
        rig.advance(by: 51_200)
        let value = rig.read(.MDIC)
        #expect(value & 1 << 28 != 0 && value & 1 << 30 == 0)
        return value & 0xffff
    }

    @Test("a pulled cable is LSC at once, a plugged one after negotiation; BMSR's link bit latches low")
    func flap() {
        var rig = Rig(negotiationTime: 500_000)
        #expect(phy(1, &rig) & 0x24 == 0x24)
        rig.card.setCable(false)
        #expect(rig.read(.STATUS) & 2 == 0 && rig.read(.ICR) == 4)
        rig.card.setCable(true)
        rig.advance(by: 499_999)
        #expect(rig.read(.STATUS) & 2 == 0)
        rig.advance(by: 1)
        #expect(rig.read(.STATUS) & 2 != 0 && rig.read(.ICR) == 4)
        #expect(phy(1, &rig) & 4 == 0, "the break since the last look")
        #expect(phy(1, &rig) & 4 != 0)
    }

    @Test("STATUS follows the PHY only while CTRL.SLU is set")
    func setLinkUp() {
        var rig = Rig()
        rig.write(.CTRL, 0)
        #expect(rig.read(.STATUS) & 2 == 0 && rig.read(.ICR) & 4 != 0)
        rig.write(.CTRL, 1 << 6)
        #expect(rig.read(.STATUS) & 2 != 0)
    }

    @Test(
        "the best that is advertised, or what is forced",
        arguments: [
            (ana: UInt32(0x01e1), gcon: UInt32(0x300), bmcr: UInt32(0x1200), speed: UInt32(2), duplex: UInt32(1)),
            (0x01e1, 0x000, 0x1200, 1, 1), (0x00a1, 0x000, 0x1200, 1, 0), (0x0061, 0x000, 0x1200, 0, 1),
            (0x0021, 0, 0x1200, 0, 0),
            (0x01e1, 0x300, 0x2100, 1, 1), (0x01e1, 0x300, 0x0000, 0, 0),
        ])
    func resolution(ana: UInt32, gcon: UInt32, bmcr: UInt32, speed: UInt32, duplex: UInt32) {
        var rig = Rig()
        for (register, value) in [(4, ana), (9, gcon), (0, bmcr)] {
            rig.write(.MDIC, 1 << 26 | 1 << 21 | UInt32(register) << 16 | value)
            rig.advance(by: 51_200)
        }
        rig.advance(by: 1000)
        let status = rig.read(.STATUS)
        #expect(status & 2 != 0 && status >> 6 & 3 == speed && status & 1 == duplex)
    }

    @Test("identifiers are read-only; another PHY address is an error; I raises MDAC (13.4.7)")
    func mdio() {
        var rig = Rig()
        rig.write(.MDIC, 1 << 26 | 1 << 21 | 2 << 16 | 0x1234)
        rig.advance(by: 51_200)
        #expect(phy(2, &rig) == 0x0141 && phy(3, &rig) == 0x0c20)
        rig.write(.MDIC, 2 << 26 | 2 << 21 | 1 << 29)
        rig.advance(by: 51_200)
        #expect(rig.read(.MDIC) & 1 << 30 != 0)
        #expect(rig.read(.ICR) & 1 << 9 != 0)
        rig.card.faults.mdioHangs = true
        rig.write(.MDIC, 2 << 26 | 1 << 21)
        rig.advance(by: 1_000_000_000)
        #expect(rig.read(.MDIC) & 1 << 28 == 0)
    }
}
