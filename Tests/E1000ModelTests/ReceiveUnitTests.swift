@testable import E1000Model
import Testing

@Suite("Receiver of the model")
struct ReceiveUnitTests {
    @Test("a frame is in its buffer with length, DD and EOP; head moves; RXT0; the CRC is there only without SECRC")
    func frame() {
        var rig = Rig()
        rig.startReceiving(8)
        rig.arrive(Rig.frame(length: 100))
        #expect(rig.received(0) & 0xffff == 100 && rig.received(0) >> 32 & 0x83 == 0x03)
        #expect(rig.receivedBytes(0) == Rig.frame(length: 100))
        #expect(rig.read(.RDH) == 1)
        #expect(rig.read(.ICR) & 1 << 7 != 0)
        rig.write(.RCTL, 1 << 1)
        rig.arrive(Rig.frame(length: 100))
        #expect(rig.received(1) & 0xffff == 104)
        // IEEE 802.3's residue: the CRC over a frame with its CRC.
        #expect(frameCheckSequence(rig.receivedBytes(1)) == [0x1c, 0xdf, 0x44, 0x21])
    }

    @Test("a long frame needs LPE and goes over several descriptors, EOP on the last")
    func long() {
        var rig = Rig()
        rig.startReceiving(8)
        rig.arrive(Rig.frame(length: 5000))
        #expect(rig.received(0) & 1 << 32 == 0 && rig.read(.ROC) == 1 && rig.read(.RLEC) == 1)
        rig.write(.RCTL, 1 << 1 | 1 << 26 | 1 << 5)
        rig.arrive(Rig.frame(length: 5000))
        #expect((0..<3).map { rig.received($0) & 0xffff } == [2048, 2048, 904])
        #expect((0..<3).map { rig.received($0) >> 33 & 1 } == [0, 0, 1])
        #expect((0..<3).flatMap { rig.receivedBytes($0) } == Rig.frame(length: 5000))
    }

    @Test("buffer sizes by BSIZE and BSEX (13.4.22)")
    func bufferSizes() {
        var rig = Rig()
        let sizes = [(0, 0), (1, 0), (2, 0), (3, 0), (1, 1), (2, 1), (3, 1)].map { (size: UInt32, extension: UInt32) in
            rig.write(.RCTL, size << 16 | `extension` << 25)
            return rig.card.receiveBufferSize
        }
        #expect(sizes == [2048, 1024, 512, 256, 16384, 8192, 4096])
    }

    @Test("the ring wraps; with head at tail frames wait in the card (RNBC), beyond its 48 KB they are missed (MPC, RXO)")
    func overrun() {
        var rig = Rig()
        rig.startReceiving(8)
        for number in 0..<7 { rig.arrive(Rig.frame(fill: UInt8(number))) }
        #expect(rig.read(.RDH) == 7 && rig.read(.RNBC) == 0)
        // 64 bytes each with the CRC: 768 fit.
        for number in 0..<770 { rig.arrive(Rig.frame(fill: UInt8(truncatingIfNeeded: 7 + number))) }
        #expect(rig.read(.RNBC) == 768)
        #expect(rig.read(.MPC) == 2)
        #expect(rig.read(.ICR) & 1 << 6 != 0)
        for position in 0..<UInt32(6) { rig.arm(position) }
        rig.write(.RDT, 6)
        #expect(rig.read(.RDH) == 6)
        #expect(rig.receivedBytes(7)[20] == 7 && rig.receivedBytes(0)[20] == 8 && rig.receivedBytes(5)[20] == 13)
        #expect(rig.read(.GPRC) == 775)
        #expect(rig.card.violations.isEmpty)
    }

    @Test("RXDMT0 when a half, a quarter or an eighth is left (RDMTS)", arguments: [UInt32(0), 1, 2])
    func threshold(fraction: UInt32) {
        var rig = Rig()
        rig.startReceiving(16, control: 1 << 26 | fraction << 8)
        var frames: UInt32 = 0
        while rig.read(.ICR) & 1 << 4 == 0, frames < 16 {
            rig.arrive(Rig.frame())
            frames += 1
        }
        #expect(15 - frames == 16 >> (1 + fraction))
    }

    @Test("short, damaged and jabber frames are counted and kept out, or stored with SBP")
    func bad() {
        var rig = Rig()
        rig.startReceiving(8)
        rig.arrive(Rig.frame(length: 59))
        rig.arrive(Rig.frame(length: 40), hasGoodCRC: false)
        rig.arrive(Rig.frame(), hasGoodCRC: false)
        #expect(rig.read(.RUC) == 1 && rig.read(.RFC) == 1 && rig.read(.CRCERRS) == 1 && rig.read(.RLEC) == 2)
        #expect(rig.read(.GPRC) == 0 && rig.read(.RDH) == 0)
        rig.write(.RCTL, 1 << 1 | 1 << 2 | 1 << 26)
        rig.arrive(Rig.frame(), hasGoodCRC: false)
        #expect(rig.received(0) >> 40 & 1 == 1)
    }

    @Test("a buffer that was freed is not written: the access is caught, DMA stops until a reset")
    func freedBuffer() {
        var rig = Rig()
        rig.startReceiving(8)
        rig.arrive(Rig.frame())
        rig.memory.window.free(Rig.receiveBuffers + 2048..<Rig.receiveBuffers + 4096)
        rig.arrive(Rig.frame())
        #expect(rig.card.violations == [.illegalWrite(address: Rig.receiveBuffers + 2048, count: 60)])
        #expect(rig.received(1) & 1 << 32 == 0)
        rig.arrive(Rig.frame())
        #expect(rig.read(.RDH) == 1 && rig.card.violations.count == 1)
    }

    @Test("two descriptors with one buffer, a changed descriptor and a tail beyond the ring are caught")
    func misuse() {
        var rig = Rig()
        rig.startReceiving(8)
        // Buffer 0 is the host's again after this, buffer 1 is still the card's.
        rig.arrive(Rig.frame())
        rig.put(Rig.receiveBuffers + 2048 + 100, Rig.receiveRing + 7 * 16)
        rig.write(.RDT, 0)
        #expect(rig.card.violations == [.sharedBuffer(address: Rig.receiveBuffers + 2048 + 100)])
        rig.put(Rig.receiveBuffers, Rig.receiveRing + 16)
        rig.arrive(Rig.frame())
        #expect(rig.card.violations.last == .descriptorChanged(position: 1))
        rig.write(.RDT, 8)
        #expect(rig.card.violations.last == .beyondRing(register: .RDT, value: 8))
        rig.write(.RDH, 0)
        #expect(rig.card.violations.last == .headWrittenWhileRunning(.RDH))
    }
}
