import Clocks
import DeviceAccess
import E1000
import Frames
import Glibc
import TestSupport
import Testing

@Suite("PHY, link settings, lights, recovery on each model", .serialized)
struct LinkSettingsTests {
    private func value(_ name: String, of card: borrowing Controller) throws -> UInt32 {
        try #require(card.readRegisters().first { $0.entry.name == name }).values[0]
    }

    @Test("the PHY is the model's; autonegotiation restarts and comes back; a forced speed is what registers say", arguments: TestCard.all)
    func phy(kind: TestCard) throws {
        let bench = Bench(kind)
        defer { bench.end() }
        var card = try bench.card(ring: 8)
        let identifier = try card.phyState().identifier & ~0xf
        #expect(card.model.phy.contains(identifier), "0x\(String(identifier, radix: 16))")

        try card.setLink(.autonegotiate([.full100, .full1000]))
        #expect(try card.readPHY(.ANAR) & 0x0fe0 == 1 << 8)
        #expect(try becomes { try card.linkState().isUp && card.phyState().isNegotiated })
        #expect(try card.phyState().isLinkUp)

        try card.setLink(.forced(speed: 100, fullDuplex: false))
        #expect(try card.readPHY(.BMCR) & (BMCR.ANE | BMCR.SPEED_100 | BMCR.FULL_DUPLEX) == BMCR.SPEED_100)
        #expect(try value("CTRL", of: card) & (1 << 11 | 1 << 12 | 0b11 << 8 | 1) == 1 << 11 | 1 << 12 | 1 << 8)
        try card.setLink(.forced(speed: 10, fullDuplex: true))
        #expect(try card.readPHY(.BMCR) & (BMCR.ANE | BMCR.SPEED_100 | BMCR.FULL_DUPLEX) == BMCR.FULL_DUPLEX)
        #expect(throws: DeviceError.self) { try card.setLink(.forced(speed: 1000, fullDuplex: true)) }

        try card.setLink(.autonegotiate(.all))
        #expect(try becomes { try card.linkState().isUp })
        #expect(try value("CTRL", of: card) & (1 << 11 | 1 << 12) == 0)
        try send(5, through: &card) { QEMUBench.frame($0, length: 60) }
    }

    /// Within 5 s.
    private func becomes(_ condition: () throws -> Bool) throws -> Bool {
        let deadline = Clocks.monotonic + 5_000_000_000
        while Clocks.monotonic < deadline {
            if try condition() { return true }
            usleep(20_000)
        }
        return false
    }

    @Test("PHY loopback: what is sent comes back and the wire sees nothing; afterwards it does", .needsOtherEnd, arguments: TestCard.all)
    func loopback(kind: TestCard) throws {
        let bench = Bench(kind)
        defer { bench.end() }
        var card = try bench.card(ring: 64)
        try card.setLoopback(true)
        settle(card)
        let frames = (0..<20).map { QEMUBench.broadcast($0, length: 60 + 40 * $0) }
        try send(frames.count, through: &card) { frames[$0] }
        #expect(try receive(frames.count, from: &card) == frames)
        #expect(try bench.wire().isEmpty)
        try card.setLoopback(false)
        #expect(try becomes { try card.linkState().isUp })
        try send(1, through: &card) { _ in frames[0] }
        #expect(try bench.wire() == [frames[0]])
    }

    /// QEMU's `e1000` and its relatives have no flow control: its registers but for CTRL read 0.
    private static let withFlowControl = TestCard.all.filter { $0.qemuModel == nil || $0.qemuModel == "e1000e" }
    /// RFCE and TFCE of CTRL: QEMU's `e1000e` sets both by itself whenever autonegotiation ends, as seen on QEMU 7.2.
    private static let flowControlBits: UInt32 = 3 << 27

    @Test(
        "flow control: the standard's addresses and thresholds below the packet memory's size; off again",
        .enabled(if: !withFlowControl.isEmpty, "QEMU's e1000 and its relatives have no flow control"), arguments: withFlowControl)
    func flowControl(on kind: TestCard) throws {
        let bench = Bench(kind)
        defer { bench.end() }
        var card = try bench.card(ring: 8)
        try card.setFlowControl([.receive, .transmit])
        #expect(try value("CTRL", of: card) & Self.flowControlBits == Self.flowControlBits)
        #expect(try value("FCAL", of: card) == 0x00c2_8001 && value("FCT", of: card) == 0x8808)
        let (low, high, size) = try (value("FCRTL", of: card) & 0xfff8, value("FCRTH", of: card), (value("PBA", of: card) & 0xffff) << 10)
        #expect(low < high && high < size && low > 0, "\(low) \(high) \(size)")
        try card.setFlowControl([])
        #expect(try value("CTRL", of: card) & Self.flowControlBits == 0)
        #expect(try value("FCRTH", of: card) == 0)
    }

    @Test("a recovery keeps a link that was set, flow control, loopback and lights", arguments: TestCard.all)
    func recoveryKeeps(on kind: TestCard) throws {
        let bench = Bench(kind)
        defer { bench.end() }
        var card = try bench.card(ring: 8)
        let names = ["CTRL", "FCAL", "FCAH", "FCT", "FCTTV", "FCRTL", "FCRTH"] + (card.model.name == "82544GC" ? [] : ["LEDCTL"])
        func values(of card: borrowing Controller, _ ignored: UInt32) throws -> [UInt32] {
            var values: [UInt32] = []
            // The inversion of the 82574L's lights follows its link.
            let masks = ["CTRL": ~ignored, "LEDCTL": ~0x0040_4040]
            for name in names { values.append(try value(name, of: card) & masks[name, default: .max]) }
            return values
        }
        func expectKept(_ settings: UInt16, ignoring ignored: UInt32 = 0, by card: inout Controller) throws {
            let before = try values(of: card, ignored)
            #expect(try card.recover() == 0)
            #expect(try values(of: card, ignored) == before)
            #expect(try card.readPHY(.BMCR) & (BMCR.ANE | BMCR.SPEED_100 | BMCR.FULL_DUPLEX | BMCR.LOOPBACK) == settings)
        }
        try card.setFlowControl([.receive, .transmit])
        try card.setPortLights(true)
        try card.setLink(.forced(speed: 100, fullDuplex: true))
        let forced: UInt32 = 1 << 11 | 1 << 12
        #expect(try value("CTRL", of: card) & (forced | Self.flowControlBits) == forced | Self.flowControlBits)
        try expectKept(BMCR.SPEED_100 | BMCR.FULL_DUPLEX, by: &card)
        try card.setLoopback(true)
        try expectKept(BMCR.FULL_DUPLEX | BMCR.LOOPBACK, by: &card)
        settle(card)
        let frames = (0..<5).map { QEMUBench.broadcast($0, length: 80) }
        try send(frames.count, through: &card) { frames[$0] }
        #expect(try receive(frames.count, from: &card) == frames)

        try card.setLoopback(false)
        try expectKept(BMCR.SPEED_100 | BMCR.FULL_DUPLEX, by: &card)
        try card.setLink(.autonegotiate(.all))
        try card.setFlowControl([])
        let ignored = kind.qemuModel == "e1000e" ? Self.flowControlBits : 0
        // Speed and duplex count only where they are forced.
        try expectKept(BMCR.ANE, ignoring: ignored | 0x301, by: &card)
        #expect(try value("CTRL", of: card) & (forced | Self.flowControlBits & ~ignored) == 0)
        #expect(try becomes { try card.linkState().isUp })
    }

    @Test("the port's lights go on and off, and are as before afterwards", arguments: TestCard.all)
    func lights(kind: TestCard) throws {
        let bench = Bench(kind)
        defer { bench.end() }
        var card = try bench.card(ring: 8)
        let register = card.model.name == "82544GC" ? "CTRL" : "LEDCTL"
        let before = try value(register, of: card)
        let lights = try card.portLights()
        try card.setPortLights(true)
        let on = try value(register, of: card)
        try card.setPortLights(false)
        let off = try value(register, of: card)
        #expect(on != off)
        try card.restorePortLights(lights)
        #expect(try value(register, of: card) == before)
    }

    @Test("recovery on a working card: received frames stay, sending and receiving go on", .needsOtherEnd, arguments: TestCard.all)
    func recovery(kind: TestCard) throws {
        let bench = Bench(kind, withPeer: true)
        defer { bench.end() }
        var card = try bench.card(ring: 8)
        settle(card)
        let frames = (0..<9).map { QEMUBench.broadcast($0, length: 80) }
        try send(3, through: &card) { frames[$0] }
        for frame in frames[0..<5] { #expect(bench.deliver(frame)) }
        // One is taken; the others wait on the ring.
        #expect(try card.waitForFrame(nanoseconds: 5_000_000_000))
        var arrived: [[UInt8]] = []
        if let packet = card.receive() {
            arrived.append(packet.copy())
            card.put(packet)
        }
        #expect(try becomes { try card.readStatistics().received == 5 })
        #expect(try card.recover() == 0)
        settle(card)
        #expect(try becomes { try card.linkState().isUp })
        for frame in frames[5..<9] { #expect(bench.deliver(frame)) }
        arrived += try receive(8, from: &card)
        #expect(arrived == frames)
        #expect(try card.readStatistics().received == 9)
        try send(3, through: &card) { frames[$0 + 3] }
        #expect(try card.readStatistics().sent == 6)
    }
}
