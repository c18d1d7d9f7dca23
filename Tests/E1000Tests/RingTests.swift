import DeviceAccess
@testable import E1000
import Testing

@Suite("Rings")
struct RingTests {
    private func withRings(
        _ count: UInt32 = 8, spare: Int = 8,
        _ body: (FakeMemory, inout PacketPool, inout TransmitRing, inout ReceiveRing) throws -> Void
    ) throws {
        let fake = FakeMemory()
        var arena = DMAArena(fake.memory)
        var transmit = try TransmitRing(count: count, in: &arena)
        var pool = try PacketPool(count: Int(count) + spare, in: &arena)
        var receive = try ReceiveRing(count: count, in: &arena, from: &pool)
        try body(fake, &pool, &transmit, &receive)
    }

    @Test("one tail write a batch, none for an empty one; DD reclaims in order and never past what was committed")
    func transmit() throws {
        try withRings { fake, pool, ring, _ in
            try ring.commit(fake.registers)
            #expect(fake.written.isEmpty)
            for _ in 0..<3 { #expect(queue([1, 2, 3], &pool, &ring)) }
            try ring.commit(fake.registers)
            try ring.commit(fake.registers)
            #expect(fake.written.map(\.offset) == [TDT.offset] && fake.written.map(\.value) == [3])

            #expect(ring.reclaim(into: &pool) == 0)
            // The second is done before the first: nothing comes back yet.
            fake.status(of: 1, ring: ring.busAddress).pointee |= TransmitDescriptor.DD
            #expect(ring.reclaim(into: &pool) == 0)
            fake.status(of: 0, ring: ring.busAddress).pointee |= TransmitDescriptor.DD
            #expect(ring.reclaim(into: &pool) == 2)
            #expect(ring.pending == 1)
            // Appended, not committed: a stale DD there means nothing.
            #expect(queue([4], &pool, &ring))
            fake.status(of: 2, ring: ring.busAddress).pointee |= TransmitDescriptor.DD
            fake.status(of: 3, ring: ring.busAddress).pointee |= TransmitDescriptor.DD
            #expect(ring.reclaim(into: &pool) == 1)
            #expect(ring.abandon(into: &pool) == 1)
            #expect(pool.available == 8)
        }
    }

    @Test("the ring wraps many times at sizes that are no power of two", arguments: [UInt32(8), 24, 56])
    func wrap(count: UInt32) throws {
        try withRings(count, spare: Int(count)) { fake, pool, ring, _ in
            var position = 0
            for _ in 0..<500 {
                #expect(queue([UInt8](repeating: 9, count: 60), &pool, &ring))
                try ring.commit(fake.registers)
                let status = fake.status(of: position, ring: ring.busAddress)
                #expect(status.pointee == 60 | TransmitDescriptor.EOP | TransmitDescriptor.IFCS | TransmitDescriptor.RS)
                status.pointee |= TransmitDescriptor.DD
                #expect(ring.reclaim(into: &pool) == 1)
                position = (position + 1) % Int(count)
            }
            #expect(fake.written.last?.value == UInt32(500 % Int(count)))
        }
    }

    @Test(
        "what the card says of a frame is not believed: bad ones are counted, skipped and their descriptors given back",
        arguments: [
            ("length 0", ReceiveDescriptor.EOP), ("longer than its buffer", ReceiveDescriptor.EOP | 2049),
            ("CRC error", ReceiveDescriptor.EOP | 60 | 1 << 40), ("receive data error", ReceiveDescriptor.EOP | 60 | 1 << 47),
        ])
    func badFrames(what: String, word: UInt64) throws {
        try withRings { fake, pool, _, ring in
            fake.status(of: 0, ring: ring.busAddress).pointee = word | ReceiveDescriptor.DD
            fake.status(of: 1, ring: ring.busAddress).pointee = 60 | ReceiveDescriptor.DD | ReceiveDescriptor.EOP
            let free = pool.available
            guard let packet = ring.next(from: &pool) else {
                Issue.record("the good frame behind it did not come")
                return
            }
            #expect(packet.length == 60)
            pool.put(packet)
            #expect(ring.badFrames == 1)
            #expect(pool.available == free)
            let another = ring.next(from: &pool)
            if let another { pool.put(another); Issue.record("a third frame") }
            try ring.commit(fake.registers)
            #expect(fake.written.map(\.value) == [1])
        }
    }

    @Test("a frame over several buffers is one bad frame")
    func spread() throws {
        try withRings { fake, pool, _, ring in
            for position in 0..<3 {
                fake.status(of: position, ring: ring.busAddress).pointee =
                    2048 | ReceiveDescriptor.DD | (position == 2 ? ReceiveDescriptor.EOP : 0)
            }
            let packet = ring.next(from: &pool)
            if let packet { pool.put(packet); Issue.record("a part was handed out") }
            #expect(ring.badFrames == 1)
        }
    }

    @Test("without a fresh buffer the frame stays on the ring and comes later")
    func noBuffer() throws {
        try withRings(8, spare: 1) { fake, pool, _, ring in
            guard let held = pool.get() else {
                Issue.record("no spare buffer")
                return
            }
            fake.status(of: 0, ring: ring.busAddress).pointee = 60 | ReceiveDescriptor.DD | ReceiveDescriptor.EOP
            let none = ring.next(from: &pool)
            if let none { pool.put(none); Issue.record("handed out without a refill") }
            #expect(ring.refillMisses == 1)
            let waits = ring.hasFrame
            #expect(waits)
            pool.put(held)
            guard let packet = ring.next(from: &pool) else {
                Issue.record("the frame was lost")
                return
            }
            pool.put(packet)
        }
    }

    @Test("DMA memory: aligned, disjoint, zeroed, and refused when it ends")
    func arena() throws {
        let fake = FakeMemory()
        var arena = DMAArena(fake.memory)
        fake.base.initializeMemory(as: UInt8.self, repeating: 0xaa, count: fake.size)
        let first = try arena.allocate(100, alignment: 16)
        let second = try arena.allocate(100, alignment: 2048)
        #expect(second.busAddress % 2048 == 0)
        #expect(second.busAddress >= first.busAddress + 100)
        #expect((0..<100).allSatisfy { second.base.load(fromByteOffset: $0, as: UInt8.self) == 0 })
        #expect(throws: DeviceError.self) { _ = try arena.allocate(fake.size, alignment: 1) }
    }
}
