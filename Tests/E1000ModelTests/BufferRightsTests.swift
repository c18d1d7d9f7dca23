import CVolatile
import DeviceAccess
@testable import E1000
@testable import E1000Model
import Testing

/// Drivers, cards and programs that are wrong on purpose, each in one step: it is found who touched what is not his.
@Suite("Whose a buffer is", .serialized)
struct BufferRightsTests {
    private static let size = PacketPool.bufferSize

    /// A card that is open and has a link; its memory knows whose each buffer is.
    private struct Stage: ~Copyable {
        let sim: SimDevice
        var card: Controller

        init(longest: UInt32 = 1514) throws {
            var options = SimDevice.Options()
            (options.dmaSize, options.negotiationTime) = (1 << 20, 0)
            let sim = SimDevice(options, clock: VirtualClock(step: 60_000))
            var configuration = Configuration()
            (configuration.transmitDescriptors, configuration.receiveDescriptors, configuration.spareBuffers) = (8, 8, 8)
            configuration.maximumFrame = longest
            let card = try Controller(sim.device(), configuration: configuration)
            sim.step()
            try PoolBooks(card).tell(sim.memory, of: card)
            self.sim = sim
            self.card = card
        }

        func tell() throws { try PoolBooks(card).tell(sim.memory, of: card) }

        func deliver(_ count: Int, length: Int = 60) { for _ in 0..<count { sim.deliver(Rig.frame(to: Rig.broadcast, length: length)) } }

        func busAddress(of buffer: Int) -> UInt64 { card.pool.memory.busAddress + UInt64(buffer * size) }

        /// A descriptor gets another buffer than the driver's books say.
        func point(_ memory: DMAMemory, _ position: Int, to buffer: Int) {
            volatile_store_u64(memory.base + position * 16, busAddress(of: buffer))
        }

        /// A free buffer, by its number.
        var free: Int { Int(card.pool.free[0]) / size }

        mutating func queue() throws {
            guard var packet = card.packet() else { throw Broken("no packet") }
            sim.memory.setRights(.program, of: packet.number(in: card))
            packet.fill(Rig.frame())
            guard case .queued = card.append(packet) else { throw Broken("no room") }
        }

        private let size = PacketPool.bufferSize
    }

    @Test("nothing is found where nothing is wrong")
    func right() throws {
        var stage = try Stage()
        for _ in 0..<20 {
            try stage.queue()
            stage.deliver(1)
            try stage.tell()
            try stage.card.commit()
            #expect(stage.card.reclaim() == 1)
            let packet = stage.card.receive()
            if let packet { stage.card.put(packet) } else { Issue.record("nothing was received") }
            try stage.tell()
        }
        #expect(stage.sim.sent.count == 20 && stage.sim.card.violations.isEmpty)
    }

    @Test("a driver that sends from a free buffer: the card's read is refused, and stops it")
    func sendsFree() throws {
        var stage = try Stage()
        try stage.queue()
        stage.point(stage.card.transmitRing.memory, 0, to: stage.free)
        try stage.tell()
        try stage.card.commit()
        #expect(stage.sim.card.violations == [.illegalRead(address: stage.busAddress(of: stage.free), count: 60)])
        #expect(stage.sim.sent.isEmpty)
    }

    @Test("a driver that gives the card a packet's buffer to receive into while the program has it")
    func receivesIntoPacket() throws {
        var stage = try Stage()
        guard let packet = stage.card.packet() else { throw Broken("no packet") }
        let number = packet.number(in: stage.card)
        // The one descriptor that is not the card's yet; it will be the eighth.
        stage.point(stage.card.receiveRing.memory, 7, to: number)
        try stage.tell()
        stage.deliver(7)
        for _ in 0..<7 { if let received = stage.card.receive() { stage.card.put(received) } }
        try stage.tell()
        try stage.card.commit()
        #expect(stage.sim.card.violations.isEmpty)
        stage.deliver(1)
        #expect(stage.sim.card.violations == [.illegalWrite(address: stage.busAddress(of: number), count: 60)])
        stage.card.put(packet)
    }

    @Test("a card that takes its buffers for longer than they are writes into none")
    func overrun() throws {
        let stage = try Stage(longest: 4000)
        stage.sim.card[.RCTL] |= RCTLBits.BSEX
        stage.deliver(1, length: 3000)
        let first = Int(stage.card.receiveRing.buffers[0]) / Self.size
        #expect(stage.sim.card.violations == [.illegalWrite(address: stage.busAddress(of: first), count: 3000)])
    }

    @Test("a buffer that is given back while it is on a ring is in two places; one that nobody has is the program's")
    func books() throws {
        var stage = try Stage()
        let received = stage.card.receiveRing.buffers[3]
        guard let taken = stage.card.pool.getOffset() else { throw Broken("no buffer") }
        #expect(try PoolBooks(stage.card).handedOut == [Int(taken) / Self.size])
        stage.card.pool.putOffset(received)
        #expect(throws: Broken.self) { try stage.tell() }
        _ = stage.card.pool.getOffset()
        stage.card.pool.putOffset(taken)
        try stage.queue()
        let sent = stage.card.transmitRing.buffers[0]
        stage.card.pool.putOffset(sent)
        #expect(throws: Broken.self) { try stage.tell() }
        _ = stage.card.pool.getOffset()
        try stage.tell()
    }

    @Test("under another driver, and after the end of one, the memory is whole again")
    func end() throws {
        let sim: SimDevice
        do {
            let stage = try Stage()
            sim = stage.sim
            #expect(sim.memory.watchedBuffers == 24)
        }
        #expect(sim.memory.watchedBuffers == 0)
        let base = sim.memory.base
        #expect(!AddressSanitizer.isPoisoned(base) && !AddressSanitizer.isPoisoned(base + (1 << 20) - 1))
    }

    // MARK: Under AddressSanitizer

    private static let reason: Comment = "needs AddressSanitizer: 'make seeds'"

    @Test("buffers are poisoned but for the program's, also after the card wrote to one", .enabled(if: AddressSanitizer.isHere, reason))
    func poison() throws {
        var stage = try Stage()
        let base = stage.card.pool.memory.base
        let first = Int(stage.card.receiveRing.buffers[0])
        #expect(AddressSanitizer.isPoisoned(base + first) && AddressSanitizer.isPoisoned(base + stage.free * Self.size))
        stage.deliver(1)
        #expect(stage.sim.card.violations.isEmpty && AddressSanitizer.isPoisoned(base + first))
        guard let packet = stage.card.receive() else { throw Broken("nothing was received") }
        try stage.tell()
        #expect(!AddressSanitizer.isPoisoned(base + first) && !AddressSanitizer.isPoisoned(base + first + Self.size - 1))
        #expect(AddressSanitizer.isPoisoned(base + first + Self.size) && packet.copy() == Rig.frame(to: Rig.broadcast))
        stage.card.put(packet)
        try stage.tell()
        #expect(AddressSanitizer.isPoisoned(base + first))
    }

    /// A program fills its packet, and so many bytes more.
    private static func fill(beyond: Int) throws {
        var stage = try Stage()
        guard var packet = stage.card.packet() else { throw Broken("no packet") }
        try stage.tell()
        packet.fill([UInt8](repeating: 1, count: size))
        for position in size..<size + beyond { packet.buffer.storeBytes(of: 2, toByteOffset: position, as: UInt8.self) }
        stage.card.put(packet)
    }

    @Test("a program that writes a byte past its buffer, into a free one, is ended there", .enabled(if: AddressSanitizer.isHere, reason))
    func past() async {
        await #expect(processExitsWith: .success) { try BufferRightsTests.fill(beyond: 0) }
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) { try BufferRightsTests.fill(beyond: 1) }
        let report = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        #expect(report.contains("use-after-poison"))
    }
}
