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
