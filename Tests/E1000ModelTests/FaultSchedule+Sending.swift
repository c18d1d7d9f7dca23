@testable import E1000
import E1000Model
import TestSupport

/// Frames to send, in every way that there is: packets, chains, long ones, with the card's work on them, in lent buffers.
extension FaultSchedule {
    /// What the driver has taken.
    struct Accepted {
        /// The frames that it becomes on the wire.
        let wire: [[UInt8]]
        /// Where in each of them the card has put a checksum.
        var checksums: [Int] = []
    }

    mutating func send(_ card: inout Controller) throws {
        var isGoingOn = true
        for _ in 0..<Int.random(in: 1...Int(ring), using: &random) where isGoingOn {
            isGoingOn = switch Int.random(in: 0..<16, using: &random) {
            case 0...8: try sendPacket(&card)
            case 9...11: try sendChain(&card)
            case 12...13: try sendOffload(&card, isCut: false)
            case 14: try sendOffload(&card, isCut: true)
            default: try sendLent(&card)
            }
        }
        try tellOwners(card)
        if Bool.random(using: &random) { try card.commit() }
        if Bool.random(using: &random) { card.reclaim() }
        try loans.noteDone(&card)
        if Bool.random(using: &random) { try takeBackSome(&card) }
    }

    /// A tag, now and then.
    private mutating func someTag() -> UInt16? {
        Int.random(in: 0..<4, using: &random) == 0 ? .random(in: 0...0xffff, using: &random) : nil
    }

    /// - Returns: false when there is no packet or no room.
    private mutating func sendPacket(_ card: inout Controller) throws -> Bool {
        guard var packet = card.packet() else { return false }
        open(packet, of: card)
        var frame = HistoryFrames.plain(accepted.count, length: .random(in: 60...1514, using: &random))
        let tag = someTag()
        let inserts = tag != nil && card.offloads.contains(.vlan) && Bool.random(using: &random)
        let wire = HistoryFrames.tagged(frame, tag)
        if !inserts { frame = wire }
        packet.fill(frame)
        if tag != nil { events.tags += 1 }
        let result: TransmitResult
        if inserts, let tag { result = card.append(packet, vlanTag: tag) } else { result = card.append(packet) }
        switch consume result {
        case .queued:
            accepted.append(Accepted(wire: [wire]))
            return true
        case .full(let packet):
            card.put(packet)
            return false
        case .refused(let packet):
            card.put(packet)
            throw Broken("a packet of \(frame.count) bytes was refused")
        }
    }

    /// In several parts, or in one.
    private mutating func sendChain(_ card: inout Controller) throws -> Bool {
        let isLong = longest > 1514 && Bool.random(using: &random)
        let tag = someTag()
        let inserts = tag != nil && card.offloads.contains(.vlan)
        let length = Int.random(in: 60...(isLong ? longest : 1514), using: &random)
        let frame = HistoryFrames.plain(accepted.count, length: length)
        let wire = HistoryFrames.tagged(frame, tag)
        if length > 1514 { events.longFrames += 1 }
        if tag != nil { events.tags += 1 }
        return try append(
            inserts ? frame : wire, headerLength: .random(in: 0...60, using: &random), Accepted(wire: [wire]), to: &card
        ) { _ in TransmitOffload(vlanTag: inserts ? tag : nil) }
    }

    /// Checksums, or segments as well.
    private mutating func sendOffload(_ card: inout Controller, isCut: Bool) throws -> Bool {
        let isIPv4 = Bool.random(using: &random)
        if isCut, !card.offloads.contains(isIPv4 ? .segmentation : .segmentationIPv6) { return true }
        let size = Int.random(in: 100...1400, using: &random)
        // Each part, the one of the headers and the context have a descriptor.
        let most = isCut ? min(6 * size, (Int(ring) - 4) * PacketPool.bufferSize) : longest - 74
        let payload = Int.random(in: isCut ? size + 1...most : 0...min(most, 3000), using: &random)
        let packet = HistorySegment(accepted.count, isIPv4: isIPv4, payload: payload)
        let tag = card.offloads.contains(.vlan) ? someTag() : nil
        let segments = isCut ? packet.cut(size) : [packet]
        let shift = tag == nil ? 0 : 4
        let outcome = Accepted(
            wire: segments.map { HistoryFrames.padded(HistoryFrames.tagged($0.frame, tag)) }, checksums: packet.checksumFields.map { $0 + shift })
        if isCut { events.segments += segments.count } else { events.checksums += 1 }
        // With rubbish where the card puts its checksums.
        var frame = packet.frame
        for field in packet.checksumFields { frame[field] ^= 0x5a }
        let headerLength = Bool.random(using: &random) ? 0 : Int.random(in: packet.headerLength...packet.headerLength + 60, using: &random)
        return try append(frame, headerLength: headerLength, outcome, to: &card) { chain in
            var offload = chain.prepareOffload(segmentSize: isCut ? size : nil)
            offload?.vlanTag = tag
            return offload
        }
    }

    private mutating func append(
        _ frame: [UInt8], headerLength: Int, _ outcome: Accepted, to card: inout Controller, offload: (inout PacketChain) -> TransmitOffload?
    ) throws -> Bool {
        openNext(2 + frame.count / PacketPool.bufferSize, of: card)
        guard var chain = card.chain(copying: frame, headerLength: headerLength) else { return false }
        guard let work = offload(&chain) else {
            card.put(chain)
            throw Broken("nothing is offered for a frame of \(frame.count) bytes")
        }
        switch card.append(chain, offload: work) {
        case .queued:
            accepted.append(outcome)
            return true
        case .full(let chain):
            card.put(chain)
            return false
        case .refused(let chain, let why):
            card.put(chain)
            throw Broken("a chain of \(frame.count) bytes was refused: \(why)")
        }
    }

    // MARK: Checks

    /// On the wire, in order, none twice: each frame that was not reported lost, and some of those that were. Of a packet that
    /// is cut into segments the first ones may be there when it is lost, and nothing of the next one before it is whole. The card's own
    /// pause frames (IEEE 802.3, 31B) come in between.
    func checkWire() throws {
        var onWire = sim.sent.filter { !$0[12..<14].elementsEqual([0x88, 0x08]) }[...]
        for (number, packet) in accepted.enumerated() {
            var isWhole = true
            for frame in packet.wire {
                guard let first = onWire.first, isSame(first, frame, packet.checksums) else {
                    isWhole = false
                    break
                }
                onWire.removeFirst()
            }
            if !isWhole, !lost.contains(number) {
                throw Broken("frame \(number) of \(accepted.count) was reported done, and is not on the wire")
            }
        }
        guard onWire.isEmpty else { throw Broken("the wire has other frames than those that were accepted") }
    }

    /// But for checksums once a card has got some wrong.
    private func isSame(_ left: [UInt8], _ right: [UInt8], _ checksums: [Int]) -> Bool {
        guard hasWrongChecksums, left.count == right.count else { return HistoryFrames.areEqual(left, right) }
        var (left, right) = (left, right)
        for field in checksums {
            for position in field..<field + 2 { (left[position], right[position]) = (0, 0) }
        }
        return HistoryFrames.areEqual(left, right)
    }

    // MARK: Buffers

    /// The program may touch what it got.
    func open(_ packet: borrowing Packet, of card: borrowing Controller) { sim.memory.setRights(.program, of: packet.number(in: card)) }

    /// The next free buffers, which the program is going to fill by a call of the driver.
    func openNext(_ count: Int, of card: borrowing Controller) {
        let level = card.pool.available
        for position in 0..<min(count, level) {
            sim.memory.setRights(.program, of: Int(card.pool.free[level - 1 - position]) / PacketPool.bufferSize)
        }
    }
}
