import DeviceAccess
@testable import E1000
import Testing

@Suite("Received frames in several buffers")
struct ReceiveChainTests {
    private static let size = PacketPool.bufferSize
    private static let DD = ReceiveDescriptor.DD, EOP = ReceiveDescriptor.EOP

    private func withRing(
        _ count: UInt32 = 8, spare: Int = 8, longest: UInt32 = 9018,
        _ body: (FakeMemory, inout PacketPool, inout ReceiveRing) throws -> Void
    ) throws {
        let fake = FakeMemory()
        var arena = DMAArena(fake.memory)
        var pool = try PacketPool(count: Int(count) + spare, in: &arena)
        var ring = try ReceiveRing(count: count, longestFrame: longest, in: &arena, from: &pool)
        try body(fake, &pool, &ring)
    }

    /// The card stores a frame from a position on: full buffers, the rest in the last.
    private func store(
        _ frame: [UInt8], at position: Int, of ring: borrowing ReceiveRing, _ fake: FakeMemory, last: UInt64 = 0, ends: Bool = true
    ) {
        let starts = Array(stride(from: 0, to: frame.count, by: Self.size))
        for (part, start) in starts.enumerated() {
            let place = (position + part) % Int(ring.count)
            let chunk = frame[start..<min(start + Self.size, frame.count)]
            let status = fake.status(of: place, ring: ring.busAddress)
            let address = (status - 1).pointee
            (fake.base + Int(address - 0x4000_0000)).copyMemory(from: Array(chunk), byteCount: chunk.count)
            let isLast = part == starts.count - 1
            status.pointee = UInt64(chunk.count) | Self.DD | (isLast ? (ends ? Self.EOP : 0) | last : 0)
        }
    }

    private func frame(_ length: Int, _ seed: Int = 1) -> [UInt8] {
        (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8 &+ seed) }
    }

    /// The bytes of the next frame and its parts; its buffers go back.
    private func take(_ ring: inout ReceiveRing, _ pool: inout PacketPool) -> (bytes: [UInt8], parts: Int)? {
        guard let chain = ring.nextChain(from: &pool) else { return nil }
        let result = (chain.copy(), chain.count)
        pool.put(chain)
        return result
    }

    @Test("every length around multiples of a buffer, through a ring that wraps", arguments: [UInt32(8), 24])
    func lengths(count: UInt32) throws {
        try withRing(count) { fake, pool, ring in
            var position = 0
            let free = pool.available
            for round in 0..<3 {
                for multiple in 1...4 {
                    for length in [multiple * Self.size - 1, multiple * Self.size, multiple * Self.size + 1, 60] {
                        let sent = frame(length, round)
                        store(sent, at: position, of: ring, fake)
                        let isReady = ring.isReady
                        #expect(isReady)
                        let got = try #require(take(&ring, &pool))
                        #expect(got.bytes == sent)
                        #expect(got.parts == (length + Self.size - 1) / Self.size)
                        position = (position + got.parts) % Int(count)
                        #expect(pool.available == free)
                    }
                }
            }
            #expect(ring.badFrames == 0)
        }
    }

    @Test("a frame is not there before its last buffer is; what comes behind a last buffer with nothing in it is unharmed")
    func beginning() throws {
        try withRing { fake, pool, ring in
            store(frame(2 * Self.size), at: 0, of: ring, fake, ends: false)
            var isReady = ring.isReady
            #expect(!isReady)
            #expect(take(&ring, &pool) == nil)
            // The CRC was alone in it, and was stripped.
            fake.status(of: 2, ring: ring.busAddress).pointee = Self.DD | Self.EOP
            isReady = ring.isReady
            #expect(isReady)
            let free = pool.available
            let got = try #require(take(&ring, &pool))
            #expect(got.bytes == frame(2 * Self.size) && got.parts == 2 && pool.available == free)
            store(frame(100), at: 3, of: ring, fake)
            #expect(take(&ring, &pool)?.bytes == frame(100))
            try ring.flush(fake.registers)
            #expect(fake.written.last?.value == 3)
        }
    }

    @Test(
        "a bad frame goes as a whole, and gives all its descriptors back",
        arguments: [("an error in its last descriptor", 5000, UInt64(1) << 40), ("longer than the limit", 9019, 0)])
    func bad(what: String, length: Int, last: UInt64) throws {
        try withRing { fake, pool, ring in
            let free = pool.available
            store(frame(length), at: 0, of: ring, fake, last: last)
            let next = (length + Self.size - 1) / Self.size
            store(frame(60), at: next, of: ring, fake)
            #expect(take(&ring, &pool)?.bytes == frame(60))
            #expect(ring.badFrames == 1 && pool.available == free)
            try ring.flush(fake.registers)
            #expect(fake.written.last?.value == UInt32(next))
        }
    }

    @Test("a frame without an end is bad once it is longer than any that may come; the next one is whole")
    func endless() throws {
        try withRing { fake, pool, ring in
            // Five full buffers are 10,240 bytes.
            store(frame(5 * Self.size), at: 0, of: ring, fake, ends: false)
            let isReady = ring.isReady
            #expect(isReady)
            #expect(take(&ring, &pool) == nil)
            #expect(ring.badFrames == 1)
            store(frame(3 * Self.size), at: 5, of: ring, fake, ends: false)
            #expect(take(&ring, &pool) == nil)
            store(frame(10), at: 0, of: ring, fake)
            #expect(take(&ring, &pool) == nil)
            store(frame(3000), at: 1, of: ring, fake)
            #expect(take(&ring, &pool)?.bytes == frame(3000))
            #expect(ring.badFrames == 1)
        }
    }

    @Test("a part that is neither full nor the last makes no frame")
    func gap() throws {
        try withRing { fake, pool, ring in
            store(frame(3000), at: 0, of: ring, fake)
            fake.status(of: 0, ring: ring.busAddress).pointee -= 1
            store(frame(70), at: 2, of: ring, fake)
            #expect(take(&ring, &pool)?.bytes == frame(70))
            #expect(ring.badFrames == 1)
        }
    }

    @Test("without a fresh buffer for each part the frame stays, untouched, and comes later")
    func noBuffers() throws {
        try withRing(spare: 2) { fake, pool, ring in
            store(frame(5000), at: 0, of: ring, fake)
            #expect(take(&ring, &pool) == nil)
            #expect(ring.refillMisses == 1 && pool.available == 2)
            pool.putOffset(UInt32(100 * Self.size))
            guard let chain = ring.nextChain(from: &pool) else {
                Issue.record("the frame was lost")
                return
            }
            #expect(chain.copy() == frame(5000))
            pool.put(chain)
        }
    }

    @Test("receive passes over frames in several buffers; what it has begun to pass over, receiveChain does not hand out")
    func single() throws {
        try withRing { fake, pool, ring in
            store(frame(2 * Self.size), at: 0, of: ring, fake, ends: false)
            let none = ring.next(from: &pool)
            if let none { pool.put(none); Issue.record("a part was handed out") }
            store(frame(100), at: 2, of: ring, fake)
            store(frame(200), at: 3, of: ring, fake)
            #expect(take(&ring, &pool)?.bytes == frame(200))
            #expect(ring.badFrames == 1)
        }
    }

    @Test("a card that claims a frame in every descriptor, those that are not its own too, can be started again")
    func claims() throws {
        for isWhole in [false, true] {
            try withRing { fake, pool, ring in
                for position in 0..<8 { fake.status(of: position, ring: ring.busAddress).pointee = 60 | Self.DD | (isWhole ? Self.EOP : 0) }
                #expect(ring.position == 7)
                ring.restart(in: pool)
                #expect(ring.position == (isWhole ? 7 : 0))
                #expect(ring.lastArmed == 7)
            }
        }
    }

    @Test("what was reported behind a descriptor that never was is no frame once the card starts over before it")
    func hole() throws {
        try withRing { fake, pool, ring in
            store(frame(60), at: 1, of: ring, fake)
            #expect(ring.position == 0)
            ring.restart(in: pool)
            store(frame(70), at: 0, of: ring, fake)
            #expect(take(&ring, &pool)?.bytes == frame(70))
            #expect(take(&ring, &pool) == nil)
            #expect(ring.badFrames == 0)
        }
    }

    @Test("lengths that the card cannot do, and rings and pools that are too small for them, are refused by name")
    func refused() throws {
        func refusal(_ device: UInt16, _ change: (inout Configuration) -> Void) -> String? {
            var configuration = Configuration()
            change(&configuration)
            do {
                try configuration.checkMaximumFrame(try #require(CardModel.find(vendor: CardModel.vendor, device: device)))
                return nil
            } catch { return "\(error)" }
        }
        #expect(refusal(0x10d3) { $0.maximumFrame = 9014 } == nil)
        #expect(refusal(0x10d3) { $0.maximumFrame = 9015 }?.contains("82574L") == true)
        for device: UInt16 in [0x100e, 0x100f, 0x100c] {
            #expect(refusal(device) { $0.maximumFrame = 16376 } == nil)
            #expect(refusal(device) { $0.maximumFrame = 16377 }?.contains("16377") == true)
            #expect(refusal(device) { $0.maximumFrame = 1513 } != nil)
        }
        #expect(refusal(0x100e) { ($0.maximumFrame, $0.receiveDescriptors) = (16376, 8) }?.contains("receive ring") == true)
        #expect(refusal(0x100e) { ($0.maximumFrame, $0.receiveDescriptors) = (16376, 16) } == nil)
    }
}
