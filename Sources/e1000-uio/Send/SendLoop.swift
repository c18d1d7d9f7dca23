import CardSelection
import Clocks
import DeviceAccess
import E1000
import ToolSupport

/// A frame and the time when it is to be sent.
struct TimedFrame {
    let bytes: [UInt8]
    /// Nanoseconds after the first frame; 0: at once.
    let due: Int64
}

/// Sends frames through a card: each at its time, never faster than the ring, never into a link that is down.
struct SendLoop: ~Copyable {
    /// Frames a tail write, at most.
    private static let largestBatch: UInt32 = 64
    /// The card sends a full ring of long frames at 10 Mb/s in 5 s.
    private static let drainBound: Int64 = 10_000_000_000
    /// A copper link comes up within 3 s of a reset; switches take longer.
    private static let linkBound: Int64 = 10_000_000_000

    /// A sleep ends late by the kernel's timer slack (50 us, prctl(2)) and a switch of tasks: the rest is waited awake.
    private static let awake: Int64 = 80_000
    /// Waits from here on are long enough to look after the card in between.
    private static let longWait: Int64 = 10_000_000

    private var card: Controller
    private let rules: FrameRules
    private var totals = SendTotals()
    /// When the first frame was due: the link was up then.
    private var start: Int64
    private var hasStarted = false
    private var progress = Progress()
    private var linkWasSeenUp = false
    private var recovery = Recovery()
    /// A frame whose time has not come.
    private var upcoming: TimedFrame?

    /// - Parameter rules: which frames the card is set up for.
    init(_ card: consuming Controller, _ rules: FrameRules = FrameRules(maximum: FrameLength.untagged)) {
        self.card = card
        self.rules = rules
        start = Clocks.monotonic
    }

    /// Sends what `next` gives until it gives `nil` or the user interrupts; returns when the card has reported the last frame done.
    ///
    /// - Parameter report: called with the totals, also when an error ends the sending.
    consuming func run(_ next: () throws -> TimedFrame?, report: (SendTotals) throws -> Void) throws {
        do {
            var more = true
            while more && !Interruption.requested { more = try sendBatch(next) }
            try drain()
        } catch {
            // What was given until then is sent, if the card still can.
            _ = try? card.waitUntilPending(atMost: 0, nanoseconds: 1_000_000_000)
            finish()
            try report(totals)
            throw error
        }
        finish()
        try report(totals)
    }

    private mutating func finish() {
        totals.seconds = Double(Clocks.monotonic - start) / 1e9
        totals.tailWrites = card.tailWrites.transmit
        // What the card never reported done was not sent.
        let counters = card.driverCounters
        (totals.recoveries, totals.lost) = (counters.recoveries, counters.lostFrames)
        totals.frames = framesDone
        totals.bytes -= min(totals.bytes, card.pendingBytes + counters.lostBytes)
        progress.end()
    }

    /// Frames that the card has reported sent, while `totals` counts those that it was given.
    private var framesDone: UInt64 { totals.frames - min(totals.frames, UInt64(card.pendingFrames) + card.driverCounters.lostFrames) }

    /// Sends the frames that are due, after a wait for the first of them.
    ///
    /// - Returns: false after the last frame.
    private mutating func sendBatch(_ next: () throws -> TimedFrame?) throws -> Bool {
        // Before the link: a source that fails, or waits on a pipe, does so first.
        guard let first = try upcoming ?? next() else { return false }
        upcoming = first
        try lookAfterCard()
        try waitForLink()
        guard try wait(until: first.due) else { return true }
        var batch = Lateness.Batch()
        var more = true
        while batch.count < Self.largestBatch {
            guard let frame = try upcoming ?? next() else {
                more = false
                break
            }
            upcoming = frame
            // The clock is read only where a frame has a time.
            if frame.due > 0, frame.due > Clocks.monotonic - start { break }
            upcoming = nil
            try queue(frame.bytes)
            batch.add(due: frame.due)
        }
        try card.commit()
        totals.lateness.add(batch, at: Clocks.monotonic - start)
        card.reclaim()
        // Latched by the card: a break of any length since the last batch is seen here.
        if try card.takeLinkChange() {
            linkWasSeenUp = false
            totals.framesDuringLinkChange += UInt64(batch.count)
        }
        progress.show(totals.interim(seconds: Double(Clocks.monotonic - start) / 1e9))
        return more
    }

    /// Sleeps, and stays awake for the last tens of microseconds.
    ///
    /// - Returns: false when the frame is not due yet: there is time to look at the link, and the user may have interrupted.
    private mutating func wait(until due: Int64) throws -> Bool {
        let left = due - (Clocks.monotonic - start)
        guard left > 0 else { return true }
        guard left < Self.longWait else {
            card.reclaim()
            progress.show("\(totals.frames) frames, \(totals.bytes) bytes sent, the next in \(fixed(Double(left) / 1e9, 1)) s")
            Interruption.sleep(nanoseconds: min(left - Self.longWait / 2, 1_000_000_000))
            if try card.takeLinkChange() { linkWasSeenUp = false }
            try lookAfterCard()
            return false
        }
        if left > Self.awake { guard Interruption.sleep(nanoseconds: left - Self.awake) else { return false } }
        while Clocks.monotonic - start < due {}
        return true
    }

    private mutating func queue(_ frame: [UInt8]) throws {
        if !card.hasRoom(for: frame.count) { try waitForRoom(for: frame.count) }
        guard let chain = card.chain(copying: frame) else { throw Problem("ring", "no packet is free after a wait for room") }
        switch card.append(chain) {
        case .queued:
            totals.frames += 1
            totals.bytes += UInt64(frame.count)
        case .full(let chain):
            card.put(chain)
            throw Problem("ring", "it is full after a wait for room")
        case .refused(let chain, _):
            card.put(chain)
            throw Problem("frame \(totals.frames)", "\(frame.count) bytes cannot be sent", remedy: rules.allowed)
        }
    }

    private mutating func waitForRoom(for length: Int) throws {
        totals.ringFullWaits += 1
        let parts = PacketPool.buffers(for: length)
        // Half of the ring at a time, so that the next wait is not one frame away; and never more than an empty one has.
        let descriptors = min(max(UInt32(parts), card.transmitDescriptors / 2), card.transmitDescriptors - 1)
        let bound = Self.drainBound
        guard
            let isThere = try recovery.waitForRoom(
                on: &card, descriptors: descriptors, packets: parts, nanoseconds: bound, done: framesDone)
        else {
            linkWasSeenUp = false
            return try waitForLink()
        }
        guard isThere else {
            throw Problem(
                "ring", "the card has not sent half of it in \(bound / 1_000_000_000) s, \(card.pendingFrames) frames are waiting",
                remedy: "check the cable with 'e1000-uio info'")
        }
    }

    private mutating func drain() throws {
        // After a recovery nothing is left to wait for.
        guard try recovery.wait(for: &card, pendingAtMost: 0, nanoseconds: Self.drainBound, done: framesDone) ?? true else {
            throw Problem(
                "ring", "the card did not report the last \(card.pendingFrames) frames done within \(Self.drainBound / 1_000_000_000) s",
                remedy: "check the cable with 'e1000-uio info'")
        }
    }

    private mutating func lookAfterCard() throws {
        if try recovery.look(after: &card, done: framesDone) { linkWasSeenUp = false }
    }

    private mutating func waitForLink() throws {
        guard !linkWasSeenUp else { return }
        let deadline = Clocks.monotonic + Self.linkBound
        let began = Clocks.monotonic
        var told = false
        // What was latched before the link is seen up concerns no frame of ours.
        while try card.takeLinkChange() || !card.linkState().isUp {
            guard Clocks.monotonic < deadline else {
                throw Problem("link", "it is down for \(Self.linkBound / 1_000_000_000) s", remedy: "check the cable and the peer")
            }
            if !told { Output.note("link is down, waiting for it") }
            told = true
            guard Interruption.sleep(nanoseconds: 50_000_000) else { return }
        }
        if told { Output.note("link is up") }
        linkWasSeenUp = true
        // The first frame's time begins with the link; later ones are put off by as long as it was away.
        let now = Clocks.monotonic
        if hasStarted { start += told ? now - began : 0 } else { start = now }
        hasStarted = true
    }
}
