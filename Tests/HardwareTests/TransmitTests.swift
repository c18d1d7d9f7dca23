import DeviceAccess
import E1000
import Glibc
import TestSupport
import Testing

@Suite("Transmit on QEMU's e1000", .serialized)
struct TransmitTests {
    @Test(
        "frames arrive on the wire in order, byte for byte, none lost, none twice",
        arguments: [1, 5, 100, 10_000], [UInt32(8), 64, 256])
    func inOrder(count: Int, ring: UInt32) throws {
        let bench = QEMUBench()
        defer { bench.end() }
        var card = try bench.card(ring: ring)
        try send(count, through: &card, frame: { QEMUBench.frame($0) })
        let wire = try bench.wire()
        #expect(wire.count == count)
        let different = zip(wire, (0..<count).lazy.map { QEMUBench.frame($0) }).enumerated().first { $1.0 != $1.1 }
        #expect(different == nil, "frame \(different?.offset ?? -1) differs")
        #expect(try card.readStatistics().sent == UInt64(count))
        #expect(try card.close() == 0)
    }

    @Test("a raw frame of 9 bytes goes out as 9 bytes")
    func nineBytes() throws {
        let bench = QEMUBench()
        defer { bench.end() }
        var card = try bench.card()
        try send(1, through: &card) { _ in Array("hello 042".utf8) }
        #expect(try bench.wire() == [Array("hello 042".utf8)])
    }

    @Test("1 to 1514 bytes go, 1518 with a VLAN tag; none and more are refused, and the packet comes back")
    func lengths() throws {
        let bench = QEMUBench()
        defer { bench.end() }
        var card = try bench.card()
        let tag: [UInt8] = [0x81, 0x00, 0x00, 0x2a]
        func tagged(_ length: Int) -> [UInt8] { [UInt8](repeating: 2, count: 12) + tag + [UInt8](repeating: 7, count: length - 16) }
        let good = [QEMUBench.frame(1, length: 1), QEMUBench.frame(2, length: 1514), tagged(1515), tagged(1518)]
        for frame in good { #expect(append(frame, to: &card)) }
        let room = card.room
        let bad = [[], [UInt8](repeating: 7, count: 1515), [UInt8](repeating: 7, count: 1518), tagged(1519)]
        for frame in bad { #expect(!append(frame, to: &card), "\(frame.count) bytes") }
        #expect(card.room == room)
        #expect(try card.waitUntilPending(atMost: 0, nanoseconds: 1_000_000_000))
        #expect(try bench.wire() == good)
    }

    @Test("a full ring pushes back, loses nothing, and goes on after a wait", arguments: [UInt32(8), 256])
    func pushBack(ring: UInt32) throws {
        let bench = QEMUBench()
        defer { bench.end() }
        var card = try bench.card(ring: ring)
        var taken = 0
        // Nothing is committed, so the card takes nothing off.
        while append(QEMUBench.frame(taken, length: 60), to: &card) { taken += 1 }
        #expect(taken == Int(ring) - 1)
        #expect(card.room == 0)
        #expect(try bench.wire().isEmpty)
        #expect(try card.waitUntilPending(atMost: 0, nanoseconds: 1_000_000_000))
        #expect(append(QEMUBench.frame(taken, length: 60), to: &card))
        try card.commit()
        #expect(try bench.wire() == (0...taken).map { QEMUBench.frame($0, length: 60) })
        // One tail write for the full ring, one for the last frame.
        #expect(card.tailWrites.transmit == 2)
    }

    @Test("ring sizes that the card cannot have are refused", arguments: [UInt32(0), 7, 12, 4104, 4097])
    func ringSizes(ring: UInt32) throws {
        let bench = QEMUBench()
        defer { bench.end() }
        do {
            _ = try bench.card(ring: ring)
            Issue.record("a ring of \(ring) was accepted")
        } catch let error as DeviceError {
            #expect(error.kind == .refused)
            #expect("\(error)".contains("multiple of 8 from 8 to 4096"))
        }
    }

    @Test("the largest ring", arguments: [UInt32(4096)])
    func largestRing(ring: UInt32) throws {
        let bench = QEMUBench()
        defer { bench.end() }
        var configuration = Configuration()
        configuration.transmitDescriptors = ring
        configuration.receiveDescriptors = 8
        var options = bench.options
        options.dmaSize = 16 << 20
        var card = try Controller(try QEMUDevice.start(options), configuration: configuration)
        try send(5000, through: &card, batch: 4095) { QEMUBench.frame($0, length: 64) }
        #expect(try bench.wire() == (0..<5000).map { QEMUBench.frame($0, length: 64) })
    }

    @Test("the other model that this driver knows", arguments: ["e1000-82545em"])
    func otherModels(model: String) throws {
        let bench = QEMUBench(model: model)
        defer { bench.end() }
        var card = try bench.card(ring: 64)
        #expect(card.deviceID == 0x100f)
        try send(500, through: &card, frame: { QEMUBench.frame($0) })
        #expect(try bench.wire() == (0..<500).map { QEMUBench.frame($0) })
    }
}
