import DeviceAccess
import E1000
import Frames
import Glibc
import TestSupport
import Testing

/// QEMU's names of all models that the driver drives.
let allModels = CardModel.all.map(\.qemuName)

/// Takes frames off the card until `count` are there or nothing comes for `idle` (after the model's own delay).
func receive(_ count: Int, from card: inout Controller, idle: Int64 = 2_000_000_000) throws -> [[UInt8]] {
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

/// Waits until the card's model receives at all.
func settle(_ card: borrowing Controller) {
    usleep(UInt32(card.nanosecondsUntilReceiving / 1000) + 20_000)
}

@Suite("All models", .serialized)
struct ModelTests {
    @Test("each model comes up with its own address, and sends in order, byte for byte", arguments: allModels, [UInt32(8), 256])
    func transmit(model: String, ring: UInt32) throws {
        let bench = QEMUBench(model: model)
        defer { bench.end() }
        var options = bench.options
        options.macAddress = "02:12:34:56:78:9a"
        var configuration = Configuration()
        (configuration.transmitDescriptors, configuration.receiveDescriptors) = (ring, 8)
        var card = try Controller(try QEMUDevice.start(options), configuration: configuration)
        #expect(card.model.qemuName == model)
        #expect(card.macAddress == MACAddress("02:12:34:56:78:9a"))
        let count = 2000
        // QEMU's e1000e sends nothing that is shorter than an Ethernet header.
        let shortest = model == "e1000e" ? 14 : 1
        func frame(_ number: Int) -> [UInt8] { QEMUBench.frame(number, length: shortest + (number * 7919) % (1515 - shortest)) }
        try send(count, through: &card, frame: frame)
        #expect(try bench.wire() == (0..<count).map(frame))
        #expect(try card.readStatistics().sent == UInt64(count))
        #expect(try card.close() == 0)
    }

    @Test("each model receives intact what fits its ring, by interrupts", arguments: allModels)
    func receives(model: String) throws {
        let bench = QEMUBench(model: model, withPeer: true)
        defer { bench.end() }
        var card = try bench.card(ring: 64)
        settle(card)
        let count = 2000
        var arrived: [[UInt8]] = []
        while arrived.count < count {
            let burst = arrived.count..<min(arrived.count + 60, count)
            for number in burst {
                let frame = QEMUBench.broadcast(number, length: 60 + (number * 7919) % 1455)
                #expect(Glibc.send(bench.peer, frame, frame.count, 0) == frame.count)
            }
            let frames = try receive(burst.count, from: &card)
            arrived += frames
            guard frames.count == burst.count else { break }
        }
        #expect(arrived == (0..<count).map { QEMUBench.broadcast($0, length: 60 + ($0 * 7919) % 1455) })
        let statistics = try card.readStatistics()
        #expect(statistics.received == UInt64(count) && statistics.dropped == 0)
    }

    @Test("each model waits for a frame without spinning: an idle wait ends at its bound, a frame ends it at once", arguments: allModels)
    func idle(model: String) throws {
        let bench = QEMUBench(model: model, withPeer: true)
        defer { bench.end() }
        var card = try bench.card(ring: 8)
        settle(card)
        #expect(try !card.waitForFrame(nanoseconds: 50_000_000))
        for number in 0..<5 {
            let frame = QEMUBench.broadcast(number, length: 60)
            #expect(Glibc.send(bench.peer, frame, frame.count, 0) == frame.count)
            #expect(try receive(1, from: &card) == [frame])
            #expect(try !card.waitForFrame(nanoseconds: 5_000_000))
        }
    }

    @Test("a burst larger than the ring: what arrived and what was missed are all of it, read twice", arguments: allModels)
    func overrun(model: String) throws {
        let bench = QEMUBench(model: model, withPeer: true)
        defer { bench.end() }
        var card = try bench.card(ring: 8)
        settle(card)
        var sent = 0
        while sent < 100, Glibc.send(bench.peer, QEMUBench.broadcast(sent, length: 100), 100, Int32(MSG_DONTWAIT)) == 100 { sent += 1 }
        usleep(200_000)
        let frames = try receive(sent, from: &card, idle: 500_000_000)
        let statistics = try card.readStatistics()
        #expect(statistics.received == UInt64(frames.count))
        #expect(UInt64(frames.count) + statistics.missed == UInt64(sent))
        let again = try card.readStatistics()
        let different = Counter.allCases.filter { $0 != .IAC && again[$0] != statistics[$0] }
        #expect(different.isEmpty, "what was counted is not counted again")
    }
}
