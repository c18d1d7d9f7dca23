import DeviceAccess
@testable import E1000
import TestSupport
import Testing

@Suite("Chains of packets")
struct PacketChainTests {
    private func withPool(_ count: Int, _ body: (inout PacketPool) throws -> Void) throws {
        let fake = FakeMemory()
        var arena = DMAArena(fake.memory)
        var pool = try PacketPool(count: count, in: &arena)
        try body(&pool)
        #expect(pool.available == count)
    }

    private func bytes(_ count: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) } }

    private func lengths(_ chain: borrowing PacketChain) -> [Int] {
        var lengths: [Int] = []
        chain.forEachPart { lengths.append($0.byteCount) }
        return lengths
    }

    private func headLength(_ chain: borrowing PacketChain) -> Int { chain.head.byteCount }

    @Test(
        "bytes are spread over as many buffers as they need, headers in one of their own, and read back in order",
        arguments: [
            (0, 0, []), (1, 0, [1]), (2048, 0, [2048]), (2049, 0, [2048, 1]), (5000, 54, [54, 2048, 2048, 850]), (54, 54, [54]),
            (40, 54, [40]), (10_240, 0, [2048, 2048, 2048, 2048, 2048]), (4096, 2048, [2048, 2048]),
        ])
    func copying(run: (count: Int, headerLength: Int, lengths: [Int])) throws {
        try withPool(5) { pool in
            let frame = bytes(run.count)
            guard let chain = pool.chain(copying: frame, headerLength: run.headerLength) else {
                Issue.record("not enough buffers")
                return
            }
            let found = lengths(chain)
            #expect(found == run.lengths)
            #expect(chain.count == run.lengths.count)
            #expect(chain.length == run.count)
            #expect(pool.available == 5 - run.lengths.count)
            let copy = chain.copy()
            #expect(copy == frame)
            let head = headLength(chain)
            #expect(head == run.lengths.first ?? 0)
            pool.put(chain)
        }
    }

    @Test("without enough buffers there is no chain, and none is taken")
    func notEnough() throws {
        try withPool(3) { pool in
            if let chain = pool.chain(copying: bytes(3 * 2048 + 1)) { pool.put(chain); Issue.record("one too many") }
            if let chain = pool.chain(copying: bytes(2 * 2048 + 20), headerLength: 14) { Issue.record("one too many"); pool.put(chain) }
            #expect(pool.available == 3)
        }
    }

    @Test("packets go in at the end and out at the front, as they were; two chains of one pool do not mix")
    func append() throws {
        try withPool(6) { pool in
            var one = pool.chain()
            var other = pool.chain()
            for number in 0..<6 {
                guard var packet = pool.get() else { throw DeviceError(.invalid, "test", "no packet") }
                packet.fill([UInt8](repeating: UInt8(number), count: number + 1))
                if number % 2 == 0 { one.append(packet) } else { other.append(packet) }
            }
            #expect([one.count, one.length] == [3, 9])
            #expect([other.count, other.length] == [3, 12])
            var head = one.mutableHead
            head[0] = 0x55
            for expected in [[0x55], [UInt8](repeating: 2, count: 3), [UInt8](repeating: 4, count: 5)] {
                guard let packet = one.popFirst() else { throw DeviceError(.invalid, "test", "no packet") }
                let copy = packet.copy()
                #expect(copy == expected)
                pool.put(packet)
            }
            #expect([one.count, one.length] == [0, 0])
            if let packet = one.popFirst() { pool.put(packet); Issue.record("a fourth") }
            let rest = other.copy()
            #expect(rest == [1, 1, 3, 3, 3, 3, 5, 5, 5, 5, 5, 5])
            // Emptied, it takes packets again.
            if let packet = pool.get() { one.append(packet) }
            #expect(one.count == 1)
            pool.put(other)
            pool.put(one)
        }
    }

    @Test("a received chain has its frame's tag")
    func status() throws {
        try withPool(2) { pool in
            var chain = PacketChain(pool.chains, status: 0x602a << 16 | 0b1011)
            for _ in 0..<2 {
                if let offset = pool.getOffset() { chain.link(offset, length: 2000) }
            }
            let tag = chain.vlanTag
            #expect(tag == 0x602a)
            #expect(chain.length == 4000)
            pool.put(chain)
        }
    }

    @Test("a chain that is dropped with a part traps, an empty one does not")
    func leak() async {
        await #expect(processExitsWith: .failure) {
            let fake = FakeMemory()
            var arena = DMAArena(fake.memory)
            var pool = try PacketPool(count: 4, in: &arena)
            let chain = pool.chain(copying: [1])
            _ = consume chain
        }
        await #expect(processExitsWith: .success) {
            let fake = FakeMemory()
            var arena = DMAArena(fake.memory)
            var pool = try PacketPool(count: 4, in: &arena)
            if let chain = pool.chain(copying: [1]) { pool.put(chain) }
            let chain = pool.chain()
            _ = consume chain
        }
    }

    @Test("a packet or a chain of another pool traps")
    func foreign() async {
        await #expect(processExitsWith: .failure) {
            let fake = FakeMemory()
            var arena = DMAArena(fake.memory)
            var pool = try PacketPool(count: 4, in: &arena)
            var other = try PacketPool(count: 4, in: &arena)
            if let packet = other.get() {
                let chain = pool.chain(packet)
                pool.put(chain)
            }
        }
        await #expect(processExitsWith: .failure) {
            let fake = FakeMemory()
            var arena = DMAArena(fake.memory)
            var pool = try PacketPool(count: 4, in: &arena)
            var other = try PacketPool(count: 4, in: &arena)
            if let chain = other.chain(copying: [1]) { pool.put(chain) }
        }
    }
}
