@testable import E1000Model
import TestSupport
import Testing

@Suite("Ring arithmetic")
struct RingIndicesTests {
    @Test("owned positions are those from head to before tail, for every head and tail", arguments: [UInt32(8), 24, 40])
    func everyPair(count: UInt32) throws {
        for head in 0..<count {
            for tail in 0..<count {
                let ring = try #require(RingIndices(count: count, head: head, tail: tail))
                // Walked step by step, as the card does.
                var owned = Set<UInt32>()
                var position = head
                while position != tail {
                    owned.insert(position)
                    position = ring.next(position)
                }
                let agrees = (0..<count).allSatisfy { ring.owns($0) == owned.contains($0) }
                guard agrees, ring.owned == UInt32(owned.count), ring.owned < count else {
                    Issue.record("count \(count), head \(head), tail \(tail): \(ring.owned)")
                    return
                }
            }
        }
    }

    @Test("head never passes tail and never leaves the ring, over random walks", arguments: 0..<50)
    func walks(seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        let count = UInt32.random(in: 1...16, using: &random) * 8
        var ring = try #require(RingIndices(count: count, head: 0, tail: 0))
        var produced: UInt64 = 0, consumed: UInt64 = 0
        for _ in 0..<200 {
            let room = count - 1 - ring.owned
            let added = UInt32.random(in: 0...room, using: &random)
            produced += UInt64(added)
            ring = try #require(RingIndices(count: count, head: ring.head, tail: UInt32(produced % UInt64(count))))
            for _ in 0..<UInt32.random(in: 0...ring.owned, using: &random) {
                ring.advanceHead()
                consumed += 1
            }
            #expect(UInt64(ring.owned) == produced - consumed && ring.head == UInt32(consumed % UInt64(count)), "seed \(seed)")
        }
    }

    @Test("positions beyond the ring are none")
    func beyond() {
        #expect(RingIndices(count: 8, head: 8, tail: 0) == nil)
        #expect(RingIndices(count: 8, head: 0, tail: 8) == nil)
        #expect(RingIndices(count: 0, head: 0, tail: 0) == nil)
        #expect(RingIndices(count: 8, head: 3, tail: 3)?.owns(8) == false)
    }
}
