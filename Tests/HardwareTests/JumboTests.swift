import DeviceAccess
import E1000
import E1000Model
import Glibc
import Testing

@Suite("Jumbo frames, on each model", .serialized, .needsOtherEnd)
struct JumboTests {
    private func configuration(_ maximum: UInt32, ring: UInt32) -> Configuration {
        var configuration = Configuration()
        configuration.maximumFrame = maximum
        (configuration.transmitDescriptors, configuration.receiveDescriptors) = (ring, ring)
        return configuration
    }

    /// The longest frames that a card is made for, and the smallest ring for them; on 8 descriptors, of which two may wait for
    /// a tail write, frames of six buffers at most.
    private func maximum(_ kind: TestCard, ring: UInt32) -> UInt32 {
        switch kind {
        case .sim(.i82574L), .qemu("e1000e"): 9014
        // 4 bytes more are sent without a tag, and the other end is a driver that does not.
        case .pci: CableEnd.maximumFrame - 4
        default: ring == 8 ? 6 * 2048 - 5 : 16376
        }
    }

    private func frame(_ number: Int, length: Int) -> [UInt8] { QEMUBench.broadcast(number, length: length) }

    /// The next frame, however many buffers it has.
    private func receive(_ card: inout Controller) throws -> (bytes: [UInt8], parts: Int)? {
        guard try card.waitForFrame(nanoseconds: 2_000_000_000), let chain = card.receiveChain() else { return nil }
        let result = (chain.copy(), chain.count)
        card.put(chain)
        try card.commit()
        return result
    }

    @Test(
        "all lengths around whole buffers up to the card's limit, small ones between them, byte for byte",
        arguments: TestCard.all, [UInt32(8), 16])
    func lengths(kind: TestCard, ring: UInt32) throws {
        let bench = Bench(kind, withPeer: true)
        defer { bench.end() }
        let maximum = Int(maximum(kind, ring: ring))
        var card = try bench.card(configuration(UInt32(maximum), ring: ring))
        settle(card)
        let round = stride(from: 2048, through: maximum + 4, by: 2048).flatMap { [$0 - 1, $0, $0 + 1] }
        let lengths = [1515, 1518, 1519, 9000, 9014] + round + [maximum, maximum + 4] + stride(from: 1600, to: maximum, by: 1237)
        for (number, length) in lengths.filter({ $0 <= maximum + 4 }).enumerated() {
            for length in [length, 60 + number] {
                let sent = frame(number, length: length)
                let isTaken = bench.deliver(sent)
                #expect(isTaken)
                let got = try #require(try receive(&card), "\(length) bytes")
                #expect(got.bytes == sent, "\(length) bytes")
                #expect(got.parts == (length + 2047) / 2048)
            }
        }
        #expect(card.receiveTrouble.badFrames == 0)
        #expect(try card.readStatistics().dropped == 0)
    }

    @Test(
        "longer than the card takes: counted by it (ROC); longer than the limit: by the driver; the next frame is whole",
        arguments: TestCard.all)
    func overlong(kind: TestCard) throws {
        if kind.isPCI { try skip("the driver at the other end of the cable sends no frame that is too long") }
        for maximum: UInt32 in [1514, 4000] {
            let bench = Bench(kind, withPeer: true)
            defer { bench.end() }
            var card = try bench.card(configuration(maximum, ring: 16))
            settle(card)
            let hasLong = maximum > 1514
            let beyondCard = hasLong ? 16_400 : 1600
            #expect(bench.deliver(frame(0, length: beyondCard)))
            #expect(bench.deliver(frame(1, length: 100)))
            #expect(try receive(&card)?.bytes == frame(1, length: 100))
            #expect(try card.readStatistics()[.ROC] == 1)
            guard hasLong else { continue }
            #expect(bench.deliver(frame(2, length: Int(maximum) + 5)))
            #expect(bench.deliver(frame(3, length: Int(maximum) + 4)))
            var last: [UInt8]?
            for _ in 0..<2 where last == nil { last = try receive(&card)?.bytes }
            #expect(last == frame(3, length: Int(maximum) + 4))
            #expect(card.receiveTrouble.badFrames == 1)
        }
    }

    @Test("who takes single packets gets those, and long frames are counted bad", arguments: TestCard.all)
    func single(kind: TestCard) throws {
        let bench = Bench(kind, withPeer: true)
        defer { bench.end() }
        var card = try bench.card(configuration(9000, ring: 16))
        settle(card)
        for (number, length) in [60, 9000, 2048, 2049, 61].enumerated() {
            let isTaken = bench.deliver(frame(number, length: length))
            #expect(isTaken)
        }
        var lengths: [UInt32] = []
        while lengths.count < 3, try card.waitForFrame(nanoseconds: 2_000_000_000) {
            while let packet = card.receive() {
                lengths.append(packet.length)
                card.put(packet)
            }
        }
        #expect(lengths == [60, 2048, 61])
        #expect(card.receiveTrouble.badFrames == 2)
    }
}
