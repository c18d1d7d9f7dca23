import CLinux
import CardSelection
import Clocks
import E1000
import Glibc
import ToolSupport

/// Carries frames between a card and a TAP interface, and the card's link with them.
public struct BridgeLoop: ~Copyable {
    /// Frames in one direction before the other has its turn; one tail write for each batch.
    private static let largestBatch = 32
    /// The longest that Linux hands over: to be cut into segments, or by a larger MTU; the card refuses what is too long for it.
    private static let largestFrame = 65_536 + 18
    private var card: Controller
    private let tap: TapInterface
    /// Linux leaves checksums and segmentation to the card.
    private let isOffloading: Bool
    /// Descriptors of the longest frame that Linux hands over as it was set up: its buffers, and the context of its offload.
    private let largestNeed: UInt32
    /// Polls readable when the kernel has sent a frame, and on an interruption.
    private let wake: Int32
    private var buffer = [UInt8](repeating: 0, count: VirtioNetHeader.size + Self.largestFrame)
    private var totals = BridgeTotals()
    /// As of the last look; `nil` before the first.
    private var link: LinkState?
    private let start = Clocks.monotonic
    private var lastLook: Int64 = 0
    private let note: (String) -> Void
    private var recovery: Recovery

    /// - Parameters:
    ///   - offloads: the interface was made to leave checksums and segments to the card.
    ///   - wake: descriptors that end a sleep when they poll readable.
    ///   - note: is called with lines for people: the link, recoveries.
    public init(
        _ card: consuming Controller, _ tap: consuming TapInterface, offloads: Bool, wake others: [Int32] = [],
        note: @escaping (String) -> Void = Output.note
    ) throws {
        let longest =
            offloads && card.offloads.contains(.segmentation)
            ? Self.largestFrame : Int(card.configuration.maximumFrame + FrameLength.tag)
        largestNeed = UInt32(longest / PacketPool.bufferSize + 2)
        guard largestNeed < card.transmitDescriptors else {
            throw Problem(
                "ring", "\(card.transmitDescriptors) descriptors are too few for \(longest) bytes, the most that Linux hands over at once",
                remedy: "use --ring-size \((largestNeed + 8) & ~7) or more\(offloads ? ", or --no-offload" : "")")
        }
        let descriptors = [Interruption.descriptor] + others + (tap.descriptor >= 0 ? [tap.descriptor] : [])
        let any = ringlight_any_readable(descriptors, Int32(descriptors.count))
        guard any >= 0 else { throw Problem(tap.name, "it cannot be watched: \(String(cString: strerror(-any)))") }
        wake = any
        totals.interface = tap.name
        self.card = card
        self.tap = tap
        isOffloading = offloads
        self.note = note
        recovery = Recovery(report: note)
    }

    deinit { close(wake) }

    /// Runs until the user interrupts, the interface is deleted, or the card fails.
    ///
    /// - Parameter observer: is told of each round, and at the end, whatever that was, for a last time.
    /// - Throws: what ended it, but for an interruption.
    public mutating func run(_ observer: inout some BridgeObserver) throws {
        do {
            while !Interruption.requested {
                _ = try recovery.look(after: &card, done: framesDone)
                try followLink()
                let arrived = try carryToLinux()
                let sent = try carryToCard()
                try card.commit()
                card.reclaim()
                let isIdle = arrived == 0 && sent == 0
                let rest = try observer.round(&card, totals, link: link, isIdle: isIdle)
                guard isIdle else { continue }
                if card.room < largestNeed {
                    // Frames of the kernel wait: not woken by them, but by the card. Short, since others may arrive.
                    // Descriptors, since few long frames fill a ring.
                    _ = try recovery.waitForRoom(
                        on: &card, descriptors: max(largestNeed, card.transmitDescriptors / 2), packets: Int(largestNeed),
                        nanoseconds: 1_000_000, wake: Interruption.descriptor, done: framesDone)
                } else {
                    // What is under way may hang.
                    let bound = card.pendingFrames > 0 ? Recovery.interval : 1_000_000_000
                    _ = try card.waitForFrame(nanoseconds: min(bound, rest), wake: wake, orLinkChange: true)
                }
            }
            // What Linux has sent is sent, if the card still can.
            _ = try card.waitUntilPending(atMost: 0, nanoseconds: 1_000_000_000)
        } catch {
            finish()
            observer.end(totals, error)
            throw error
        }
        finish()
        observer.end(totals, nil)
    }

    /// Frames carried, those to the card once it has reported them sent.
    private var framesDone: UInt64 {
        totals.toLinux.frames + totals.toCard.frames - UInt64(card.pendingFrames) - card.driverCounters.lostFrames
    }

    private mutating func finish() {
        (totals.recoveries, totals.lost) = (card.driverCounters.recoveries, card.driverCounters.lostFrames)
        totals.seconds = Double(Clocks.monotonic - start) / 1e9
        // A card that has gone cannot be asked.
        if let statistics = try? card.readStatistics() { totals.dropped = statistics.dropped }
    }

    private mutating func carryToLinux() throws -> Int {
        for number in 0..<Self.largestBatch {
            guard let packets = card.receiveChain() else { return number }
            let length = UInt64(packets.length)
            var header = VirtioNetHeader()
            header.checksumIsGood = isOffloading && packets.checksums.transport == .good && packets.checksums.network != .bad
            let delivery = deliver(packets, header)
            card.put(packets)
            switch delivery {
            case .taken:
                totals.toLinux.frames += 1
                totals.toLinux.bytes += length
                if header.checksumIsGood { totals.toLinux.checksummed += 1 }
            case .refused: totals.toLinux.refused += 1
            case .gone(let problem): throw problem
            }
        }
        return Self.largestBatch
    }

    /// A function of its own: the borrow of the bytes ends with it.
    private func deliver(_ packets: borrowing PacketChain, _ header: VirtioNetHeader) -> TapInterface.Delivery {
        if packets.count == 1 { return tap.write(packets.head, header) }
        // A jumbo frame: the kernel copies it anyway, in one piece.
        let frame = packets.copy()
        return tap.write(frame.span.bytes, header)
    }

    private mutating func carryToCard() throws -> Int {
        for number in 0..<Self.largestBatch {
            // Room first: a frame that was read must be sent.
            guard card.room >= largestNeed, let length = try tap.read(into: &buffer) else { return number }
            queue(length)
        }
        return Self.largestBatch
    }

    /// A function of its own: the borrow of the buffer ends with it.
    private static func copyFrame(_ buffer: [UInt8], _ length: Int, to card: inout Controller) -> PacketChain? {
        card.chain(copying: buffer.span.bytes.extracting(VirtioNetHeader.size..<length))
    }

    /// Puts the frame in the buffer on the ring, with the work that Linux left to the card.
    private mutating func queue(_ length: Int) {
        guard length > VirtioNetHeader.size, let header = VirtioNetHeader(buffer.span.bytes),
            var frame = Self.copyFrame(buffer, length, to: &card)
        else {
            totals.toCard.refused += 1
            return
        }
        var offload = TransmitOffload.none
        if header.segmentation != .none {
            guard let segments = frame.prepareOffload(segmentSize: header.segmentSize) else {
                card.put(frame)
                totals.toCard.refused += 1
                return
            }
            offload = segments
        } else if header.needsChecksum {
            offload = .checksum(start: header.checksumStart, offset: header.checksumOffset)
        }
        switch card.append(frame, offload: offload) {
        case .queued:
            totals.toCard.frames += 1
            totals.toCard.bytes += UInt64(length - VirtioNetHeader.size)
            if offload != .none { totals.toCard.checksummed += 1 }
            if header.segmentation != .none { totals.segmented += 1 }
        case .full(let frame):
            card.put(frame)
            totals.toCard.refused += 1
        case .refused(let frame, _):
            card.put(frame)
            totals.toCard.refused += 1
        }
    }

    /// The interface has a link while the card has one. A change ends the loop's sleep; while frames come it is looked for a few
    /// times a second, since each look is a read of the card.
    private mutating func followLink() throws {
        let time = Clocks.monotonic
        guard card.linkHasChanged || time - lastLook >= 200_000_000 else { return }
        lastLook = time
        // Taken before the state is read: a change after that ends the next sleep.
        if try card.takeLinkChange() { totals.linkChanges += 1 }
        let before = link?.isUp ?? false
        let now = try card.linkState()
        link = now
        guard now.isUp != before else { return }
        tap.setLink(up: now.isUp)
        note("\(tap.name): link \(now.words)")
    }
}
