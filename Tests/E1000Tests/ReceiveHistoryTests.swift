import DeviceAccess
@testable import E1000
import TestSupport
import Testing

/// Random histories of one ring: a card that stores frames, good and bad, a part at a time, and a program that takes packets or
/// chains when it likes, against what a queue without a ring makes of the same.
@Suite("Histories of the receive ring")
struct ReceiveHistoryTests {
    private static let size = PacketPool.bufferSize

    /// What a card puts into one buffer.
    private struct Part: Equatable {
        let bytes: [UInt8]
        /// What the descriptor says; a lie where it is more than a buffer has.
        var length: Int
        var isLast = false
        var hasError = false
    }

    /// Fills descriptors from its head up to its tail.
    private struct Card {
        let fake: FakeMemory
        let ring: UInt64
        let count: Int
        var head = 0
        var tail: Int
        /// Parts that are still to be stored, those of one frame after another.
        var coming: [Part] = []
        /// What was stored last.
        var last: Part?
        var owned: Int { (tail - head + count) % count }

        /// - Returns: what is in memory now.
        mutating func store(_ most: Int) -> [Part] {
            var stored: [Part] = []
            while stored.count < most, owned > 0, !coming.isEmpty {
                let part = coming.removeFirst()
                let status = fake.status(of: head, ring: ring)
                (fake.base + Int((status - 1).pointee - 0x4000_0000)).copyMemory(from: part.bytes, byteCount: part.bytes.count)
                status.pointee = UInt64(part.length) | ReceiveDescriptor.DD | (part.isLast ? ReceiveDescriptor.EOP : 0)
                    | (part.hasError ? 1 << 40 : 0)
                head = (head + 1) % count
                stored.append(part)
                last = part
            }
            return stored
        }
    }

    /// The same without a ring: parts in a queue.
    private struct Plain {
        let longest: Int
        var parts: [Part] = []
        var skips = false
        var bad: UInt64 = 0
        var misses: UInt64 = 0
        /// Descriptors that were gone through.
        var passed = 0

        enum Outcome: Equatable {
            case nothing, starved
            case frame([UInt8])
        }

        private mutating func pass(_ count: Int) {
            parts.removeFirst(count)
            passed += count
        }

        mutating func single(available: Int) -> Outcome {
            while let first = parts.first {
                if first.isLast, !first.hasError, 1...size ~= first.length, !skips {
                    guard available > 0 else {
                        misses += 1
                        return .starved
                    }
                    pass(1)
                    return .frame(first.bytes)
                }
                if !skips { bad += 1 }
                skips = !first.isLast
                pass(1)
            }
            return .nothing
        }

        mutating func chain(available: Int) -> Outcome {
            while !parts.isEmpty {
                let end = parts.firstIndex(where: \.isLast)
                let frame = parts[...(end ?? parts.count - 1)]
                if skips {
                    skips = end == nil
                    pass(frame.count)
                    continue
                }
                // What no further part can make good.
                let spoilt = frame.enumerated().first { position, part in
                    part.length > size || !part.isLast && (part.length < size || position == longest / size)
                }
                if let (position, part) = spoilt {
                    bad += 1
                    skips = !part.isLast
                    pass(position + 1)
                    continue
                }
                guard let last = frame.last, last.isLast else { return .nothing }
                let bytes = Array(frame.map(\.bytes).joined())
                if last.hasError || !(1...longest ~= bytes.count) {
                    bad += 1
                    pass(frame.count)
                    continue
                }
                guard available >= frame.count else {
                    misses += 1
                    return .starved
                }
                pass(frame.count)
                return .frame(bytes)
            }
            return .nothing
        }

        /// Whether taking a frame would get on.
        var isReady: Bool {
            var copy = self
            return copy.chain(available: .max) != .nothing || copy.passed > passed
        }

        /// Of a frame that has begun the rest does not come any more.
        mutating func restart() {
            let end = parts.lastIndex(where: \.isLast)
            parts.removeLast(parts.count - (end.map { $0 + 1 } ?? 0))
            if parts.isEmpty { skips = false }
        }
    }

    /// The parts of a frame; some cannot be.
    private static func frame(_ number: Int, longest: Int, _ random: inout SplitMix) -> [Part] {
        let isLong = longest > size && Int.random(in: 0..<3, using: &random) == 0
        let lengths = [60, size - 1, size, size + 1, 2 * size, 3 * size - 7, longest, longest + 1].filter { isLong || $0 <= size }
        var length = lengths.randomElement(using: &random) ?? 60
        if !isLong, Bool.random(using: &random) { length = .random(in: 1...200, using: &random) }
        var parts = stride(from: 0, to: length, by: size).map { start in
            let bytes = [UInt8](repeating: UInt8(truncatingIfNeeded: number &+ start / size), count: min(size, length - start))
            return Part(bytes: bytes, length: bytes.count)
        }
        // The CRC alone was in it, and was stripped.
        if Int.random(in: 0..<12, using: &random) == 0, longest > size { parts.append(Part(bytes: [], length: 0)) }
        let last = parts.count - 1
        parts[last].isLast = true
        switch Int.random(in: 0..<16, using: &random) {
        case 0: parts[last].hasError = true
        case 1: parts[.random(in: 0...last, using: &random)].length = .random(in: size + 1...0xffff, using: &random)
        case 2: parts[last].isLast = false
        case 3: parts = [Part(bytes: [], length: 0, isLast: true)]
        default: break
        }
        return parts
    }

    @Test(
        "frames come as they were stored, and only good ones; descriptors, buffers and counters are right after each step",
        arguments: [UInt32(8), 24, 64], [1518, 9018])
    func histories(count: UInt32, longest: Int) throws {
        var frames = 0
        for seed in 0..<6 { frames += try history(seed: UInt64(seed) << 8 | UInt64(count), count: count, longest: longest) }
        #expect(frames > 50)
    }

    /// - Returns: frames that were taken.
    private func history(seed: UInt64, count: UInt32, longest: Int) throws -> Int {
        var random = SplitMix(seed: seed)
        let fake = FakeMemory()
        var arena = DMAArena(fake.memory)
        let buffers = Int(count) + 12
        var pool = try PacketPool(count: buffers, in: &arena)
        var ring = try ReceiveRing(count: count, longestFrame: UInt32(longest), in: &arena, from: &pool)
        var card = Card(fake: fake, ring: ring.busAddress, count: Int(count), tail: Int(count) - 1)
        var plain = Plain(longest: longest)
        /// Buffers that the program keeps.
        var kept: [UInt32] = []
        /// Of the descriptors that the program went through, those that the card was told of.
        var reported = 0
        var taken = 0
        for step in 0..<250 {
            switch Int.random(in: 0..<12, using: &random) {
            case 0...2: card.coming += Self.frame(step, longest: longest, &random)
            case 3...5: plain.parts += card.store(.random(in: 1...4, using: &random))
            case let choice where 6...8 ~= choice:
                let isSingle = choice == 8
                let expected = isSingle ? plain.single(available: pool.available) : plain.chain(available: pool.available)
                let misses = ring.refillMisses
                let frame = isSingle ? ring.takeSingle(&pool) : ring.takeChain(&pool)
                if frame != nil { taken += 1 }
                let outcome: Plain.Outcome = frame.map { .frame($0) } ?? (ring.refillMisses > misses ? .starved : .nothing)
                #expect(outcome == expected)
            case 9:
                let isFlushed = Bool.random(using: &random)
                let isDue = plain.passed - reported >= (isFlushed ? 1 : Int(min(count / 4, 32)))
                let writes = fake.written.count
                if isFlushed { try ring.flush(fake.registers) } else { try ring.commit(fake.registers) }
                #expect(fake.written.count == writes + (isDue ? 1 : 0))
                guard isDue else { break }
                // All but the one before the program's next.
                reported = plain.passed
                card.tail = (reported + Int(count) - 1) % Int(count)
                #expect(fake.written.last?.value == UInt32(card.tail))
            case 10:
                if Bool.random(using: &random) {
                    while kept.count < 12, let offset = pool.getOffset() { kept.append(offset) }
                } else {
                    while let offset = kept.popLast() { pool.putOffset(offset) }
                }
            default:
                guard Int.random(in: 0..<4, using: &random) == 0 else { break }
                // The card is reset: it forgets the frame that it had begun.
                if card.last?.isLast == false { card.coming = Self.rest(card.coming) }
                card.last = nil
                plain.restart()
                ring.restart(in: pool)
                reported = plain.passed
                card.head = (plain.passed + plain.parts.count) % Int(count)
                card.tail = (plain.passed + Int(count) - 1) % Int(count)
                #expect(ring.position == UInt32(card.head) && ring.lastArmed == UInt32(card.tail))
            }
            #expect(ring.occupancy == RingOccupancy(count: count, cardFirst: UInt32(card.head), card: UInt32(card.owned)))
            #expect(Int(ring.waiting) == plain.parts.count && ring.hasFrame == !plain.parts.isEmpty)
            #expect(Int(ring.waitingFrames) == plain.parts.filter(\.isLast).count)
            #expect(ring.isReady == plain.isReady)
            #expect(ring.badFrames == plain.bad && ring.refillMisses == plain.misses)
            #expect(pool.available + kept.count == buffers - Int(count))
        }
        // Each buffer once.
        ring.abandon(into: &pool)
        var seen = Set(kept)
        while let offset = pool.getOffset() { seen.insert(offset) }
        #expect(seen.count == buffers)
        return taken
    }

    /// Without the parts up to the end of a frame.
    private static func rest(_ parts: [Part]) -> [Part] { Array(parts.drop { !$0.isLast }.dropFirst()) }
}

extension ReceiveRing {
    /// The next frame's bytes; its buffers go back.
    fileprivate mutating func takeChain(_ pool: inout PacketPool) -> [UInt8]? {
        guard let chain = nextChain(from: &pool) else { return nil }
        let frame = chain.copy()
        pool.put(chain)
        return frame
    }

    /// The same of a frame in one buffer.
    fileprivate mutating func takeSingle(_ pool: inout PacketPool) -> [UInt8]? {
        guard let packet = next(from: &pool) else { return nil }
        let frame = packet.copy()
        pool.put(packet)
        return frame
    }
}
