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

@Suite("Models", .serialized)
struct ModelTests {
    @Test("each model has the address of its EEPROM", .needsQEMU("QEMU writes the EEPROM for it"), arguments: allModels)
    func address(model: String) throws {
        let bench = QEMUBench(model: model)
        defer { bench.end() }
        var options = bench.options
        options.macAddress = "02:12:34:56:78:9a"
        let card = try Controller(try QEMUDevice.start(options))
        #expect(card.model.qemuName == model)
        #expect(card.macAddress == MACAddress("02:12:34:56:78:9a"))
    }

    @Test("an idle wait ends at its bound, and a frame ends it at once, time and again", .needsOtherEnd, arguments: TestCard.all)
    func idle(kind: TestCard) throws {
        let bench = Bench(kind, withPeer: true)
        defer { bench.end() }
        var card = try bench.card(ring: 8)
        settle(card)
        #expect(try !card.waitForFrame(nanoseconds: 50_000_000))
        for number in 0..<5 {
            let frame = QEMUBench.broadcast(number, length: 60)
            #expect(bench.deliver(frame))
            #expect(try receive(1, from: &card) == [frame])
            #expect(try !card.waitForFrame(nanoseconds: 5_000_000))
        }
        // What was counted is not counted again; interrupts go on.
        let statistics = try card.readStatistics()
        #expect(statistics.received == 5 && statistics[.BPRC] == 5)
        let again = try card.readStatistics()
        #expect(Counter.allCases.filter { $0 != .IAC && again[$0] != statistics[$0] }.isEmpty)
    }
}
