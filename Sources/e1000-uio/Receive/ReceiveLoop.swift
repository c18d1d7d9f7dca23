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

    var summary: String {
        "\(frames) frames, \(bytes) bytes received in \(fixed(seconds, 3)) s, "
            + "\(dropped) dropped by the card, \(noBuffer) without a free buffer, \(bad) bad"
    }
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

    /// - Parameter station: an address to announce and to answer ARP for.
    init(_ card: consuming Controller, sink: consuming FrameSink, station: IPv4Address?) {
        self.card = card
        self.sink = sink
        self.station = station
    }

    /// - Parameters:
    ///   - limit: frames.
    ///   - nanoseconds: time from "ready" on; `nil`: without end.
    consuming func run(limit: UInt64, nanoseconds: Int64?) throws {
        guard Interruption.sleep(nanoseconds: card.nanosecondsUntilReceiving) else { return }
        if let station { try send(ARPPacket.announcement(of: station, at: card.macAddress)) }
        Output.note("ready")
        let start = Clocks.monotonic
        do {
            while totals.frames < limit && !Interruption.requested {
                let left = nanoseconds.map { $0 - (Clocks.monotonic - start) } ?? .max
                guard left > 0 else { break }
                try receiveBatch(limit: limit)
                guard totals.frames < limit else { break }
                // In slices of a second: a lost interrupt costs no more.
                _ = try card.waitForFrame(nanoseconds: min(left, 1_000_000_000), wake: Interruption.descriptor)
            }
            try finish(since: start)
        } catch {
            // What was received until then is not lost.
            try? finish(since: start)
            throw error
        }
    }

    private mutating func receiveBatch(limit: UInt64) throws {
        for _ in 0..<Self.largestBatch where totals.frames < limit {
            guard let packet = card.receive() else {
                try sink.flush()
                break
            }
            let frame = packet.copy()
            card.put(packet)
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
        if card.room == 0 { _ = try card.waitUntilPending(atMost: 0, nanoseconds: 1_000_000_000) }
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

    private mutating func finish(since start: Int64) throws {
        progress.end()
        totals.seconds = Double(Clocks.monotonic - start) / 1e9
        totals.bad = card.receiveTrouble.badFrames
        let statistics = try card.readStatistics()
        totals.dropped = statistics.dropped
        totals.noBuffer = statistics.noBuffer
        try sink.finish(received: totals.frames, dropped: statistics.dropped)
        Output.note(totals.summary)
        if sink.isJSON { try Output.json(totals, compact: true) }
    }
}
