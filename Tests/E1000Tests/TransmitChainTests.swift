import DeviceAccess
@testable import E1000
import Testing

/// A ring and its pool in memory, with what the card would see.
private final class RingBench {
    let fake = FakeMemory()
    var pool: PacketPool
    var ring: TransmitRing

    init(
        count: UInt32 = 8, maximumFrame: UInt32 = 1514, reportEvery: UInt32 = 1, buffers: Int = 64,
        offers: CardModel.Offloads = [.checksum, .segmentation, .segmentationIPv6, .vlan]
    ) throws {
        var arena = DMAArena(fake.memory)
        let ring = try TransmitRing(
            count: count, maximumFrame: maximumFrame, reportEvery: reportEvery, offers: offers, in: &arena)
        pool = try PacketPool(count: buffers, in: &arena)
        self.ring = ring
    }

    var isMixed: Bool { ring.isMixed }
    func word(_ position: Int) -> UInt64 { fake.status(of: position, ring: ring.busAddress).pointee }
    func first(_ position: Int) -> UInt64 { (fake.status(of: position, ring: ring.busAddress) - 1).pointee }
    func finish(_ position: Int) { fake.status(of: position, ring: ring.busAddress).pointee |= TransmitDescriptor.DD }
    func commit() throws { try ring.commit(fake.registers) }
    func reclaim() -> UInt32 { ring.reclaim(into: &pool) }

    /// A chain of parts of these lengths.
    func chain(_ lengths: [Int]) throws -> PacketChain {
        var chain = pool.chain()
        for length in lengths {
            guard var packet = pool.get() else {
                pool.put(chain)
                throw DeviceError(.invalid, "test", "no packet")
            }
            packet.fill([UInt8](repeating: 7, count: length))
            chain.append(packet)
        }
        return chain
    }

    enum Outcome: Equatable {
        case queued, full
        case refused(TransmitRefusal)
    }

    /// Appends parts of these lengths; what comes back goes into the pool.
    func append(_ lengths: [Int], _ offload: TransmitOffload = .none) throws -> Outcome {
        let chain = try chain(lengths)
        switch ring.append(chain, offload: offload, from: pool) {
        case .queued: return .queued
        case .full(let chain):
            let count = chain.count
            pool.put(chain)
            return count == lengths.count ? .full : .queued
        case .refused(let chain, let why):
            let count = chain.count
            pool.put(chain)
            return count == lengths.count ? .refused(why) : .queued
        }
    }

    func append(packet length: Int, tag: UInt16? = nil, type: UInt8 = 7) -> Bool {
        guard var packet = pool.get() else { return false }
        var bytes = [UInt8](repeating: 7, count: length)
        if length > 13 { (bytes[12], bytes[13]) = (type, 0) }
        packet.fill(bytes)
        let result = if let tag { ring.append(packet, vlanTag: tag, from: pool) } else { ring.append(packet, from: pool) }
        switch consume result {
        case .queued: return true
        case .full(let packet): pool.put(packet)
        case .refused(let packet): pool.put(packet)
        }
        return false
    }
}

private let checksum = TransmitOffload(
    .checksums(network: .init(start: 14, field: 24, end: 34), transport: .init(start: 34, field: 50)))
private func segments(_ size: Int, isIPv4: Bool = true) -> TransmitOffload {
    let start = isIPv4 ? 34 : 54
    return TransmitOffload(
        .segments(.init(networkStart: 14, isIPv4: isIPv4, transportStart: start, headerLength: start + 20, segmentSize: size)))
}

@Suite("Chains on the transmit ring")
struct TransmitChainTests {
    @Test("a descriptor a part, EOP and RS on the last, all words as in 3.3.3")
    func scatter() throws {
        let bench = try RingBench()
        #expect(try bench.append([14, 100, 1]) == .queued)
        #expect(bench.word(0) == 14 | 1 << 25)
        #expect(bench.word(1) == 100 | 1 << 25)
        #expect(bench.word(2) == 1 | 1 << 24 | 1 << 25 | 1 << 27)
        #expect(bench.first(0) == bench.pool.busAddress(0))
        #expect(bench.first(1) == bench.pool.busAddress(2048))
        #expect(bench.ring.pending == 1)
        #expect(bench.ring.room == 4)
        #expect(bench.ring.pendingBytes == 115)
        #expect(bench.ring.occupancy == RingOccupancy(count: 8, cardFirst: 0, card: 3))
        try bench.commit()
        bench.finish(0)
        bench.finish(1)
        #expect(bench.reclaim() == 0)
        bench.finish(2)
        #expect(bench.reclaim() == 1)
        #expect(bench.pool.available == 64)
        #expect(bench.ring.room == 7)
        #expect(!bench.isMixed)
    }

    @Test("all descriptors fit, the context's too, or nothing is written; the chain comes back whole")
    func wholeOrNothing() throws {
        let bench = try RingBench()
        #expect(try bench.append([14, 10, 10, 10]) == .queued)
        #expect(try bench.append([60, 100, 10, 10]) == .full)
        // Three are free: two parts and a context fit, three and a context do not.
        #expect(try bench.append([60, 100, 10], checksum) == .full)
        #expect(bench.ring.cardContext == nil)
        #expect(bench.ring.tail == 4)
        #expect(try bench.append([60, 100], checksum) == .queued)
        #expect(bench.ring.room == 0)
        #expect(bench.ring.pending == 2)
        #expect(try bench.append([60]) == .full)
        try bench.commit()
        #expect(bench.ring.abandon(into: &bench.pool) == 2)
        #expect(bench.pool.available == 64)
    }

    @Test("what can never be sent is refused, not full")
    func refused() throws {
        let bench = try RingBench()
        #expect(try bench.append([]) == .refused(.empty))
        #expect(try bench.append([14, 0, 5]) == .refused(.empty))
        #expect(try bench.append([1000, 515]) == .refused(.tooLong(most: 1514)))
        #expect(try bench.append([200, 200, 200, 200, 200, 200, 200, 100]) == .refused(.tooManyParts))
        #expect(try bench.append([54, 200, 200, 200, 200, 200, 200], checksum) == .refused(.tooManyParts))
        #expect(try bench.append([54] + [Int](repeating: 2048, count: 33), segments(1460)) == .refused(.tooLong(most: 54 + 65_536)))
        var tagged = checksum
        tagged.vlanTag = 5
        let plain = try RingBench(offers: [])
        #expect(try plain.append([60, 60], checksum) == .refused(.notOffered))
        #expect(try plain.append([60, 60], TransmitOffload(vlanTag: 5)) == .refused(.notOffered))
        #expect(try plain.append([60, 60], segments(20)) == .refused(.notOffered))
        #expect(!plain.append(packet: 60, tag: 5))
        let older = try RingBench(offers: [.checksum, .segmentation])
        #expect(try older.append([1000, 1000], segments(500)) == .queued)
        #expect(try older.append([1000, 1000], segments(500, isIPv4: false)) == .refused(.notOffered))
        #expect(bench.pool.available == 64)
        #expect(bench.ring.room == 7)
        _ = older.ring.abandon(into: &older.pool)
        #expect(older.pool.available == 64)
    }

    @Test("frames up to the configured length, and 4 bytes more with a tag in them: in one buffer, in several, with offloads")
    func long() throws {
        let bench = try RingBench(count: 64, maximumFrame: 2000)
        #expect(bench.append(packet: 2000) && bench.append(packet: 2000, type: 0x81) && bench.append(packet: 2004, type: 0x81))
        #expect(!bench.append(packet: 2001) && !bench.append(packet: 2005, type: 0x81) && !bench.append(packet: 0))
        #expect(bench.append(packet: 2000, tag: 5) && !bench.append(packet: 2001, tag: 5))
        #expect(bench.ring.used == 4)
        #expect(try bench.append([1000, 1000]) == .queued)
        #expect(try bench.append([1000, 1001]) == .refused(.tooLong(most: 2000)))
        #expect(try bench.append([1000, 1000], checksum) == .queued)
        #expect(try bench.append([1000, 1001], checksum) == .refused(.tooLong(most: 2000)))
        #expect(try bench.append([54, 2040], segments(1946)) == .queued)
        #expect(try bench.append([54, 2040], segments(1947)) == .refused(.badOffload))
        _ = bench.ring.abandon(into: &bench.pool)
        #expect(bench.pool.available == 64)
        // Longer ones than a buffer, of the longest there are.
        let longest = try RingBench(count: 64, maximumFrame: 16376)
        #expect(try longest.append([Int](repeating: 2048, count: 7) + [2040]) == .queued)
        #expect(try longest.append([Int](repeating: 2048, count: 7) + [2041]) == .refused(.tooLong(most: 16376)))
        #expect(longest.append(packet: 2048))
        _ = longest.ring.abandon(into: &longest.pool)
        #expect(longest.pool.available == 64)
    }

    @Test(
        "positions outside of the frame or of the descriptor's fields are refused",
        arguments: [
            TransmitOffload.checksum(start: 34, offset: 65), .checksum(start: 100, offset: -50), .checksum(start: -1, offset: 10),
            .checksum(start: 34, offset: 250), .checksum(start: 256, offset: -200), .checksum(start: .max - 1, offset: 1),
            TransmitOffload(.checksums(network: .init(start: 14, field: 24, end: 101), transport: nil)),
            TransmitOffload(.checksums(network: .init(start: 14, field: 24, end: 14), transport: nil)),
            TransmitOffload(.checksums(network: .init(start: 14, field: 24, end: -5), transport: nil)),
            segments(0), segments(-1), segments(1461), segments(.max),
            TransmitOffload(.segments(.init(networkStart: 14, isIPv4: true, transportStart: 33, headerLength: 54, segmentSize: 10))),
            TransmitOffload(.segments(.init(networkStart: 14, isIPv4: false, transportStart: 34, headerLength: 74, segmentSize: 10))),
            TransmitOffload(.segments(.init(networkStart: 14, isIPv4: true, transportStart: 34, headerLength: 53, segmentSize: 10))),
            TransmitOffload(.segments(.init(networkStart: 14, isIPv4: true, transportStart: 34, headerLength: 100, segmentSize: 10))),
            TransmitOffload(.segments(.init(networkStart: 14, isIPv4: true, transportStart: 240, headerLength: 260, segmentSize: 10))),
            TransmitOffload(.segments(.init(networkStart: .max, isIPv4: true, transportStart: .min, headerLength: 0, segmentSize: 10))),
        ])
    func badOffloads(offload: TransmitOffload) throws {
        let bench = try RingBench()
        #expect(try bench.append([60, 40], offload) == .refused(.badOffload))
        #expect(bench.ring.tail == 0)
    }

    @Test("a context is written when it differs from the card's last one, and again after a reset")
    func contexts() throws {
        let bench = try RingBench(count: 64)
        #expect(try bench.append([60, 40], checksum) == .queued)
        #expect(bench.first(0) == 14 | 24 << 8 | 33 << 16 | 34 << 32 | 50 << 40)
        #expect(bench.word(0) == 1 << 29)
        #expect(bench.word(1) == 60 | 1 << 20 | 1 << 25 | 1 << 29 | 0b11 << 40)
        #expect(bench.word(2) == 40 | 1 << 20 | 1 << 24 | 1 << 25 | 1 << 27 | 1 << 29 | 0b11 << 40)
        // The same for another length: the card knows. A frame without offload between changes nothing.
        #expect(try bench.append([60, 140]) == .queued)
        #expect(try bench.append([60, 140], checksum) == .queued)
        #expect(bench.ring.used == 7)
        // Segments: the payload's length is part of what the card knows.
        #expect(try bench.append([54, 2000], segments(1460)) == .queued)
        #expect(bench.word(7) == 2000 | 1 << 24 | 1 << 25 | 1 << 26 | 1 << 29 | 54 << 40 | 1460 << 48)
        #expect(bench.word(8) == 54 | 1 << 20 | 1 << 25 | 1 << 26 | 1 << 29 | 0b11 << 40)
        #expect(try bench.append([54, 2000], segments(1460)) == .queued)
        #expect(bench.ring.used == 12)
        #expect(try bench.append([54, 2001], segments(1460)) == .queued)
        #expect(bench.ring.used == 15)
        #expect(bench.ring.pendingBytes == 100 + 200 + 200 + 2054 + 2054 + 2055)
        #expect(bench.ring.abandon(into: &bench.pool) == 6)
        #expect(try bench.append([54, 2001], segments(1460)) == .queued)
        #expect(bench.ring.used == 3)
        // IPv6 has no checksum of its own; where it starts matters to its length.
        #expect(try bench.append([74, 2000], segments(100, isIPv4: false)) == .queued)
        #expect(bench.first(18) == 14 | 53 << 16 | 54 << 32 | 70 << 40)
        #expect(bench.word(18) == 2000 | 1 << 24 | 1 << 26 | 1 << 29 | 74 << 40 | 100 << 48)
        #expect(bench.word(19) == 74 | 1 << 20 | 1 << 25 | 1 << 26 | 1 << 29 | 0b10 << 40)
        _ = bench.ring.abandon(into: &bench.pool)
        #expect(bench.pool.available == 64)
    }

    @Test("a tag goes into the special field, of a single packet too; none longer than an untagged frame may be")
    func tags() throws {
        let bench = try RingBench()
        #expect(bench.append(packet: 1514, tag: 0x602a))
        #expect(bench.word(0) == 1514 | 1 << 24 | 1 << 25 | 1 << 27 | 1 << 30 | 0x602a << 48)
        #expect(!bench.append(packet: 1515, tag: 0x602a))
        #expect(!bench.append(packet: 0, tag: 0x602a))
        #expect(try bench.append([60, 40], TransmitOffload(vlanTag: 0x2001)) == .queued)
        #expect(bench.word(1) == 60 | 1 << 25 | 1 << 30 | 0x2001 << 48)
        #expect(bench.word(2) == 40 | 1 << 24 | 1 << 25 | 1 << 27 | 1 << 30 | 0x2001 << 48)
        // A single packet alone leaves the ring as it was: all descriptors are frames.
        try bench.commit()
        for position in 0..<3 { bench.finish(position) }
        #expect(bench.reclaim() == 2)
        #expect(bench.append(packet: 60, tag: 1))
        #expect(!bench.isMixed)
    }

    @Test("with sparse reports, RS is on every so manieth frame and the last of a commit; one report frees all before it")
    func sparse() throws {
        let bench = try RingBench(count: 64, reportEvery: 4)
        for _ in 0..<10 { #expect(bench.append(packet: 60)) }
        let written = (0..<10).map { bench.word($0) & TransmitDescriptor.RS }
        #expect(written.allSatisfy { $0 == 0 })
        try bench.commit()
        let reported = (0..<10).filter { bench.word($0) & TransmitDescriptor.RS != 0 }
        #expect(reported == [3, 7, 9])
        #expect(bench.reclaim() == 0)
        bench.finish(3)
        #expect(bench.reclaim() == 4)
        #expect(bench.ring.pending == 6)
        // The card works in order: the last report stands for the one before, but that one was asked for and is waited for.
        bench.finish(7)
        bench.finish(9)
        #expect(bench.reclaim() == 6)
        // A batch of one is reported.
        #expect(bench.append(packet: 60))
        try bench.commit()
        #expect(bench.word(10) & TransmitDescriptor.RS != 0)
        // A frame of several descriptors is reported at its end.
        #expect(try bench.append([60, 40, 30, 20, 10, 5]) == .queued)
        #expect(bench.append(packet: 60))
        try bench.commit()
        let later = (11..<18).filter { bench.word($0) & TransmitDescriptor.RS != 0 }
        #expect(later == [16, 17])
        #expect(bench.ring.abandon(into: &bench.pool) == 3)
        #expect(bench.pool.available == 64)
    }

    @Test("interrupts wait for the timers where a delay is configured: IDE in each descriptor")
    func interruptDelay() throws {
        let fake = FakeCard()
        let device = fake.device()
        let memory = device.dma
        var configuration = Configuration()
        configuration.moderation.transmitDelay = 10_240
        var card = try Controller(device, configuration: configuration)
        let base = try #require(fake.written.last { $0.offset == TDBAL.offset }).value
        func word(_ position: Int) -> UInt64 {
            (memory.base + Int(UInt64(base) - memory.busAddress) + 16 * position + 8).load(as: UInt64.self)
        }
        fake.sending = .never
        try queue(1, on: &card)
        try card.setModeration(InterruptModeration())
        try queue(1, on: &card)
        #expect(word(0) == 3 | 1 << 24 | 1 << 25 | 1 << 27 | 1 << 31)
        #expect(word(1) == 3 | 1 << 24 | 1 << 25 | 1 << 27)
    }

    @Test("reports that no ring can wait for are refused", arguments: [(UInt32(0), UInt32(64)), (17, 64), (257, 4096), (3, 8)])
    func reportEvery(run: (every: UInt32, ring: UInt32)) {
        var configuration = Configuration()
        (configuration.reportEvery, configuration.transmitDescriptors) = (run.every, run.ring)
        let fake = FakeCard()
        do {
            _ = try Controller(fake.device(), configuration: configuration)
            Issue.record("accepted")
        } catch {
            #expect(error.kind == .refused && "\(error)".contains("a report for every \(run.every)"), "\(error)")
        }
        #expect(fake.written.isEmpty)
    }

    @Test("waits for descriptors and packets, not for frames")
    func waitForRoom() throws {
        let fake = FakeCard()
        fake.sending = .late
        var configuration = Configuration()
        (configuration.transmitDescriptors, configuration.receiveDescriptors, configuration.spareBuffers) = (8, 8, 0)
        var card = try Controller(fake.device(), configuration: configuration)
        #expect(card.freeDescriptors == 7)
        #expect(card.freePackets == 8)
        guard let chain = card.chain(copying: [UInt8](repeating: 1, count: 1000), headerLength: 14) else {
            throw DeviceError(.invalid, "test", "no chain")
        }
        switch card.append(chain) {
        case .queued: break
        case .full(let chain): card.put(chain)
        case .refused(let chain, _): card.put(chain)
        }
        #expect(card.pendingFrames == 1)
        #expect(card.freeDescriptors == 5)
        #expect(card.room == 5)
        #expect(try card.waitForRoom(descriptors: 5, nanoseconds: 0))
        #expect(try !card.waitForRoom(descriptors: 6, nanoseconds: 0))
        #expect(try card.waitForRoom(descriptors: 7, packets: 8, nanoseconds: 1_000_000_000))
        #expect(card.freeDescriptors == 7)
        #expect(try !card.waitForRoom(descriptors: 7, packets: 9, nanoseconds: 1_000_000))
    }
}
