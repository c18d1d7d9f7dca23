import E1000
import Frames
import TestSupport
import Testing

/// Instead of the tests that need somebody at the other end of the cable.
@Suite("A card looped to itself", .serialized, .enabled(if: TestCard.all[0].isLooped, "no other card's cable leads back to it"))
struct LoopTests {
    @Test(
        "what goes out comes back in order, byte for byte, none lost, and both counters say so",
        arguments: TestCard.all, [UInt32(8), 256])
    func returns(on kind: TestCard, ring: UInt32) throws {
        let bench = Bench(kind)
        defer { bench.end() }
        var card = try bench.card(ring: ring)
        settle(card)
        func frame(_ number: Int) -> [UInt8] { QEMUBench.broadcast(number, length: 60 + (number &* 7919) % 1455) }
        let count = kind.manyFrames
        for first in stride(from: 0, to: count, by: Int(ring) - 2) {
            let numbers = first..<min(count, first + Int(ring) - 2)
            try send(numbers.count, through: &card) { frame(first + $0) }
            let back = try receive(numbers.count, from: &card)
            try #require(back == numbers.map(frame), "from \(first)")
        }
        let statistics = try card.readStatistics()
        #expect(statistics.sent == UInt64(count) && statistics.received == UInt64(count) && statistics.dropped == 0)
        #expect(try card.close() == 0)
    }

    @Test("only what is for the card comes back, padded", arguments: TestCard.all)
    func filtered(on kind: TestCard) throws {
        let bench = Bench(kind)
        defer { bench.end() }
        var card = try bench.card()
        settle(card)
        let destinations = [
            card.macAddress, MACAddress(rawValue: 0x0200_0000_0002), MACAddress(rawValue: 0x0100_5e00_0001), .broadcast,
        ]
        let frames = destinations.map { $0.bytes + [2, 0, 0, 0, 0, 99, 0x88, 0xb5, 1, 2, 3] }
        try send(frames.count, through: &card) { frames[$0] }
        let back = try receive(2, from: &card)
        #expect(back == [frames[0], frames[3]].map { $0 + [UInt8](repeating: 0, count: 60 - $0.count) })
        #expect(try receive(1, from: &card, idle: 100_000_000).isEmpty)
    }
}
