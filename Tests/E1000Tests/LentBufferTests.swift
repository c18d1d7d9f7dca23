import DeviceAccess
@testable import E1000
import Testing

/// A card without a wire, and what is lent of it.
private final class Bench {
    let fake = FakeCard()
    var card: Controller

    init() throws {
        var configuration = Configuration()
        (configuration.transmitDescriptors, configuration.receiveDescriptors, configuration.spareBuffers) = (8, 8, 16)
        card = try Controller(fake.device(), configuration: configuration)
    }

    var available: Int { card.availablePackets }

    func lend() throws -> UnsafeMutableRawPointer {
        guard let packet = card.packet() else { throw DeviceError(.invalid, "test", "no packet") }
        return card.lend(packet)
    }

    func send(_ buffer: UnsafeMutableRawPointer, _ count: Int, at offset: Int = 0) -> LentTransmitResult {
        card.append(lent: UnsafeRawBufferPointer(start: buffer + offset, count: count))
    }

    func sendPacket() throws -> Bool {
        guard var packet = card.packet() else { return false }
        packet.fill([UInt8](repeating: 1, count: 60))
        guard case .queued = card.append(packet) else { return false }
        return true
    }

    func reclaim() throws -> UInt32 {
        try card.commit()
        return card.reclaim()
    }

    func done() -> UInt32 { card.takeLentDone() }
    func takeBack(_ buffer: UnsafeMutableRawPointer) { card.takeBack(buffer) }
    func recover() throws { _ = try card.recover() }
}

@Suite("Buffers that are lent")
struct LentBufferTests {
    @Test("a lent buffer is not the pool's until it is taken back, by any address in it")
    func loan() throws {
        let bench = try Bench()
        let all = bench.available
        let buffer = try bench.lend()
        #expect(bench.available == all - 1)
        #expect(bench.card.bufferAddresses.contains(UInt(bitPattern: buffer)))
        bench.takeBack(buffer + 1999)
        #expect(bench.available == all)
        // The same one again, whole.
        let again = try bench.lend()
        #expect(again == buffer)
    }

    @Test("a part of it is sent where it lies; it stays lent, and is counted once the card has done with it")
    func sending() throws {
        let bench = try Bench()
        let all = bench.available
        let buffer = try bench.lend()
        #expect(bench.send(buffer, 60, at: 100) == .queued)
        #expect(bench.card.pendingFrames == 1 && bench.card.pendingBytes == 60)
        #expect(bench.done() == 0)
        #expect(try bench.reclaim() == 1)
        #expect(bench.done() == 1)
        #expect(bench.done() == 0)
        #expect(bench.available == all - 1)
        // Between frames of the pool, whose buffers go back by themselves.
        #expect(try bench.sendPacket())
        #expect(bench.send(buffer, 60) == .queued)
        #expect(try bench.sendPacket())
        #expect(try bench.reclaim() == 3)
        #expect(bench.done() == 1)
        #expect(bench.available == all - 1)
        bench.takeBack(buffer)
        #expect(bench.available == all)
    }

    @Test("a full ring says so; what is no frame is refused")
    func limits() throws {
        let bench = try Bench()
        let buffer = try bench.lend()
        #expect(bench.send(buffer, 0) == .refused)
        #expect(bench.send(buffer, 1515) == .refused)
        for _ in 0..<7 { #expect(bench.send(buffer, 60) == .queued) }
        #expect(bench.send(buffer, 60) == .full)
        #expect(try bench.reclaim() == 7)
        #expect(bench.done() == 7)
        #expect(bench.send(buffer, 60) == .queued)
    }

    @Test("a card that does not send: its recovery gives lent frames up, and nobody's buffer to the pool")
    func lost() throws {
        let bench = try Bench()
        bench.fake.sending = .never
        let buffer = try bench.lend()
        #expect(bench.send(buffer, 60) == .queued)
        #expect(try bench.reclaim() == 0)
        #expect(bench.done() == 0)
        let level = bench.available
        try bench.recover()
        #expect(bench.done() == 1)
        #expect(bench.available == level)
        bench.takeBack(buffer)
        #expect(bench.available == level + 1)
    }
}
