import Clocks
import DeviceAccess
import E1000
import ToolSupport

/// Sends frames through a card: in batches, paced, never faster than the ring, never into a link that is down.
struct SendLoop: ~Copyable {
    /// Frames a tail write, at most.
    private static let largestBatch: UInt32 = 64
    /// The card sends a full ring of long frames at 10 Mb/s in 5 s.
    private static let drainBound: Int64 = 10_000_000_000
    /// A copper link comes up within 3 s of a reset; switches take longer.
    private static let linkBound: Int64 = 10_000_000_000

    private var card: Controller
    private let nanosecondsPerFrame: Double
    private var totals = SendTotals()
    private let start: Int64
    private var progress = Progress()
    private var linkWasSeenUp = false

    /// - Parameter framesPerSecond: `nil`: as fast as the card takes them.
    init(_ card: consuming Controller, framesPerSecond: Double?) {
        self.card = card
        nanosecondsPerFrame = framesPerSecond.map { 1e9 / $0 } ?? 0
        start = Clocks.monotonic
    }

    /// Sends what `next` gives until it gives `nil` or the user interrupts; returns when the card has reported the last frame done.
    ///
    /// - Parameter report: called with the totals, also when an error ends the sending.
    consuming func run(_ next: () throws -> [UInt8]?, report: (SendTotals) throws -> Void) throws {
        do {
            var more = true
            while more && !Interruption.requested { more = try sendBatch(next) }
            try drain()
        } catch {
            // What was given until then is sent, if the card still can.
            try? drain(within: 1_000_000_000)
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
        totals.frames -= min(totals.frames, UInt64(card.pendingFrames))
        totals.bytes -= min(totals.bytes, card.pendingBytes)
        progress.end()
    }

    /// - Returns: false after the last frame.
    private mutating func sendBatch(_ next: () throws -> [UInt8]?) throws -> Bool {
        try waitForLink()
        var appended: UInt64 = 0
        var more = true
        let size = try batchSize()
        while appended < UInt64(size) {
            guard let frame = try next() else {
                more = false
                break
            }
            try queue(frame)
            appended += 1
        }
        try card.commit()
        card.reclaim()
        // Latched by the card: a break of any length since the last batch is seen here.
        if try card.takeLinkChange() {
            linkWasSeenUp = false
            totals.framesDuringLinkChange += appended
        }
        progress.show("\(totals.frames) frames, \(totals.bytes) bytes sent")
        return more
    }

    /// How many frames are due now; waits until one is.
    private func batchSize() throws -> UInt32 {
        guard nanosecondsPerFrame > 0 else { return Self.largestBatch }
        while !Interruption.requested {
            let elapsed = Double(Clocks.monotonic - start)
            // Frame n is due at n / rate; the first at once.
            let due = (elapsed / nanosecondsPerFrame).rounded(.down) + 1 - Double(totals.frames)
            if due >= 1 { return UInt32(min(due, Double(Self.largestBatch))) }
            Interruption.sleep(nanoseconds: Int64(Double(totals.frames) * nanosecondsPerFrame - elapsed) + 1)
        }
        return 0
    }

    private mutating func queue(_ frame: [UInt8]) throws {
        if card.room == 0 { try waitForRoom() }
        guard var packet = card.packet() else { throw Problem("ring", "no packet is free after a wait for room") }
        packet.fill(frame)
        switch card.append(packet) {
        case .queued:
            totals.frames += 1
            totals.bytes += UInt64(frame.count)
        case .full(let packet):
            card.put(packet)
            throw Problem("ring", "it is full after a wait for room")
        case .refused(let packet):
            card.put(packet)
            throw Problem("frame \(totals.frames)", "\(frame.count) bytes cannot be sent", remedy: FrameRules.allowed)
        }
    }

    private mutating func waitForRoom() throws {
        totals.ringFullWaits += 1
        // Half a ring, so that the next wait is not one frame away.
        let goal = card.transmitDescriptors / 2
        guard try card.waitUntilPending(atMost: goal, nanoseconds: Self.drainBound) else {
            throw Problem(
                "ring", "the card has not sent a frame for \(Self.drainBound / 1_000_000_000) s, \(card.pendingFrames) are waiting",
                remedy: "check the cable with 'e1000-uio info'")
        }
    }

    private mutating func drain(within bound: Int64 = Self.drainBound) throws {
        guard try card.waitUntilPending(atMost: 0, nanoseconds: bound) else {
            throw Problem(
                "ring", "the card did not report the last \(card.pendingFrames) frames done within \(bound / 1_000_000_000) s",
                remedy: "check the cable with 'e1000-uio info'")
        }
    }

    private mutating func waitForLink() throws {
        guard !linkWasSeenUp else { return }
        let deadline = Clocks.monotonic + Self.linkBound
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
    }
}
