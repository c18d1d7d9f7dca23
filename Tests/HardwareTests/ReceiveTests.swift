import Clocks
import DeviceAccess
import E1000
import Frames
import Glibc
import TestSupport
import Testing

@Suite("Receive", .serialized, .needsOtherEnd)
struct ReceiveTests {
    /// Takes frames off the card until `count` are there or nothing comes for a second (after the model's own delay).
    private func collect(_ count: Int, from card: inout Controller, idle: Int64 = 1_000_000_000) throws -> [[UInt8]] {
        var frames: [[UInt8]] = []
        while frames.count < count, try card.waitForFrame(nanoseconds: idle + card.nanosecondsUntilReceiving) {
            while let packet = card.receive() {
                frames.append(packet.copy())
                card.put(packet)
            }
            try card.commit()
        }
        return frames
    }

    @Test("10,000 frames from a peer, paced to the ring, arrive intact", arguments: TestCard.all, [UInt32(8), 256])
    func paced(on kind: TestCard, ring: UInt32) throws {
        let bench = Bench(kind, withPeer: true)
        defer { bench.end() }
        var card = try bench.card(ring: ring)
        usleep(UInt32(card.nanosecondsUntilReceiving / 1000) + 20_000)
        let count = kind.manyFrames
        // One less than the ring's free descriptors at a time.
        let burst = Int(ring) - 2
        var sent = 0
        var intact = 0
        while sent < count {
            let size = min(burst, count - sent)
            for number in sent..<sent + size {
                let frame = QEMUBench.broadcast(number, length: 60 + (number * 7919) % 1455)
                let taken = bench.deliver(frame)
                #expect(taken)
            }
            for (offset, frame) in try collect(size, from: &card).enumerated() {
                let number = sent + offset
                if frame == QEMUBench.broadcast(number, length: 60 + (number * 7919) % 1455) { intact += 1 }
            }
            sent += size
            if intact != sent { break }
        }
        #expect(intact == count)
        let statistics = try card.readStatistics()
        #expect(statistics.received == UInt64(count))
        #expect(statistics.dropped == 0)
        #expect(card.receiveTrouble.badFrames == 0)
        #expect(try card.close() == 0)
    }

    @Test("a burst larger than the ring: what arrives and what the card counts as lost are all of it", arguments: TestCard.all)
    func burst(on kind: TestCard) throws {
        let bench = Bench(kind, withPeer: true)
        defer { bench.end() }
        var card = try bench.card(ring: 8)
        usleep(UInt32(card.nanosecondsUntilReceiving / 1000) + 20_000)
        // As many as QEMU's socket takes, or more than the card's own memory of 48 KB, without anyone taking them off the ring.
        let most = kind.isSim ? 600 : 200
        var sent = 0
        while sent < most, bench.deliver(QEMUBench.broadcast(sent, length: 100), waiting: false) { sent += 1 }
        #expect(sent > 8)
        usleep(100_000)
        let frames = try collect(sent, from: &card)
        let statistics = try card.readStatistics()
        #expect(statistics.received == UInt64(frames.count))
        #expect(UInt64(frames.count) + statistics.missed == UInt64(sent))
        // Those that arrived are in order and whole.
        let numbers = frames.map { frame in frame[6..<10].reduce(0) { $0 << 8 | Int($1) } }
        #expect(numbers == numbers.sorted() && Set(numbers).count == numbers.count)
        #expect(zip(numbers, frames).allSatisfy { QEMUBench.broadcast($0, length: 100) == $1 })
    }

    @Test("a held packet is not overwritten, and a pool without buffers keeps frames on the ring", arguments: TestCard.all)
    func poolEmpty(on kind: TestCard) throws {
        let bench = Bench(kind, withPeer: true)
        defer { bench.end() }
        var configuration = Configuration()
        configuration.transmitDescriptors = 8
        configuration.receiveDescriptors = 8
        configuration.spareBuffers = 0
        var card = try bench.card(configuration)
        usleep(UInt32(card.nanosecondsUntilReceiving / 1000) + 20_000)
        // The pool's 8 spare buffers are those of the transmit ring.
        guard var held = card.packet() else { throw Stuck() }
        held.fill([1, 2, 3])
        var others: [[UInt8]] = []
        // QEMU's hub, between two cards, loses what a ring does not take; a real card's own memory, or a socket, keeps it.
        let burst = kind.isPCI ? 7 : 20
        for first in stride(from: 0, to: 20, by: burst) {
            let numbers = first..<min(20, first + burst)
            for number in numbers { #expect(bench.deliver(QEMUBench.broadcast(number, length: 64))) }
            others += try collect(numbers.count, from: &card)
        }
        #expect(others == (0..<20).map { QEMUBench.broadcast($0, length: 64) })
        #expect(held.copy() == [1, 2, 3])
        card.put(held)
    }

    @Test("a wait ends by a frame, by its bound, or by the descriptor that it was given", arguments: TestCard.all)
    func waits(on kind: TestCard) throws {
        let bench = Bench(kind, withPeer: true)
        defer { bench.end() }
        var card = try bench.card()
        usleep(UInt32(card.nanosecondsUntilReceiving / 1000) + 20_000)

        var start = Clocks.monotonic
        #expect(try !card.waitForFrame(nanoseconds: 50_000_000))
        #expect(Clocks.monotonic - start >= 50_000_000)
        #expect(Clocks.monotonic - start < 1_000_000_000)

        _ = bench.deliver(QEMUBench.broadcast(1, length: 60))
        start = Clocks.monotonic
        #expect(try card.waitForFrame(nanoseconds: 5_000_000_000))
        #expect(Clocks.monotonic - start < 1_000_000_000)
        if let packet = card.receive() {
            #expect(packet.copy() == QEMUBench.broadcast(1, length: 60))
            card.put(packet)
        }
        try card.commit()

        var pipes: [Int32] = [-1, -1]
        #expect(pipe(&pipes) == 0)
        defer { for end in pipes { close(end) } }
        write(pipes[1], [0], 1)
        start = Clocks.monotonic
        #expect(try !card.waitForFrame(nanoseconds: 5_000_000_000, wake: pipes[0]))
        #expect(Clocks.monotonic - start < 1_000_000_000)
    }

    /// On one model: it is QEMU's network that is tested with it; the simulated card has none.
    @Test("ARP with QEMU's user network: the gateway answers", .needsQEMU("the network is QEMU's"))
    func arp() throws {
        let bench = QEMUBench(netdev: "user")
        defer { bench.end() }
        var card = try bench.card()
        let own = try #require(IPv4Address("10.0.2.15"))
        let gateway = try #require(IPv4Address("10.0.2.2"))
        try send(1, through: &card) { _ in ARPPacket.request(for: gateway, from: qemuDefaultAddress, ip: own).frame }
        let replies = try collect(1, from: &card).compactMap { ARPPacket(frame: $0) }
        let reply = try #require(replies.first)
        #expect(reply.operation == .reply)
        #expect(reply.senderIP == gateway)
        #expect(reply.targetMAC == qemuDefaultAddress)
        #expect(card.macAddress == qemuDefaultAddress)
    }

    /// QEMU's default address.
    private var qemuDefaultAddress: MACAddress { MACAddress(rawValue: 0x5254_0012_3456) }
}
