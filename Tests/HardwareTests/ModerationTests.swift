import Clocks
import DeviceAccess
@testable import E1000
import E1000Model
import Glibc
import Testing

/// Interrupts that are held back (3.2.7, 3.4.3): there are fewer, every frame arrives, and none later than was asked for.
@Suite("Interrupt moderation, on each model", .serialized, .needsOtherEnd)
struct ModerationTests {
    /// Beyond the moderation, for a busy machine; an interrupt that got lost costs a second.
    private static let slack: Int64 = 500_000_000
    private static let milliseconds: Int64 = 1_000_000
    /// Longer than a bound and the slack, all in all: an interrupt that only comes after the last frame is too late for the first.
    private static let count = 200
    private static let pace: Int64 = 3 * milliseconds

    /// The 82544GC has neither ITR nor RADV nor TADV (table 13-2); that QEMU's has them is no promise.
    private static let withBounds = TestCard.all.filter { $0 != .sim(.i82544GC) && $0.qemuModel != "e1000-82544gc" }
    /// QEMU's `e1000` and its relatives have no RDTR by itself: with RADV, they hold back what follows an interrupt.
    private static let withDelay = TestCard.all.filter { $0.qemuModel == nil || $0.qemuModel == "e1000e" }

    private func needsBounds(_ card: borrowing Controller) throws {
        if card.model.name == "82544GC" { try skip("the 82544GC has neither ITR nor RADV nor TADV") }
    }

    private func expectAll(_ frames: PacedFrames, _ arrivals: PacedFrames.Arrivals, within bound: Int64) {
        #expect(arrivals.numbers == Array(0..<frames.times.count))
        #expect(arrivals.lateness.allSatisfy { $0 >= 0 })
        let latest = arrivals.lateness.max() ?? .max
        #expect(latest <= bound + Self.slack, "the latest came \(latest) ns after it was sent")
    }

    /// Frames at a pace, with and without.
    ///
    /// - Parameters:
    ///   - interval: the least time between two interrupts.
    ///   - bound: the latest that a frame may be told of.
    private func compare(_ kind: TestCard, _ moderation: InterruptModeration, atMostEvery interval: Int64, within bound: Int64) throws {
        let bench = Bench(kind, withPeer: true)
        defer { bench.end() }
        // So large that its descriptors never run out, which is an interrupt of its own (RXDMT0).
        var card = try bench.card(ring: 512)
        try needsBounds(card)
        settle(card)
        let frames = PacedFrames(Self.count, every: Self.pace)
        let usual = try frames.receive(bench, &card)
        expectAll(frames, usual, within: 0)

        try card.setModeration(moderation)
        let moderated = try frames.receive(bench, &card)
        expectAll(frames, moderated, within: bound)
        // One at once, and one for each whole interval.
        let most = 2 + UInt64(moderated.duration / interval)
        #expect(moderated.interrupts <= most, "\(moderated.interrupts) in \(moderated.duration) ns")
        #expect(usual.interrupts > 2 * moderated.interrupts, "\(usual.interrupts) without, \(moderated.interrupts) with")

        // Off again.
        try card.setModeration(InterruptModeration())
        let again = try frames.receive(bench, &card)
        expectAll(frames, again, within: 0)
        #expect(again.interrupts > 2 * moderated.interrupts, "\(again.interrupts) afterwards")
    }

    @Test("ITR: no two interrupts closer than the interval", arguments: withBounds)
    func interval(on kind: TestCard) throws {
        var moderation = InterruptModeration()
        moderation.interval = 16 * Self.milliseconds
        try compare(kind, moderation, atMostEvery: moderation.interval, within: moderation.interval)
    }

    @Test("RDTR and RADV: frames that follow one another put the interrupt off, up to the bound", arguments: withBounds)
    func receiveBound(on kind: TestCard) throws {
        var moderation = InterruptModeration()
        (moderation.receiveDelay, moderation.receiveBound) = (20 * Self.milliseconds, 30 * Self.milliseconds)
        // Where the sender pauses, the delay is over before the bound.
        try compare(kind, moderation, atMostEvery: moderation.receiveDelay, within: moderation.receiveBound)
    }

    @Test(
        "RDTR: an interrupt for each burst of frames, after the delay",
        .enabled(if: !withDelay.isEmpty, "QEMU's e1000 and its relatives have no RDTR by itself"), arguments: withDelay)
    func receiveDelay(on kind: TestCard) throws {
        let bench = Bench(kind, withPeer: true)
        defer { bench.end() }
        var card = try bench.card(ring: 64)
        settle(card)
        var moderation = InterruptModeration()
        moderation.receiveDelay = 20 * Self.milliseconds
        try card.setModeration(moderation)
        let frames = PacedFrames(bursts: 6, of: 10, every: Self.milliseconds, pause: 80 * Self.milliseconds)
        let arrivals = try frames.receive(bench, &card)
        // The first of a burst waits for the others.
        expectAll(frames, arrivals, within: 9 * Self.milliseconds + moderation.receiveDelay)
        #expect((arrivals.lateness.max() ?? 0) >= moderation.receiveDelay)
        // A sender that stops in the middle of a burst makes two of it.
        #expect(arrivals.interrupts < UInt64(frames.times.count / 2), "\(arrivals.interrupts) of 6 bursts")
    }

    /// Sends frames at a pace, with the interrupt of each report (TXDW) let through.
    ///
    /// - Returns: interrupts, nanoseconds of all of it, and of the longest that a frame's report was not told of.
    private func send(_ count: Int, through card: inout Controller) throws -> (interrupts: Int64, duration: Int64, longest: Int64) {
        var (interrupts, longest): (Int64, Int64) = (0, 0)
        /// When the oldest frame was sent that nothing was told of.
        var oldest: Int64?
        try card.device.registers.write(IMS.self, InterruptCause.TXDW)
        let start = Clocks.monotonic
        for number in 0..<count {
            card.reclaim()
            let isQueued = append(QEMUBench.frame(number, length: 60), to: &card)
            #expect(isQueued)
            let sentAt = Clocks.monotonic
            oldest = oldest ?? sentAt
            try card.commit()
            let isLast = number == count - 1
            let due = isLast ? sentAt + 2_000_000_000 : start + Int64(number + 1) * Self.pace
            while case let left = due - Clocks.monotonic, left > 0, !isLast || oldest != nil {
                try card.device.enableInterrupt()
                guard try card.device.waitForInterrupt(nanoseconds: left) else { continue }
                interrupts += 1
                longest = max(longest, Clocks.monotonic - (oldest ?? .max))
                oldest = nil
                try card.acknowledge()
            }
        }
        try card.device.registers.write(IMC.self, InterruptCause.TXDW)
        card.reclaim()
        return (interrupts, Clocks.monotonic - start, oldest == nil ? longest : .max)
    }

    @Test("TIDV and TADV: reports of sent frames put the interrupt off, up to the bound", arguments: withBounds)
    func transmitBound(on kind: TestCard) throws {
        let bench = Bench(kind)
        defer { bench.end() }
        var card = try bench.card(ring: 64)
        try needsBounds(card)
        settle(card)
        // The link comes up with an interrupt of its own.
        while try !card.linkState().isUp { usleep(10_000) }
        let usual = try send(Self.count, through: &card)
        #expect(card.pendingFrames == 0 && usual.longest <= Self.slack, "\(usual)")

        var moderation = InterruptModeration()
        (moderation.transmitDelay, moderation.transmitBound) = (20 * Self.milliseconds, 30 * Self.milliseconds)
        try card.setModeration(moderation)
        let moderated = try send(Self.count, through: &card)
        #expect(card.pendingFrames == 0 && moderated.longest <= moderation.transmitBound + Self.slack, "\(moderated)")
        // Where the sender pauses, the delay is over before the bound.
        #expect(moderated.interrupts <= 2 + moderated.duration / moderation.transmitDelay, "\(moderated)")
        #expect(usual.interrupts > 2 * moderated.interrupts, "\(usual.interrupts) without, \(moderated.interrupts) with")
        let frames = (0..<Self.count).map { bench.onWire(QEMUBench.frame($0, length: 60)) }
        #expect(try bench.wire() == frames + frames)
    }
}
