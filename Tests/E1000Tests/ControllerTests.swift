import Clocks
import DeviceAccess
@testable import E1000
import Frames
import Testing

@Suite("Controller")
struct ControllerTests {
    private func failure(_ card: FakeCard, id: UInt16 = 0x100e) -> DeviceError? {
        do {
            _ = try Controller(card.device(id: id))
            return nil
        } catch {
            return error
        }
    }

    @Test("initialisation goes in the manual's order: quiet, reset, general, receive, transmit; RCTL is enabled once, last")
    func order() throws {
        let fake = FakeCard()
        let card = try Controller(fake.device())
        #expect(card.macAddress == MACAddress("02:00:00:00:00:01"))
        func first(_ offset: UInt32, _ matches: (UInt32) -> Bool = { _ in true }) throws -> Int {
            try #require(fake.written.firstIndex { $0.offset == offset && matches($0.value) })
        }
        // Before anything else no interrupt, then no DMA, then the reset.
        #expect(fake.written[0] == (IMC.offset, UInt32.max))
        let quiet = [try first(IMC.offset), try first(RCTL.offset), try first(TCTL.offset)]
        let reset = try first(CTRL.offset) { $0 & CTRL.RST != 0 }
        let general = try first(CTRL.offset) { $0 & CTRL.SLU != 0 && $0 & CTRL.RST == 0 }
        let address = try first(RAR.high(0)) { $0 & RAR.AV != 0 }
        let transmit = try first(TCTL.offset) { $0 & TCTL.EN != 0 }
        let receive = try first(RCTL.offset) { $0 & RCTL.EN != 0 }
        #expect(quiet.allSatisfy { $0 < reset })
        #expect(reset < general && general < address && address < transmit && transmit < receive)
        #expect(receive == fake.written.count - 1)
        #expect(fake.written.filter { $0.offset == RCTL.offset && $0.value & RCTL.EN != 0 }.count == 1)
        // Whatever was in them before: each is written.
        let all = [
            FCAL.offset, FCAH.offset, FCT.offset, FCTTV.offset, RDTR.offset, RADV.offset, ITR.offset, RXDCTL.offset, RXCSUM.offset,
            RDBAL.offset, RDBAH.offset, RDLEN.offset, RDH.offset, RDT.offset, TDBAL.offset, TDBAH.offset, TDLEN.offset, TDH.offset,
            TDT.offset, TIDV.offset, TADV.offset, TXDCTL.offset, TIPG.offset, IMS.offset,
        ]
        let written = Set(fake.written.map(\.offset))
        #expect(all.allSatisfy(written.contains))
        #expect((0..<RAR.count).allSatisfy { written.contains(RAR.low($0)) && written.contains(RAR.high($0)) })
        #expect((0..<MTA.count).allSatisfy { written.contains(MTA.offset($0)) && written.contains(VFTA.offset($0)) })
    }

    @Test("the gap between frames is each card's (table 13-77), the collision distance that of full duplex (13.4.33)")
    func transmitTiming() throws {
        #expect(CardModel.all.map { "\($0.name) \($0.transmitGap)" } == ["82540EM 10", "82545EM 10", "82544GC 8", "82574L 8"])
        let fake = FakeCard()
        _ = try Controller(fake.device())
        #expect(fake.written.contains { $0 == (TIPG.offset, 10 | 8 << 10 | 6 << 20) })
        #expect(fake.written.contains { $0 == (TCTL.offset, TCTL.EN | TCTL.PSP | 15 << 4 | 64 << 12) })
    }

    @Test("the end of its life silences the card")
    func quiesce() throws {
        let fake = FakeCard()
        do {
            let card = try Controller(fake.device())
            fake.written = []
            _ = card.name
        }
        #expect(fake.written.map(\.offset) == [IMC.offset, RCTL.offset, TCTL.offset])
        #expect(fake.written.map(\.value) == [.max, 0, 0])
    }

    @Test("a card that does not come up says why, within its bounds")
    func failures() throws {
        var fake = FakeCard()
        fake.isGone = true
        #expect(failure(fake)?.kind == .vanished)
        fake = FakeCard()
        fake.resetHangs = true
        #expect(failure(fake)?.kind == .timeout)
        #expect(failure(fake)?.what == "CTRL")
        fake = FakeCard()
        fake.eepromHangs = true
        #expect(failure(fake)?.what == "EERD")
        fake = FakeCard()
        fake.eepromSum = 0xbabb
        #expect(failure(fake)?.kind == .invalid)
        #expect(failure(fake)?.description.contains("checksum is 0xbabb, should be 0xbaba") == true)
        // None of them was ever let loose.
        #expect(!fake.written.contains { $0.offset == RCTL.offset && $0.value != 0 })
        #expect(failure(FakeCard(), id: 0x1010)?.kind == .refused)
    }

    @Test("a wait for a card that sends late ends when it has; the interrupt is let through and masked again")
    func lateSending() throws {
        let fake = FakeCard()
        fake.sending = .late
        var card = try Controller(fake.device())
        try queue(10, on: &card)
        try card.commit()
        #expect(card.reclaim() == 0)
        #expect(card.pendingFrames == 10 && card.pendingBytes == 30)
        fake.written = []
        #expect(try card.waitUntilPending(atMost: 0, nanoseconds: 1_000_000_000))
        #expect(card.pendingFrames == 0)
        #expect(fake.interruptsEnabled == 1)
        #expect(fake.written.map(\.offset) == [IMS.offset, IMC.offset])
        #expect(fake.written.allSatisfy { $0.value == InterruptCause.TXDW })
    }

    @Test("a wait for a card that never sends ends at its bound, and close says what was not sent")
    func neverSending() throws {
        let fake = FakeCard()
        fake.sending = .never
        var card = try Controller(fake.device())
        try queue(5, on: &card)
        let start = Clocks.monotonic
        #expect(try !card.waitUntilPending(atMost: 0, nanoseconds: 30_000_000))
        let elapsed = Clocks.monotonic - start
        #expect(elapsed >= 30_000_000 && elapsed < 1_000_000_000)
        #expect(try card.close() == 5)
    }

    @Test("a card that leaves the bus is 'vanished' wherever it is next looked at")
    func vanishes() throws {
        let fake = FakeCard()
        var card = try Controller(fake.device())
        fake.isGone = true
        func kind(_ body: () throws -> Void) -> DeviceError.Kind? {
            do {
                try body()
                return nil
            } catch {
                return (error as? DeviceError)?.kind
            }
        }
        #expect(kind { _ = try card.linkState() } == .vanished)
        #expect(kind { _ = try card.takeLinkChange() } == .vanished)
        fake.sending = .never
        fake.isGone = false
        try queue(1, on: &card)
        try card.commit()
        fake.isGone = true
        #expect(kind { _ = try card.waitUntilPending(atMost: 0, nanoseconds: 1_000_000_000) } == .vanished)
    }
}
