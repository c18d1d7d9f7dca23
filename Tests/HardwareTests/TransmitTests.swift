import DeviceAccess
import E1000
import E1000Model
import Glibc
import TestSupport
import Testing

@Suite("Transmit", .serialized, .needsOtherEnd)
struct TransmitTests {
    @Test(
        "frames arrive on the wire in order, byte for byte, none lost, none twice",
        arguments: TestCard.all, [(1, UInt32(256)), (5, 8), (100, 64), (10_000, 8), (2000, 64), (10_000, 256)])
    func inOrder(on kind: TestCard, run: (count: Int, ring: UInt32)) throws {
        let bench = Bench(kind)
        defer { bench.end() }
        let (count, ring) = (min(run.count, kind.manyFrames), run.ring)
        var card = try bench.card(ring: ring)
        try send(count, through: &card, frame: bench.frame)
        let wire = try bench.wire()
        #expect(wire.count == count)
        let different = zip(wire, (0..<count).lazy.map { bench.onWire(bench.frame($0)) }).enumerated().first { $1.0 != $1.1 }
        #expect(different == nil, "frame \(different?.offset ?? -1) differs")
        #expect(try card.readStatistics().sent == UInt64(count))
        #expect(try card.close() == 0)
    }

    @Test(
        "a raw frame of 9 bytes goes out, as short as the card sends it",
        // QEMU's e1000e drops what is shorter than an Ethernet header.
        arguments: TestCard.all.filter { $0.shortestFrame <= 9 })
    func nineBytes(on kind: TestCard) throws {
        let bench = Bench(kind)
        defer { bench.end() }
        var card = try bench.card()
        try send(1, through: &card) { _ in Array("hello 042".utf8) }
        #expect(try bench.wire() == [bench.onWire(Array("hello 042".utf8))])
    }

    @Test(
        "1 to 1514 bytes go, 1518 with a VLAN tag; none and more are refused, and the packet comes back",
        arguments: TestCard.all)
    func lengths(on kind: TestCard) throws {
        let bench = Bench(kind)
        defer { bench.end() }
        var card = try bench.card()
        let tag: [UInt8] = [0x81, 0x00, 0x00, 0x2a]
        func tagged(_ length: Int) -> [UInt8] { [UInt8](repeating: 2, count: 12) + tag + [UInt8](repeating: 7, count: length - 16) }
        let good = [QEMUBench.frame(1, length: kind.shortestFrame), QEMUBench.frame(2, length: 1514), tagged(1515), tagged(1518)]
        for frame in good { #expect(append(frame, to: &card)) }
        let room = card.room
        let bad = [[], [UInt8](repeating: 7, count: 1515), [UInt8](repeating: 7, count: 1518), tagged(1519)]
        for frame in bad { #expect(!append(frame, to: &card), "\(frame.count) bytes") }
        #expect(card.room == room)
        #expect(try card.waitUntilPending(atMost: 0, nanoseconds: 1_000_000_000))
        #expect(try bench.wire() == good.map(bench.onWire))
    }

    @Test("a full ring pushes back, loses nothing, and goes on after a wait", arguments: TestCard.all, [UInt32(8), 256])
    func pushBack(on kind: TestCard, ring: UInt32) throws {
        let bench = Bench(kind)
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

    /// On one card: the ring sizes are refused before the card is asked.
    @Test(
        "ring sizes that no card can have are refused",
        .enabled(if: !TestCard.all[0].isPCI, "no card is asked, and no other test of a run on one card makes models"),
        arguments: [UInt32(0), 7, 12, 4104, 4097])
    func ringSizes(ring: UInt32) throws {
        let bench = Bench(.sim(.i82540EM))
        defer { bench.end() }
        do {
            _ = try bench.card(ring: ring)
            Issue.record("a ring of \(ring) was accepted")
        } catch let error as DeviceError {
            #expect(error.kind == .refused)
            #expect("\(error)".contains("multiple of 8 from 8 to 4096"))
        }
    }

    @Test("the largest ring", arguments: TestCard.all)
    func largestRing(on kind: TestCard) throws {
        let bench = Bench(kind)
        defer { bench.end() }
        var configuration = Configuration()
        configuration.transmitDescriptors = 4096
        configuration.receiveDescriptors = 8
        var card = try bench.card(configuration)
        try send(5000, through: &card, batch: 4095) { QEMUBench.frame($0, length: 64) }
        #expect(try bench.wire() == (0..<5000).map { QEMUBench.frame($0, length: 64) })
    }
}
