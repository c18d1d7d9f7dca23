import DeviceAccess
@testable import E1000
import E1000Model
import Testing

@Suite("Packet path")
struct FastPathTests {
    private func receivable(_ fake: FakeMemory, _ ring: UInt64, at position: Int) {
        fake.status(of: position, ring: ring).pointee = 60 | ReceiveDescriptor.DD | ReceiveDescriptor.EOP
    }

    @Test(
        "one frame at a time: a receive tail write for every 32nd, or for a quarter of a small ring; the card always has the rest",
        arguments: [(UInt32(8), UInt32(2)), (16, 4), (64, 16), (128, 32), (256, 32)])
    func receiveTail(count: UInt32, every: UInt32) throws {
        let fake = FakeMemory()
        var arena = DMAArena(fake.memory)
        var pool = try PacketPool(count: Int(count) + 8, in: &arena)
        var ring = try ReceiveRing(count: count, in: &arena, from: &pool)
        for number in 1...(5 * count) {
            receivable(fake, ring.busAddress, at: Int((number - 1) % count))
            guard let packet = ring.next(from: &pool) else {
                Issue.record("frame \(number) did not come")
                return
            }
            pool.put(packet)
            try ring.commit(fake.registers)
            #expect(ring.tailWrites == UInt64(number / every))
            // From our head to the tail that the card was told of last.
            let told = fake.written.last?.value ?? count - 1
            let held = (told + count - number % count) % count
            #expect(held >= count - every && held >= count * 3 / 4)
        }
        try ring.flush(fake.registers)
        let writes = ring.tailWrites
        try ring.flush(fake.registers)
        #expect(ring.tailWrites == writes)
    }

    @Test("bursts of 32 cost one receive tail write each, of the last descriptor that was refilled")
    func bursts() throws {
        let fake = FakeMemory()
        var arena = DMAArena(fake.memory)
        var pool = try PacketPool(count: 300, in: &arena)
        var ring = try ReceiveRing(count: 256, in: &arena, from: &pool)
        for burst in 0..<40 {
            for position in 0..<32 { receivable(fake, ring.busAddress, at: (burst * 32 + position) % 256) }
            for _ in 0..<32 {
                if let packet = ring.next(from: &pool) { pool.put(packet) }
            }
            try ring.commit(fake.registers)
        }
        #expect(fake.written.map(\.offset) == [UInt32](repeating: RDT.offset, count: 40))
        let last: [UInt32] = (1...40).map { (burst: UInt32) in (burst * 32 + 255) % 256 }
        #expect(fake.written.map(\.value) == last)
    }

    @Test("a wait for frames gives the card everything first")
    func flushed() throws {
        let fake = FakeCard()
        let device = fake.device()
        let memory = device.dma
        var card = try Controller(device)
        let base = try #require(fake.written.last { $0.offset == RDBAL.offset }).value
        let status = memory.base + Int(UInt64(base) - memory.busAddress) + 8
        status.storeBytes(of: 60 | ReceiveDescriptor.DD | ReceiveDescriptor.EOP, as: UInt64.self)
        guard let packet = card.receive() else {
            Issue.record("the frame did not come")
            return
        }
        card.put(packet)
        try card.commit()
        #expect(card.tailWrites.receive == 0)
        #expect(try !card.waitForFrame(nanoseconds: 1_000_000))
        #expect(card.tailWrites.receive == 1)
        let told = try #require(fake.written.last { $0.offset == RDT.offset })
        #expect(told.value == 0)
    }

    @Test(
        "forwarding 320 frames: a transmit tail write a burst, a receive one for 32 frames, no reads",
        arguments: [(1, 320), (8, 40), (32, 10)])
    func accesses(burst: Int, transmitWrites: Int) throws {
        let sim = SimDevice()
        var card = try Controller(sim.device())
        while try !card.linkState().isUp { _ = try sim.waitForInterrupt(nanoseconds: 1_000_000, wake: -1) }
        sim.forgetAccesses()
        for _ in 0..<(320 / burst) {
            for _ in 0..<burst { sim.deliver([UInt8](repeating: 0xff, count: 60)) }
            for _ in 0..<burst {
                guard let packet = card.receive() else {
                    Issue.record("a frame did not come")
                    return
                }
                switch card.append(packet) {
                case .queued: break
                case .full(let packet): card.put(packet)
                case .refused(let packet): card.put(packet)
                }
            }
            try card.commit()
            card.reclaim()
        }
        #expect(sim.sent.count == 320)
        let expected: [UInt32: SimDevice.AccessCounts] = [
            TDT.offset: .init(reads: 0, writes: transmitWrites), RDT.offset: .init(reads: 0, writes: 10),
        ]
        #expect(sim.accesses == expected)
    }

    @Test("mapped registers are told what remote ones are told")
    func mapped() throws {
        let fake = FakeMemory()
        var arena = DMAArena(fake.memory)
        let bar = try arena.allocate(0x20000, alignment: 4096)
        let registers = RegisterSpace(unsafeMapped: bar.base, size: bar.size)
        let mapped = try #require(MappedRegisters(registers))
        var transmit = try TransmitRing(count: 8, in: &arena)
        var pool = try PacketPool(count: 20, in: &arena)
        var receive = try ReceiveRing(count: 8, in: &arena, from: &pool)
        for position in 0..<3 {
            receivable(fake, receive.busAddress, at: position)
            guard let packet = receive.next(from: &pool) else {
                Issue.record("frame \(position) did not come")
                return
            }
            switch transmit.append(packet, from: pool) {
            case .queued: break
            case .full(let packet): pool.put(packet)
            case .refused(let packet): pool.put(packet)
            }
        }
        for _ in 0..<2 {
            transmit.commit(mapped: mapped)
            receive.commit(mapped: mapped)
            #expect(try registers.read(TDT.offset) == 3)
            #expect(try registers.read(RDT.offset) == 2)
            // The second time there was nothing new.
            #expect(transmit.tailWrites == 1)
            #expect(receive.tailWrites == 1)
        }
    }

    @Test("the ring fills to all but one, wherever its head is, and counts what is pending")
    func full() throws {
        let fake = FakeMemory()
        var arena = DMAArena(fake.memory)
        var ring = try TransmitRing(count: 8, in: &arena)
        var pool = try PacketPool(count: 16, in: &arena)
        var position = 0
        for _ in 0..<16 {
            for number in 1...7 {
                #expect(queue([1], &pool, &ring))
                #expect(ring.pending == UInt32(number))
                #expect(ring.room == UInt32(7 - number))
            }
            #expect(!queue([1], &pool, &ring))
            try ring.commit(fake.registers)
            for _ in 0..<7 {
                fake.status(of: position, ring: ring.busAddress).pointee |= TransmitDescriptor.DD
                position = (position + 1) % 8
            }
            #expect(ring.reclaim(into: &pool) == 7)
            #expect(ring.pending == 0)
            #expect(ring.room == 7)
            #expect(pool.available == 16)
        }
    }

    @Test("a packet of another card's pool traps before the card hears of it")
    func foreign() async {
        await #expect(processExitsWith: .failure) {
            let (fake, other) = (FakeMemory(), FakeMemory())
            var arena = DMAArena(fake.memory)
            var otherArena = DMAArena(other.memory)
            var ring = try TransmitRing(count: 8, in: &arena)
            let pool = try PacketPool(count: 16, in: &arena)
            var otherPool = try PacketPool(count: 16, in: &otherArena)
            guard var packet = otherPool.get() else { return }
            packet.fill([1])
            switch ring.append(packet, from: pool) {
            case .queued: break
            case .full(let packet): otherPool.put(packet)
            case .refused(let packet): otherPool.put(packet)
            }
        }
    }

    @Test("a frame is changed in place, and copied from another")
    func mutableBytes() throws {
        let fake = FakeMemory()
        var arena = DMAArena(fake.memory)
        var pool = try PacketPool(count: 4, in: &arena)
        guard var packet = pool.get() else {
            Issue.record("no packet")
            return
        }
        packet.fill([1, 2, 3])
        var bytes = packet.mutableBytes
        bytes[1] = 9
        let changed = packet.copy()
        #expect(changed == [1, 9, 3])
        guard var other = pool.get() else {
            Issue.record("no second packet")
            return
        }
        other.fill(copying: packet)
        let copied = other.copy()
        #expect(copied == [1, 9, 3])
        pool.put(packet)
        pool.put(other)
    }
}
