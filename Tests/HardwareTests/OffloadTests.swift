import DeviceAccess
import E1000
import Testing

@Suite("Transmit offloads", .serialized, .needsOtherEnd)
struct OffloadTests {
    static func configuration(ring: UInt32 = 256, tags: Bool = false, reportEvery: UInt32 = 1) -> Configuration {
        var configuration = Configuration()
        configuration.transmitDescriptors = ring
        configuration.receiveDescriptors = 8
        configuration.stripsVLANTags = tags
        configuration.reportEvery = reportEvery
        return configuration
    }

    static let checksummed: [TestPacket] = [true, false].flatMap { isIPv4 in
        [true, false].flatMap { isTCP in
            [0, 1, 99, 1000].map { TestPacket(isIPv4: isIPv4, isTCP: isTCP, payload: $0) } + [
                TestPacket(isIPv4: isIPv4, isTCP: isTCP, tag: 0x2005, payload: 33),
                TestPacket(isIPv4: isIPv4, isTCP: isTCP, options: 8, payload: 64),
            ]
        }
    }

    @Test("checksums of IPv4, TCP and UDP, over IPv4 and IPv6, with options and with a tag", arguments: TestCard.all)
    func checksums(on kind: TestCard) throws {
        let bench = Bench(kind)
        defer { bench.end() }
        var card = try bench.card(Self.configuration())
        for (number, packet) in Self.checksummed.enumerated() {
            try sendChain(packet.frame, split: number * 17 % 90, through: &card, segmentSize: nil)
        }
        // A frame without offload stays as it is.
        try sendChain(Self.checksummed[2].frame, split: 40, through: &card, isPlain: true)
        #expect(try card.waitUntilPending(atMost: 0, nanoseconds: 5_000_000_000))
        let wire = try Dissection.all(bench.capture())
        try #require(wire.count == Self.checksummed.count + 1)
        for (found, packet) in zip(wire, Self.checksummed) {
            #expect(found.checksums == [Int](repeating: 1, count: packet.isIPv4 ? 2 : 1), "\(packet)")
            #expect(found.payload == packet.data, "\(packet)")
            #expect(found.vlan == packet.tag.map { Int($0 & 0xfff) })
        }
        #expect(wire.last?.checksums == [0, 0])
        #expect(try bench.wire().last == bench.onWire(Self.checksummed[2].frame))
        #expect(try card.close() == 0)
    }

    /// Packets over one of the two, and the size of their segments.
    static func segmented(isIPv4: Bool) -> [(packet: TestPacket, size: Int)] {
        [(101, 100), (4000, 536), (4380, 1440), (65_536, 1440), (20_000, 1000)].map {
            (TestPacket(isIPv4: isIPv4, flags: 0x19, payload: $0), $1)
        } + [(TestPacket(isIPv4: isIPv4, tag: 7, options: 8, flags: 0x10, payload: 3000), 700)]
    }

    @Test("segments: payloads, lengths, numbers, flags and checksums of each", arguments: TestCard.all, [true, false])
    func segments(on kind: TestCard, isIPv4: Bool) throws {
        let bench = Bench(kind)
        defer { bench.end() }
        var card = try bench.card(Self.configuration())
        let runs = Self.segmented(isIPv4: isIPv4)
        // Not on QEMU's models that do it wrong (Quirks.offloads), nor over IPv6 on the 82544, which knows nothing of it.
        guard card.offloads.contains(isIPv4 ? .segmentation : .segmentationIPv6) else {
            #expect(try sendChain(runs[0].packet.frame, split: 0, through: &card, segmentSize: runs[0].size) == .notOffered)
            return
        }
        for (packet, size) in runs {
            try sendChain(packet.frame, split: packet.headerLength, through: &card, segmentSize: size)
            #expect(try card.waitUntilPending(atMost: 0, nanoseconds: 5_000_000_000))
        }
        var wire = try Dissection.all(bench.capture())[...]
        for (packet, size) in runs {
            check(wire.prefix((packet.payload + size - 1) / size), packet, size)
            wire = wire.dropFirst((packet.payload + size - 1) / size)
            // QEMU's e1000 sends the header once more, without data, when the last segment is full.
            if kind.qemuModel != nil && packet.payload.isMultiple(of: size) {
                #expect(wire.first?.payload == [])
                wire = wire.dropFirst()
            }
        }
        #expect(wire.isEmpty)
        #expect(try card.close() == 0)
    }

    private func check(_ segments: ArraySlice<Dissection>, _ packet: TestPacket, _ size: Int) {
        #expect(segments.flatMap(\.payload) == packet.data)
        for (number, found) in segments.enumerated() {
            let isLast = number == segments.count - 1
            let length = isLast ? packet.payload - number * size : size
            #expect(found.payload.count == length)
            #expect(found.checksums == [Int](repeating: 1, count: packet.isIPv4 ? 2 : 1), "segment \(number)")
            #expect(found.sequence == (TestPacket.sequence + number * size) & 0xffff_ffff)
            // FIN and PSH on the last alone.
            #expect(found.flags == Int(isLast ? packet.flags : packet.flags & ~0x09))
            #expect(found.ipLength == (packet.isIPv4 ? 20 : 0) + packet.options + 20 + length)
            #expect(found.identification == (packet.isIPv4 ? TestPacket.identification + number : nil))
            #expect(found.vlan == packet.tag.map { Int($0) })
        }
    }

    @Test("tags: of a single packet, of a chain, of a chain with checksums, of each segment", arguments: TestCard.all)
    func tags(on kind: TestCard) throws {
        let bench = Bench(kind)
        defer { bench.end() }
        var card = try bench.card(Self.configuration(tags: true))
        let plain = TestPacket(payload: 50)
        guard var packet = card.packet() else { throw Stuck() }
        packet.fill(plain.frame)
        switch card.append(packet, vlanTag: 0xa00a) {
        case .queued: break
        case .full(let packet): card.put(packet)
        case .refused(let packet): card.put(packet)
        }
        try sendChain(plain.frame, split: 30, through: &card, tag: 0x2001, isPlain: true)
        try sendChain(plain.frame, split: 30, through: &card, tag: 0x2002)
        if card.offloads.contains(.segmentation) {
            try sendChain(TestPacket(payload: 250).frame, split: 60, through: &card, segmentSize: 100, tag: 0x2003)
        }
        try sendChain(plain.frame, split: 30, through: &card)
        #expect(try card.waitUntilPending(atMost: 0, nanoseconds: 5_000_000_000))
        let wire = try Dissection.all(bench.capture())
        let segments = card.offloads.contains(.segmentation) ? [3, 3, 3] : []
        #expect(wire.map(\.vlan) == [10, 1, 2] + segments + [nil])
        #expect(wire.map(\.priority) == [5, 1, 1] + segments.map { _ in 1 } + [nil])
        #expect(wire.dropFirst(2).allSatisfy { $0.checksums == [1, 1] })
        #expect(try card.close() == 0)
    }

    @Test("without tag removal there is no insertion: refused, and nothing goes out", arguments: TestCard.all)
    func noTags(on kind: TestCard) throws {
        let bench = Bench(kind)
        defer { bench.end() }
        var card = try bench.card(Self.configuration())
        #expect(!card.offloads.contains(.vlan))
        #expect(try sendChain(TestPacket().frame, split: 0, through: &card, tag: 5) == .notOffered)
        try card.commit()
        #expect(try bench.wire().isEmpty)
    }

    @Test(
        "frames in parts of any size, among whole ones and with checksums, around small rings, each reported or every other one",
        arguments: TestCard.all, [(UInt32(8), UInt32(1)), (8, 2), (24, 6), (256, 64)])
    func scatter(on kind: TestCard, run: (ring: UInt32, reportEvery: UInt32)) throws {
        let bench = Bench(kind)
        defer { bench.end() }
        var card = try bench.card(Self.configuration(ring: run.ring, reportEvery: run.reportEvery))
        let count = 300
        var expected: [[UInt8]] = []
        for number in 0..<count {
            let frame = bench.frame(number)
            expected.append(bench.onWire(frame))
            guard number % 3 > 0 else {
                while !append(frame, to: &card) { #expect(try card.waitForRoom(descriptors: 1, nanoseconds: 1_000_000_000)) }
                continue
            }
            try sendChain(frame, split: 1 + number * 37 % 700, through: &card, isPlain: true)
            if number % 7 == 0 { try card.commit() }
        }
        #expect(try card.waitUntilPending(atMost: 0, nanoseconds: 5_000_000_000))
        #expect(card.freeDescriptors == run.ring - 1)
        let wire = try bench.wire()
        #expect(wire.count == count)
        let different = zip(wire, expected).enumerated().first { $1.0 != $1.1 }
        #expect(different == nil, "frame \(different?.offset ?? -1) differs")
        #expect(try card.readStatistics().sent == UInt64(count))
        #expect(try card.close() == 0)
    }
}
