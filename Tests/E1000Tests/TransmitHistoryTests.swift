import DeviceAccess
@testable import E1000
import TestSupport
import Testing

/// Random histories of one ring: packets and chains with random offloads, against a card that finishes frames when it likes.
@Suite("Histories of the transmit ring")
struct TransmitHistoryTests {
    /// What a card makes of the descriptors, from the bytes alone.
    private struct Card {
        let fake: FakeMemory
        let ring: UInt64
        let count: Int
        var head = 0
        var tail = 0
        var context: (UInt64, UInt64)?
        /// What went out, and what the card was told before.
        var frames: [(bytes: [UInt8], context: (UInt64, UInt64)?)] = []

        /// Takes at most so many whole frames off the ring.
        mutating func work(_ most: Int) {
            var left = most
            while left > 0, head != tail {
                left -= 1
                var bytes: [UInt8] = []
                while true {
                    let second = fake.status(of: head, ring: ring)
                    let (first, word) = ((second - 1).pointee, second.pointee)
                    let isExtended = word & 1 << 29 != 0
                    head = (head + 1) % count
                    if isExtended && word >> 20 & 0xf == 0 {
                        context = (first, word)
                        continue
                    }
                    let start = fake.base + Int(first - 0x4000_0000)
                    bytes += UnsafeRawBufferPointer(start: start, count: Int(word & 0xffff))
                    if word & 1 << 27 != 0 { second.pointee = word | 1 << 32 }
                    if word & 1 << 24 != 0 {
                        frames.append((bytes, isExtended ? context : nil))
                        break
                    }
                    precondition(head != tail, "half a frame was given to the card")
                }
            }
        }
    }

    private static func offload(_ kind: Int, _ size: Int) -> TransmitOffload {
        switch kind {
        case 0: .none
        case 1: .checksum(start: 14, offset: 6)
        case 2: TransmitOffload(.checksums(network: .init(start: 14, field: 24, end: 34), transport: nil))
        default:
            TransmitOffload(
                .segments(.init(networkStart: 14, isIPv4: true, transportStart: 34, headerLength: 54, segmentSize: size)))
        }
    }

    @Test(
        "every frame arrives once, in order, with its context; every buffer comes back once; what is counted is right",
        arguments: [UInt32(8), 24, 64], [UInt32(1), 2, 6])
    func histories(count: UInt32, reportEvery: UInt32) throws {
        guard reportEvery <= count / 4 else { return }
        for seed in 0..<40 { try history(seed: UInt64(seed) << 8 | UInt64(count), count: count, reportEvery: reportEvery) }
    }

    private func history(seed: UInt64, count: UInt32, reportEvery: UInt32) throws {
        var random = SplitMix(seed: seed)
        let fake = FakeMemory()
        var arena = DMAArena(fake.memory)
        var ring = try TransmitRing(count: count, reportEvery: reportEvery, in: &arena)
        let buffers = Int(count) + 10
        var pool = try PacketPool(count: buffers, in: &arena)
        var card = Card(fake: fake, ring: ring.busAddress, count: Int(count))
        var accepted: [(bytes: [UInt8], context: ContextDescriptor?)] = []
        var reclaimed = 0
        for step in 0..<300 {
            switch Int.random(in: 0..<8, using: &random) {
            case 0...1:
                guard var packet = pool.get() else { break }
                let frame = [UInt8](repeating: UInt8(truncatingIfNeeded: step), count: .random(in: 1...100, using: &random))
                packet.fill(frame)
                let hadRoom = ring.room > 0
                switch ring.append(packet, from: pool) {
                case .queued:
                    accepted.append((frame, nil))
                    #expect(hadRoom)
                case .full(let packet):
                    pool.put(packet)
                    #expect(!hadRoom)
                case .refused(let packet):
                    pool.put(packet)
                    Issue.record("refused")
                }
            case 2...4:
                let frame = (0..<Int.random(in: 60...300, using: &random)).map { UInt8(truncatingIfNeeded: step &+ $0) }
                let offload = Self.offload(.random(in: 0...3, using: &random), .random(in: 10...12, using: &random))
                var chain = pool.chain()
                var start = 0
                while start < frame.count, var packet = pool.get() {
                    let end = min(frame.count, start + Int.random(in: 1...150, using: &random))
                    packet.fill(Array(frame[start..<end]))
                    chain.append(packet)
                    start = end
                }
                guard start == frame.count else {
                    pool.put(chain)
                    break
                }
                let parts = UInt32(chain.count)
                let context = offload.context(length: frame.count)
                let needed = parts + (context == nil || context == ring.cardContext ? 0 : 1)
                let (room, tail) = (ring.room, ring.tail)
                switch ring.append(chain, offload: offload, from: pool) {
                case .queued:
                    accepted.append((frame, context))
                    #expect(needed <= room)
                    #expect(ring.room == room - needed)
                case .full(let chain):
                    #expect(needed > room)
                    #expect(ring.tail == tail)
                    let copy = chain.copy()
                    #expect(copy == frame)
                    pool.put(chain)
                case .refused(let chain, let why):
                    #expect(why == .tooManyParts)
                    #expect(parts + (context == nil ? 0 : 1) >= count)
                    pool.put(chain)
                }
            case 5:
                try ring.commit(fake.registers)
                card.tail = Int(fake.written.last?.value ?? 0)
            case 6: card.work(.random(in: 0...3, using: &random))
            default: reclaimed += Int(ring.reclaim(into: &pool))
            }
            #expect(Int(ring.pending) == accepted.count - reclaimed)
            #expect(pool.available + Int(ring.used) >= buffers)
        }
        try ring.commit(fake.registers)
        card.tail = Int(ring.tail)
        if seed % 2 == 0 {
            card.work(.max)
            reclaimed += Int(ring.reclaim(into: &pool))
            #expect(reclaimed == accepted.count, "the last frame of a commit is reported")
            #expect(ring.room == count - 1)
        }
        #expect(reclaimed + Int(ring.abandon(into: &pool)) == accepted.count)
        #expect(ring.room == count - 1)
        #expect(!ring.isMixed || reportEvery > 1)
        #expect(card.frames.count <= accepted.count)
        for (found, expected) in zip(card.frames, accepted) {
            #expect(found.bytes == expected.bytes)
            #expect(found.context?.0 == expected.context?.offsets)
            #expect(found.context?.1 == expected.context?.word)
        }
        // Each buffer once.
        #expect(pool.available == buffers)
        var seen: Set<UInt32> = []
        while let offset = pool.getOffset() { seen.insert(offset) }
        #expect(seen.count == buffers)
    }
}
