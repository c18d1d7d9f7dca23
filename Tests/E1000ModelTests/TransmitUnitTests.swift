@testable import E1000Model
import Testing

@Suite("Transmitter of the model")
struct TransmitUnitTests {
    @Test("a frame leaves at the tail write; DD only with RS; head follows; the ring wraps")
    func frames() {
        var rig = Rig()
        rig.startTransmitting(8)
        for number in 0..<UInt32(20) {
            let command: UInt64 = 1 << 24 | 1 << 25 | (number % 2 == 0 ? 1 << 27 : 0)
            rig.fill(number % 8, Rig.frame(length: 70, fill: UInt8(number)), command: command)
            rig.write(.TDT, (number + 1) % 8)
            #expect(rig.sentWord(number % 8) >> 32 & 1 == (number % 2 == 0 ? 1 : 0))
            #expect(rig.read(.TDH) == (number + 1) % 8)
        }
        #expect(rig.card.takeTransmitted() == (0..<20).map { Rig.frame(length: 70, fill: UInt8($0)) })
        #expect(rig.read(.GPTC) == 20)
        #expect(rig.read(.ICR) & 3 == 3)
    }

    @Test("a frame over several descriptors is one frame; without EOP nothing leaves")
    func gathered() {
        var rig = Rig()
        rig.startTransmitting(8)
        rig.fill(0, Rig.frame(length: 60), command: 1 << 25)
        rig.fill(1, [1, 2, 3], command: 1 << 25)
        rig.write(.TDT, 2)
        #expect(rig.card.takeTransmitted().isEmpty)
        rig.fill(2, [4])
        rig.write(.TDT, 3)
        #expect(rig.card.takeTransmitted() == [Rig.frame(length: 60) + [1, 2, 3, 4]])
    }

    @Test("PSP pads to 64 bytes with the CRC, and only where it is set (13.4.33)")
    func padding() {
        var rig = Rig()
        rig.startTransmitting(8)
        rig.fill(0, [1, 2, 3])
        rig.write(.TDT, 1)
        #expect(rig.card.takeTransmitted() == [[1, 2, 3] + [UInt8](repeating: 0, count: 57)])
        rig.write(.TCTL, 1 << 1)
        rig.fill(1, [1, 2, 3])
        rig.write(.TDT, 2)
        #expect(rig.card.takeTransmitted() == [[1, 2, 3]])
        // A good packet is 64 bytes or longer (13.7.30).
        #expect(rig.read(.GPTC) == 1 && rig.read(.TPT) == 2 && rig.read(.PTC64) == 2)
    }

    @Test("nothing leaves without TCTL.EN or a link; what waited leaves when the link is up")
    func waitsForLink() {
        var rig = Rig(negotiationTime: 5000)
        rig.startTransmitting(8)
        rig.card.setCable(false)
        rig.fill(0, Rig.frame())
        rig.write(.TDT, 1)
        rig.advance(by: 1_000_000)
        #expect(rig.card.takeTransmitted().isEmpty && rig.read(.TDH) == 0)
        rig.card.setCable(true)
        rig.advance(by: 4999)
        #expect(rig.card.takeTransmitted().isEmpty)
        rig.advance(by: 1)
        #expect(rig.card.takeTransmitted().count == 1)
        rig.write(.TCTL, 0)
        rig.fill(1, Rig.frame())
        rig.write(.TDT, 2)
        #expect(rig.card.takeTransmitted().isEmpty)
    }

    @Test("a buffer or a ring where the card may not read, and a tail beyond the ring, stop it")
    func illegal() {
        var rig = Rig()
        rig.startTransmitting(8)
        rig.put(Rig.start - 1, Rig.transmitRing)
        rig.put(60 | 1 << 24, Rig.transmitRing + 8)
        rig.write(.TDT, 1)
        #expect(rig.card.violations == [.illegalRead(address: Rig.start - 1, count: 60)])
        #expect(rig.card.takeTransmitted().isEmpty && rig.sentWord(0) >> 32 & 1 == 0)
        rig = Rig()
        rig.startTransmitting(8)
        rig.write(.TDT, 8)
        #expect(rig.card.violations == [.beyondRing(register: .TDT, value: 8)])
    }

    @Test("done late, in order, and never; sent all the same")
    func writeBacks() {
        var rig = Rig()
        rig.startTransmitting(8)
        rig.card.faults.transmitDone = .late(1000)
        rig.fill(0, Rig.frame())
        rig.write(.TDT, 1)
        rig.card.faults.transmitDone = .atOnce
        rig.fill(1, Rig.frame())
        rig.write(.TDT, 2)
        #expect(rig.sentWord(0) >> 32 & 1 == 0 && rig.sentWord(1) >> 32 & 1 == 0)
        rig.advance(by: 1000)
        #expect(rig.sentWord(0) >> 32 & 1 == 1 && rig.sentWord(1) >> 32 & 1 == 1)
        rig.card.faults.transmitDone = .never
        rig.fill(2, Rig.frame())
        rig.write(.TDT, 3)
        rig.advance(by: 1_000_000_000)
        #expect(rig.sentWord(2) >> 32 & 1 == 0)
        #expect(rig.card.takeTransmitted().count == 3)
    }

    @Test("a card is a value: a copy goes on from where it was taken, and neither knows of the other")
    func copies() {
        var rig = Rig()
        rig.startTransmitting(8)
        rig.card.faults.transmitDone = .late(1000)
        rig.fill(0, Rig.frame())
        rig.write(.TDT, 1)
        var copy = rig
        copy.advance(by: 1000)
        #expect(copy.sentWord(0) >> 32 & 1 == 1 && rig.sentWord(0) >> 32 & 1 == 0)
        rig.advance(by: 1000)
        #expect(rig.memory.bytes == copy.memory.bytes)
        #expect(rig.card.takeTransmitted() == copy.card.takeTransmitted())
    }

    @Test("loopback in the PHY (BMCR bit 14) and in the MAC: what is sent comes back and is not on the wire")
    func loopback() {
        for isPHY in [true, false] {
            var rig = Rig()
            if isPHY {
                rig.write(.MDIC, 1 << 26 | 1 << 21 | 0x5140)
                rig.advance(by: 100_000)
            }
            rig.startReceiving(8, control: isPHY ? 1 << 26 : 1 << 26 | 1 << 6)
            rig.startTransmitting(8)
            rig.fill(0, Rig.frame(length: 333))
            rig.write(.TDT, 1)
            #expect(rig.card.takeTransmitted().isEmpty)
            #expect(rig.receivedBytes(0) == Rig.frame(length: 333))
            #expect(rig.read(.GPTC) == 1 && rig.read(.GPRC) == 1)
        }
    }
}
