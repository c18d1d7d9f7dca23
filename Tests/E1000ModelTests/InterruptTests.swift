@testable import E1000Model
import Testing

@Suite("Interrupts of the model")
struct InterruptTests {
    private func receiving() -> Rig {
        var rig = Rig()
        rig.startReceiving(64)
        _ = rig.read(.ICR)
        rig.write(.IMS, 0xff)
        return rig
    }

    @Test("ITR: no two interrupts closer than its interval of 256 ns units (13.4.18); none is lost")
    func throttle() {
        var rig = receiving()
        rig.write(.ITR, 1000)
        rig.arrive(Rig.frame())
        #expect(rig.card.isInterrupting)
        _ = rig.read(.ICR)
        rig.advance(by: 100)
        rig.arrive(Rig.frame())
        #expect(!rig.card.isInterrupting)
        #expect(rig.card.nextEvent == 256_000)
        rig.advance(by: 255_899)
        #expect(!rig.card.isInterrupting)
        rig.advance(by: 1)
        #expect(rig.card.isInterrupting)
    }

    @Test("RDTR: each frame starts it anew (13.4.30); RADV bounds the wait (13.4.31)")
    func receiveDelay() {
        var rig = receiving()
        rig.write(.RDTR, 10)
        rig.arrive(Rig.frame())
        rig.advance(by: 10_239)
        #expect(!rig.card.isInterrupting)
        rig.arrive(Rig.frame())
        rig.advance(by: 10_239)
        #expect(!rig.card.isInterrupting)
        rig.advance(by: 1)
        #expect(rig.card.isInterrupting && rig.read(.ICR) & 1 << 7 != 0)

        rig.write(.RADV, 15)
        let start = rig.card.now
        while !rig.card.isInterrupting, rig.card.now - start < 100_000 {
            rig.arrive(Rig.frame())
            rig.advance(by: 1024)
        }
        #expect(rig.card.now - start == 15 * 1024)
        // FPD ends a running wait.
        _ = rig.read(.ICR)
        rig.arrive(Rig.frame())
        rig.write(.RDTR, 10 | 1 << 31)
        #expect(rig.card.isInterrupting)
    }

    @Test("TIDV holds for descriptors with IDE only (3.4.3.1)")
    func transmitDelay() {
        var rig = Rig()
        rig.startTransmitting(8)
        rig.write(.IMS, 1)
        rig.write(.TIDV, 4)
        rig.fill(0, Rig.frame(), command: 1 << 24 | 1 << 25 | 1 << 27 | 1 << 31)
        rig.write(.TDT, 1)
        #expect(!rig.card.isInterrupting)
        rig.advance(by: 4096)
        #expect(rig.card.isInterrupting)
        _ = rig.read(.ICR)
        rig.fill(1, Rig.frame())
        rig.write(.TDT, 2)
        #expect(rig.card.isInterrupting)
        // One without IDE ends the delay of one with it: there is one interrupt (3.3.3.1).
        _ = rig.read(.ICR)
        rig.fill(2, Rig.frame(), command: 1 << 24 | 1 << 25 | 1 << 27 | 1 << 31)
        rig.fill(3, Rig.frame())
        rig.write(.TDT, 4)
        #expect(rig.read(.ICR) & 1 != 0)
        rig.advance(by: 1_000_000)
        #expect(rig.read(.ICR) & 1 == 0)
    }

    @Test("a lost interrupt leaves its cause in ICR; the next one arrives")
    func lost() {
        var rig = receiving()
        rig.card.faults.interruptsToLose = 1
        rig.arrive(Rig.frame())
        rig.advance(by: 1_000_000)
        #expect(!rig.card.isInterrupting)
        #expect(rig.read(.ICR) & 1 << 7 != 0)
        rig.arrive(Rig.frame())
        #expect(rig.card.isInterrupting)
    }
}
