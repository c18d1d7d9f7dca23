import E1000
import E1000Model
import Testing

@Suite("Sending jumbo frames, on each model", .serialized, .needsOtherEnd)
struct JumboTransmitTests {
    /// For the longest frames that a card is made for; of silicon, those that the other end takes.
    private func configuration(_ kind: TestCard) -> Configuration {
        var configuration = Configuration()
        (configuration.transmitDescriptors, configuration.receiveDescriptors) = (16, 16)
        configuration.maximumFrame =
            switch kind {
            case .sim(.i82574L), .qemu("e1000e"): 9014
            case .pci: CableEnd.maximumFrame
            default: 16376
            }
        return configuration
    }

    /// Around what fits in a frame without jumbo, in whole buffers, and in the longest frame.
    private func lengths(_ maximum: Int) -> [Int] {
        let round = stride(from: 2048, to: maximum, by: 2048).flatMap { [$0 - 1, $0, $0 + 1] }
        return [60, 1514, 1515, 1518, 1519] + round + Array(stride(from: 1600, to: maximum, by: 1237)) + [maximum - 1, maximum]
    }

    private func tagged(_ frame: [UInt8]) -> [UInt8] { Array(frame[..<12]) + [0x81, 0, 0, 7] + frame[16...] }

    @Test(
        "all lengths around whole buffers up to the limit, in whole buffers and cut anywhere, byte for byte; 4 more with a tag",
        arguments: TestCard.all)
    func lengths(kind: TestCard) throws {
        let bench = Bench(kind)
        defer { bench.end() }
        var card = try bench.card(configuration(kind))
        let maximum = Int(card.configuration.maximumFrame)
        var expected: [[UInt8]] = []
        for (number, length) in lengths(maximum).enumerated() {
            for split in [0, 1, 13 + number * 97 % 2000] {
                expected.append(QEMUBench.frame(number, length: length))
                let why = try sendChain(expected[expected.count - 1], split: split, through: &card, isPlain: true)
                #expect(why == nil, "\(length) bytes")
            }
            // In one buffer, on the plain path.
            guard length <= PacketPool.bufferSize else { continue }
            expected.append(QEMUBench.frame(number, length: length))
            while !append(expected[expected.count - 1], to: &card) {
                try #require(try card.waitForRoom(descriptors: 1, nanoseconds: 1_000_000_000), "\(length) bytes")
            }
        }
        expected.append(tagged(QEMUBench.frame(0, length: maximum + 4)))
        #expect(try sendChain(expected[expected.count - 1], split: 0, through: &card, isPlain: true) == nil)
        #expect(try card.waitUntilPending(atMost: 0, nanoseconds: 5_000_000_000))
        let wire = try bench.wire()
        #expect(wire.map(\.count) == expected.map(\.count))
        #expect(zip(wire, expected).allSatisfy { $0 == $1 })
        #expect(try card.readStatistics().sent == UInt64(expected.count))
        // One byte too many is refused, with what there may be.
        let overlong = QEMUBench.frame(0, length: maximum + 1)
        #expect(try sendChain(overlong, split: 0, through: &card, isPlain: true) == .tooLong(most: maximum))
        #expect(
            try sendChain(tagged(overlong + [1, 2, 3, 4]), split: 0, through: &card, isPlain: true) == .tooLong(most: maximum + 4))
        #expect(try card.close() == 0)
    }

    @Test("long frames both ways at a time", arguments: TestCard.all)
    func bothWays(kind: TestCard) throws {
        let bench = Bench(kind, withPeer: true)
        defer { bench.end() }
        var card = try bench.card(configuration(kind))
        let maximum = Int(card.configuration.maximumFrame)
        settle(card)
        var expected: [[UInt8]] = []
        for number in 0..<60 {
            expected.append(QEMUBench.frame(number, length: maximum - number * 131 % 4000))
            #expect(try sendChain(expected[number], split: number * 97 % 2048, through: &card, isPlain: true) == nil)
            let incoming = QEMUBench.broadcast(number, length: maximum - number * 173 % 4000)
            // Shows the card what is to be sent, and gives it the buffers of the frame before: it drops one that does not fit.
            try card.commit()
            let isTaken = bench.deliver(incoming)
            #expect(isTaken)
            guard try card.waitForFrame(nanoseconds: 2_000_000_000), let chain = card.receiveChain() else { throw Stuck() }
            let bytes = chain.copy()
            card.put(chain)
            #expect(bytes == incoming, "frame \(number)")
        }
        #expect(try card.waitUntilPending(atMost: 0, nanoseconds: 5_000_000_000))
        // QEMU's capture has both directions.
        let wire = try bench.wire().filter { $0[0] != 0xff }
        #expect(wire.map(\.count) == expected.map(\.count))
        #expect(zip(wire, expected).allSatisfy { $0 == $1 })
        #expect(try card.close() == 0)
    }

    @Test("the card's checksums in long frames, and long segments", arguments: TestCard.all)
    func offloads(kind: TestCard) throws {
        let bench = Bench(kind)
        defer { bench.end() }
        var card = try bench.card(configuration(kind))
        let maximum = Int(card.configuration.maximumFrame)
        let packets = [true, false].flatMap { isIPv4 in
            [true, false].flatMap { isTCP in
                [1501, 4095, 9014, maximum].map { length in
                    let headers = TestPacket(isIPv4: isIPv4, isTCP: isTCP).headerLength
                    return TestPacket(isIPv4: isIPv4, isTCP: isTCP, payload: length - headers)
                }
            }
        }
        for (number, packet) in packets.enumerated() {
            #expect(try sendChain(packet.frame, split: number * 271 % 2048, through: &card) == nil, "\(packet)")
        }
        let large = TestPacket(payload: 20_000)
        let isCut = card.offloads.contains(.segmentation)
        if isCut { #expect(try sendChain(large.frame, split: 54, through: &card, segmentSize: 8900) == nil) }
        #expect(try card.waitUntilPending(atMost: 0, nanoseconds: 5_000_000_000))
        let wire = try Dissection.all(bench.capture())
        try #require(wire.count == packets.count + (isCut ? 3 : 0))
        for (found, packet) in zip(wire, packets) {
            #expect(found.checksums == [Int](repeating: 1, count: packet.isIPv4 ? 2 : 1), "\(packet)")
            #expect(found.payload == packet.data, "\(packet)")
        }
        let segments = wire.dropFirst(packets.count)
        #expect(segments.map(\.payload.count) == (isCut ? [8900, 8900, 2200] : []))
        #expect(segments.allSatisfy { $0.checksums == [1, 1] })
        #expect(!isCut || segments.flatMap(\.payload) == large.data)
        #expect(try card.close() == 0)
    }
}
