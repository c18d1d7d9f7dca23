import Clocks
import DeviceAccess
@testable import E1000
import Glibc
import Testing

@Suite("Watch")
struct WatchTests {
    @Test("a transmitter that stops is reported within 2 s, whatever bound was given, and goes on after a recovery that counts the lost")
    func hang() throws {
        let fake = FakeCard()
        var card = try Controller(fake.device())
        try queue(10, on: &card)
        try card.commit()
        #expect(try card.checkHealth() == .working)
        fake.sending = .never
        try queue(7, on: &card)
        try card.commit()
        let start = Clocks.monotonic
        do {
            _ = try card.waitUntilPending(atMost: 0, nanoseconds: 60_000_000_000)
            Issue.record("no hang was seen")
        } catch {
            #expect(error.kind == .stopped && error.what == "transmitter", "\(error)")
            #expect("\(error)".contains("7 frames wait"), "\(error)")
        }
        #expect(Clocks.monotonic - start >= Controller.hangBound)
        #expect(Clocks.monotonic - start < 2_000_000_000)

        fake.sending = .atOnce
        let room = card.room
        #expect(try card.recover() == 7)
        #expect(card.room == room + 7 && card.pendingFrames == 0)
        let counters = try card.readStatistics().driver
        #expect(counters.recoveries == 1 && counters.lostFrames == 7 && counters.lostBytes == 7 * 3)
        try queue(200, on: &card)
        try card.commit()
        #expect(try card.waitUntilPending(atMost: 0, nanoseconds: 1_000_000_000))
        #expect(try card.checkHealth() == .working)
        #expect(try card.close() == 0)
    }

    @Test("a recovery with chains on the ring: losses are said in frames, no buffer is gone, and the card is told its context again")
    func chains() throws {
        let fake = FakeCard()
        var configuration = Configuration()
        (configuration.transmitDescriptors, configuration.maximumFrame) = (64, 9000)
        var card = try Controller(fake.device(), configuration: configuration)
        let (descriptors, packets) = (card.freeDescriptors, card.freePackets)
        func append(_ length: Int, _ offload: TransmitOffload = .none, to card: inout Controller) throws {
            guard let chain = card.chain(copying: [UInt8](repeating: 1, count: length), headerLength: 64) else {
                throw DeviceError(.invalid, "test", "no chain")
            }
            switch card.append(chain, offload: offload) {
            case .queued: break
            case .full(let chain): card.put(chain)
            case .refused(let chain, _): card.put(chain)
            }
        }
        let checksum = TransmitOffload.checksum(start: 34, offset: 16)
        // Sent before, and counted nowhere below.
        try append(5000, checksum, to: &card)
        try card.commit()
        fake.sending = .never
        for _ in 0..<2 {
            try append(9000, to: &card)
            try append(1000, checksum, to: &card)
            try queue(3, on: &card)
            // Another context on the ring, and one frame that the card has not been told of.
            try append(3000, .checksum(start: 34, offset: 6), to: &card)
            try card.commit()
            try append(500, to: &card)
            card.reclaim()
            #expect(card.pendingFrames == 7)
            #expect(card.freeDescriptors < descriptors - 7 && card.freePackets < packets - 7)
            #expect(try card.recover() == 7)
            #expect(card.pendingFrames == 0 && card.pendingBytes == 0)
            #expect(card.freeDescriptors == descriptors && card.freePackets == packets)
        }
        let counters = try card.readStatistics().driver
        #expect(counters.lostFrames == 14 && counters.lostBytes == 2 * (9000 + 1000 + 9 + 3000 + 500))
        // A chain of two parts and a context: the reset card has forgotten.
        try append(1000, .checksum(start: 34, offset: 6), to: &card)
        #expect(card.freeDescriptors == descriptors - 3)
        fake.sending = .atOnce
        #expect(try card.waitUntilPending(atMost: 0, nanoseconds: 1_000_000_000))
        #expect(card.freeDescriptors == descriptors && card.freePackets == packets)
        #expect(try card.close() == 0)
    }

    @Test("a link that is down is no hang, and its time does not count when it is up again")
    func linkDown() throws {
        let fake = FakeCard()
        fake.sending = .never
        var card = try Controller(fake.device())
        try queue(1, on: &card)
        try card.commit()
        #expect(try card.checkHealth() == .working)
        fake.hasLink = false
        let start = Clocks.monotonic
        while Clocks.monotonic - start < Controller.hangBound + 100_000_000 {
            usleep(100_000)
            #expect(try card.checkHealth() == .linkDown)
        }
        fake.hasLink = true
        #expect(try card.checkHealth() == .working)
    }

    @Test("a card that somebody else has reset is noticed at once, and goes on after a recovery")
    func reset() throws {
        let fake = FakeCard()
        var card = try Controller(fake.device())
        for register in [RCTL.offset, TCTL.offset] {
            fake.enables[register] = 0
            #expect(try card.checkHealth() == .wasReset)
            do {
                try card.throwIfStopped()
                Issue.record("it was reset")
            } catch {
                #expect(error.kind == .stopped && error.what == "card", "\(error)")
            }
            #expect(try card.recover() == 0)
            #expect(try card.checkHealth() == .working)
        }
    }

    @Test("a recovery leaves flow control as it was set", arguments: [FlowControl.receive, .transmit, []])
    func pauses(asked: FlowControl) throws {
        let fake = FakeCard()
        var card = try Controller(fake.device())
        try card.setFlowControl(asked)
        try card.recover()
        let control = try card.device.registers.read(CTRL.self)
        #expect(control & (CTRL.RFCE | CTRL.TFCE) == (asked.contains(.receive) ? CTRL.RFCE : 0) | (asked.contains(.transmit) ? CTRL.TFCE : 0))
        #expect(fake.written.last { $0.offset == FCT.offset }?.value == (asked.isEmpty ? 0 : 0x8808))
    }

    @Test("a card that is gone is not called hung")
    func vanished() throws {
        let fake = FakeCard()
        fake.sending = .never
        var card = try Controller(fake.device())
        try queue(1, on: &card)
        try card.commit()
        fake.isGone = true
        do {
            _ = try card.checkHealth()
            Issue.record("it is gone")
        } catch {
            #expect(error.kind == .vanished)
        }
        do {
            try card.recover()
            Issue.record("it is gone")
        } catch {
            #expect(error.kind == .vanished)
        }
        // A wait for a frame notices without an interrupt.
        let start = Clocks.monotonic
        do {
            _ = try card.waitForFrame(nanoseconds: 60_000_000_000)
            Issue.record("it is gone")
        } catch {
            #expect(error.kind == .vanished)
        }
        #expect(Clocks.monotonic - start < 2_000_000_000)
    }

    @Test("frames that nobody committed are not the card's: no hang")
    func uncommitted() throws {
        let fake = FakeCard()
        var card = try Controller(fake.device())
        guard var packet = card.packet() else { throw DeviceError(.invalid, "test", "no packet") }
        packet.fill([1])
        switch card.append(packet) {
        case .queued: break
        case .full(let packet): card.put(packet)
        case .refused(let packet): card.put(packet)
        }
        #expect(card.pendingFrames == 1)
        #expect(try card.checkHealth() == .working)
        usleep(UInt32(Controller.hangBound / 1000))
        #expect(try card.checkHealth() == .working)
        #expect(try card.close() == 1)
    }
}
