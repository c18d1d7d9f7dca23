@testable import E1000Model
import Testing

@Suite("Offloads of the model")
struct OffloadTests {
    /// Ethernet, IPv4, TCP, payload; checksums 0.
    static func tcp(_ payload: [UInt8], flags: UInt8 = 0x18, ethernet: [UInt8] = []) -> [UInt8] {
        var frame = Rig.address + [0x02, 0, 0, 0, 0, 1] + ethernet + [0x08, 0x00]
        let total = 40 + payload.count
        frame += [0x45, 0, UInt8(total >> 8), UInt8(total & 0xff), 0x12, 0x34, 0x40, 0, 64, 6, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2]
        frame += [0x04, 0xd2, 0, 80, 0, 0, 0x10, 0, 0, 0, 0, 0, 0x50, flags, 0x20, 0, 0, 0, 0, 0]
        return frame + payload
    }

    /// Both checksums right, by the RFCs.
    static func valid(_ frame: [UInt8]) -> [UInt8] {
        var frame = frame
        frame.put(0, at: 24)
        frame.put(0, at: 50)
        frame.put(~onesComplementSum(frame[14..<34]), at: 24)
        let pseudo = UInt32(onesComplementSum(frame[26..<34])) + 6 + UInt32(frame.count - 34)
        frame.put(~onesComplementSum(frame[34...], from: pseudo), at: 50)
        return frame
    }

    /// A context descriptor for those headers at position 0 (3.3.6).
    private func context(_ rig: inout Rig, segment: UInt64 = 0, payload: UInt64 = 0) {
        rig.put(14 | 24 << 8 | 33 << 16 | 34 << 32 | 50 << 40, Rig.transmitRing)
        let command: UInt64 = 1 << 29 | 1 << 24 | 1 << 25 | (segment > 0 ? 1 << 26 : 0)
        rig.put(payload | command | 54 << 40 | segment << 48, Rig.transmitRing + 8)
    }
    /// EOP, IFCS, RS, DEXT, data descriptor, both checksums.
    private let data: UInt64 = 1 << 24 | 1 << 25 | 1 << 27 | 1 << 29 | 1 << 20 | 0b11 << 40

    @Test("IPv4 and TCP checksums by a context (3.3.6)", arguments: [0, 1, 99, 1460])
    func checksums(length: Int) {
        var rig = Rig()
        rig.startTransmitting(8, control: 0)
        var frame = Self.tcp([UInt8](repeating: 0xa7, count: length))
        // Software leaves the pseudo header's sum in the field.
        frame.put(onesComplementSum(frame[26..<34], from: UInt32(6 + 20 + length)), at: 50)
        context(&rig)
        rig.fill(1, frame, command: data)
        rig.write(.TDT, 2)
        #expect(rig.card.takeTransmitted() == [Self.valid(frame)])
    }

    @Test("segmentation: lengths, identification, sequence, flags and checksums of each piece (3.5)", arguments: [1, 536, 1460])
    func segments(size: Int) {
        var rig = Rig()
        rig.startTransmitting(8, control: 0)
        let payload = (0..<min(4000, size * 40)).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        var packet = Self.tcp(payload, flags: 0x19)
        // Here the pseudo header has no length.
        packet.put(onesComplementSum(packet[26..<34], from: 6), at: 50)
        context(&rig, segment: UInt64(size), payload: UInt64(payload.count))
        rig.fill(1, packet, command: data | 1 << 26)
        rig.write(.TDT, 2)
        let frames = rig.card.takeTransmitted()
        #expect(frames.flatMap { $0[54...] } == payload)
        for (number, frame) in frames.enumerated() {
            var expected = Self.tcp(Array(frame[54...]), flags: number == frames.count - 1 ? 0x19 : 0x10)
            expected.put(0x1234 + UInt16(number), at: 18)
            expected.put(0x1000 + UInt16(number * size), at: 40)
            #expect(frame == Self.valid(expected))
        }
        #expect(rig.read(.TSCTC) == 1)
    }

    @Test("received checksums: right, wrong, and not looked at (3.2.9)")
    func received() {
        var rig = Rig()
        rig.startReceiving(8)
        let good = Self.valid(Self.tcp([UInt8](repeating: 3, count: 100)))
        var badTCP = good
        badTCP[100] ^= 1
        var badIP = good
        badIP[22] ^= 1
        rig.arrive(good)
        rig.write(.RXCSUM, 0x300)
        for frame in [good, badTCP, badIP, Rig.frame()] { rig.arrive(frame) }
        func status(_ position: UInt32) -> UInt64 { rig.received(position) >> 32 & 0x64 }
        func errors(_ position: UInt32) -> UInt64 { rig.received(position) >> 40 & 0x60 }
        #expect(status(0) == 0x04)
        #expect(status(1) == 0x60 && errors(1) == 0)
        #expect(status(2) == 0x60 && errors(2) == 0x20)
        #expect(status(3) == 0x60 && errors(3) & 0x40 != 0)
        #expect(status(4) == 0x04 && errors(4) == 0)
    }

    @Test("the packet checksum is over what goes to memory: no stripped tag, no stripped CRC (13.4.47)", arguments: [false, true])
    func packetChecksum(strips: Bool) {
        var rig = Rig()
        rig.write(.VET, 0x8100)
        rig.write(.CTRL, 1 << 6 | (strips ? 1 << 30 : 0))
        rig.startReceiving(8, control: 1 << 15 | (strips ? 1 << 26 : 0))
        var frame = Rig.frame(length: 64)
        frame.insert(contentsOf: [0x81, 0, 0x60, 0x2a], at: 12)
        rig.arrive(frame)
        #expect(rig.receivedBytes(0).count == (strips ? 64 : 72))
        #expect(UInt16(truncatingIfNeeded: rig.received(0) >> 16) == onesComplementSum(rig.receivedBytes(0)[...]))
    }

    @Test("VLE inserts the descriptor's tag while CTRL.VME is set (9.2)")
    func tag() {
        var rig = Rig()
        rig.write(.VET, 0x8100)
        rig.startTransmitting(8)
        rig.fill(0, Rig.frame(length: 60), command: 1 << 24 | 1 << 25 | 1 << 30 | 0x602a << 48)
        rig.write(.TDT, 1)
        rig.write(.CTRL, 1 << 6 | 1 << 30)
        rig.fill(1, Rig.frame(length: 60), command: 1 << 24 | 1 << 25 | 1 << 30 | 0x602a << 48)
        rig.write(.TDT, 2)
        var tagged = Rig.frame(length: 60)
        tagged.insert(contentsOf: [0x81, 0, 0x60, 0x2a], at: 12)
        #expect(rig.card.takeTransmitted() == [Rig.frame(length: 60), tagged])
    }

    @Test("CRC-32 of a known string, and the ones' complement sum of RFC 1071's example")
    func knownValues() {
        // The check value of CRC-32/ISO-HDLC: 0xcbf43926.
        #expect(frameCheckSequence(Array("123456789".utf8)) == [0x26, 0x39, 0xf4, 0xcb])
        #expect(onesComplementSum([0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7]) == 0xddf2)
    }
}
