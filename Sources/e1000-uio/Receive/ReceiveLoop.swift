import CardSelection
import Clocks
import DeviceAccess
import E1000
import Frames
import ToolSupport

/// What `recv` saw, printed at its end.
struct ReceiveTotals: Encodable {
    var frames: UInt64 = 0
    /// Without the CRC.
    var bytes: UInt64 = 0
    var seconds: Double = 0
    /// What the card counted as lost (MPC, CRCERRS, RXERRC).
    var dropped: UInt64 = 0
    /// What the card counted as having found no free descriptor (RNBC).
    var noBuffer: UInt64 = 0
    /// Frames that the card marked bad.
    var bad: UInt64 = 0
    /// What the card counted as received (GPRC), those that nobody took included.
    var receivedByCard: UInt64 = 0
    /// Frames that a capture has, whole.
    var captured: UInt64 = 0
    /// Times that the card had stopped and was initialised anew, and the frames to send (answers to ARP) lost by that.
    var recoveries: UInt64 = 0
    var lost: UInt64 = 0

    private enum CodingKeys: String, CodingKey { case frames, bytes, seconds, dropped, noBuffer, bad, recoveries, lost }

    var summary: String {
        "\(frames) frames, \(bytes) bytes received in \(fixed(seconds, 3)) s, "
            + "\(dropped) dropped by the card, \(noBuffer) without a free buffer, \(bad) bad" + trouble
    }
}

extension ReceiveTotals {
    /// What was not as it should be; mostly empty. Frames that arrived while the card had stopped are nobody's count.
    var trouble: String { recoveries > 0 ? ", \(recoveries) recoveries" : "" }
}

/// Receives frames until a limit, a time or the user ends it; answers ARP meanwhile when it stands for an address.
struct ReceiveLoop: ~Copyable {
    /// Frames before descriptors are given back: one tail write for each batch.
    private static let largestBatch = 32

    private var card: Controller
    private var sink: FrameSink
    private let station: IPv4Address?
    private var totals = ReceiveTotals()
    private var progress = Progress()
    private var recovery = Recovery()
    private var poll = AdaptivePoll()

    /// - Parameter station: an address to announce and to answer ARP for.
    init(_ card: consuming Controller, sink: consuming FrameSink, station: IPv4Address?) {
        self.card = card
        self.sink = sink
        self.station = station
    }

    /// - Parameters:
    ///   - limit: frames.
    ///   - nanoseconds: time from "ready" on; `nil`: without end.
    ///   - report: called with the totals and the capture's files, also when an error ends the receiving.
    consuming func run(limit: UInt64, nanoseconds: Int64?, report: (ReceiveTotals, [String]) throws -> Void) throws {
        guard Interruption.sleep(nanoseconds: card.nanosecondsUntilReceiving) else { return }
        if let station { try send(ARPPacket.announcement(of: station, at: card.macAddress)) }
        Output.note("ready")
        let start = Clocks.monotonic
        do {
            while totals.frames < limit && !sink.isComplete && !Interruption.requested {
                let left = nanoseconds.map { $0 - (Clocks.monotonic - start) } ?? .max
                guard left > 0 else { break }
                _ = try recovery.look(after: &card, done: totals.frames)
                try receiveBatch(limit: limit)
                guard totals.frames < limit && !sink.isComplete else { break }
                // In slices of a second: a lost interrupt costs no more. Answers that are under way may hang.
                let slice = card.pendingFrames > 0 ? Recovery.interval : 1_000_000_000
                _ = try poll.wait(
                    for: &card, nanoseconds: min(left, sink.nanosecondsUntilNextFile, slice), wake: Interruption.descriptor)
            }
        } catch {
            // What was received until then is not lost.
            try? finish(since: start, report)
            throw error
        }
        try finish(since: start, report)
    }

    private mutating func receiveBatch(limit: UInt64) throws {
        for _ in 0..<Self.largestBatch where totals.frames < limit && !sink.isComplete {
            if sink.needsNextFile { try beginNextFile() }
            guard let packets = card.receiveChain() else {
                try sink.flush()
                break
            }
            let frame = packets.copy()
            card.put(packets)
            totals.frames += 1
            totals.bytes += UInt64(frame.count)
            try sink.take(frame)
            if let station, let reply = ARPPacket(frame: frame)?.reply(for: station, at: card.macAddress) { try send(reply) }
        }
        try card.commit()
        progress.show("\(totals.frames) frames, \(totals.bytes) bytes received")
    }

    /// One frame, at once. A full ring of answers waits 1 s for the card.
    private mutating func send(_ packet: ARPPacket) throws {
        if card.room == 0 { _ = try recovery.wait(for: &card, pendingAtMost: 0, nanoseconds: 1_000_000_000, done: totals.frames) }
        card.reclaim()
        guard var frame = card.packet() else { return Output.note("ARP: no packet is free, an answer was not sent") }
        frame.fill(packet.frame)
        switch card.append(frame) {
        case .queued:
            break
        case .full(let frame):
            card.put(frame)
            Output.note("ARP: the transmit ring is full, an answer was not sent")
        case .refused(let frame):
            card.put(frame)
        }
        try card.commit()
    }

    /// Meanwhile frames wait on the ring.
    private mutating func beginNextFile() throws {
        try card.commit()
        let statistics = try card.readStatistics()
        try sink.nextFile(received: statistics.received, dropped: statistics.dropped)
    }

    private mutating func finish(since start: Int64, _ report: (ReceiveTotals, [String]) throws -> Void) throws {
        progress.end()
        totals.seconds = Double(Clocks.monotonic - start) / 1e9
        totals.bad = card.receiveTrouble.badFrames
        (totals.recoveries, totals.lost) = (card.driverCounters.recoveries, card.driverCounters.lostFrames)
        // A card that has gone cannot be asked; what was captured is saved all the same.
        var cardFailure: (any Error)?
        do {
            let statistics = try card.readStatistics()
            (totals.receivedByCard, totals.dropped, totals.noBuffer) = (statistics.received, statistics.dropped, statistics.noBuffer)
        } catch {
            cardFailure = error
            totals.receivedByCard = totals.frames
        }
        var sinkFailure: (any Error)?
        do { try sink.finish(received: totals.receivedByCard, dropped: totals.dropped) } catch { sinkFailure = error }
        totals.captured = sink.savedFrameCount
        try report(totals, sink.paths)
        if let failure = sinkFailure ?? cardFailure { throw failure }
    }
}
