import DeviceAccess
@testable import E1000
@testable import E1000Model
import Frames
import TestSupport

/// Frames that come in, and what the driver makes of them.
extension FaultSchedule {
    /// A frame on the wire.
    struct Offered {
        enum Kind { case plain, segment(isIPv4: Bool), damagedSegment(isIPv4: Bool) }
        let kind: Kind
        /// Bytes without a tag; of a segment, of its payload.
        let length: Int
        let destination: MACAddress
        let tag: UInt16?
        /// The filters let it in.
        let isForUs: Bool

        func frame(_ number: Int) -> [UInt8] {
            switch kind {
            case .plain: return HistoryFrames.plain(number, length: length, to: destination)
            case .segment(let isIPv4), .damagedSegment(let isIPv4):
                var segment = HistorySegment(number, isIPv4: isIPv4, payload: length)
                segment.destination = destination
                var frame = segment.frame
                if case .damagedSegment = kind { frame[frame.count - 1] ^= 0xff }
                return frame
            }
        }
    }

    mutating func deliver() throws {
        let filters = PlainFilters(own: MACAddress(sim.card.eeprom.address) ?? .broadcast, filters: configuration.filters)
        for _ in 0..<Int.random(in: 1...min(Int(ring) * 2, 70), using: &random) {
            let offer = someOffer(filters)
            let hasGoodCRC = Int.random(in: 0..<20, using: &random) != 0
            sim.step()
            let isListening = sim.card.isLinkUp && sim.card[.RCTL] & RCTLBits.EN != 0 && !sim.card.faults.isGone
            let before = sim.card[.GPRC] + sim.card[.MPC]
            sim.deliver(HistoryFrames.tagged(offer.frame(offered.count), offer.tag), hasGoodCRC: hasGoodCRC)
            offered.append(offer)
            if isListening && hasGoodCRC, sim.card[.GPRC] + sim.card[.MPC] - before != (offer.isForUs ? 1 : 0) {
                throw Broken("a frame for \(offer.destination), tag \(offer.tag ?? 0), for us: \(offer.isForUs), with \(configuration.filters)")
            }
        }
    }

    private mutating func someOffer(_ filters: PlainFilters) -> Offered {
        let isForAll = filters.filters.broadcast && Int.random(in: 0..<4, using: &random) != 0
        let destination = isForAll ? .broadcast : filters.filters.probe(own: filters.own, &random)
        var tag: UInt16?
        if Int.random(in: 0..<4, using: &random) == 0 {
            tag = .random(in: 0...0xffff, using: &random)
            if Bool.random(using: &random), let known = filters.filters.vlans?.randomElement(using: &random) { tag = known | 0x6000 }
        }
        let isIPv4 = Bool.random(using: &random)
        let kind: Offered.Kind = switch Int.random(in: 0..<8, using: &random) {
        case 0: .segment(isIPv4: isIPv4)
        case 1: .damagedSegment(isIPv4: isIPv4)
        default: .plain
        }
        let length: Int
        if case .plain = kind { length = .random(in: 60...longest, using: &random) } else { length = .random(in: 6...1400, using: &random) }
        return Offered(kind: kind, length: length, destination: destination, tag: tag, isForUs: filters.accepts(destination, tag: tag))
    }

    /// Single packets and chains are taken in turn where every frame has one buffer; long ones come as chains only.
    mutating func receive(_ card: inout Controller) throws {
        guard longest <= PacketPool.bufferSize, Bool.random(using: &random) else { return try receiveChains(&card) }
        // The first is kept while the card goes on: nobody may write to it.
        guard let held = card.receive() else { return }
        open(held, of: card)
        let (numbers, copy) = ([held.number(in: card)], held.copy())
        let failure = goOn(&card, holding: numbers, copy, tag: held.vlanTag, held.checksums)
        let isIntact = HistoryFrames.areEqual(held.copy(), copy)
        card.put(held)
        if let failure { throw failure }
        guard isIntact else { throw Broken("a packet changed while it was held") }
    }

    private mutating func receiveChains(_ card: inout Controller) throws {
        guard let held = card.receiveChain() else { return }
        open(held)
        let copy = held.copy()
        let failure = goOn(&card, holding: held.numbers, copy, tag: held.vlanTag, held.checksums)
        let isIntact = HistoryFrames.areEqual(held.copy(), copy)
        card.put(held)
        if let failure { throw failure }
        guard isIntact else { throw Broken("a chain changed while it was held") }
    }

    /// What is done while a frame is held in some buffers, which has to be put back whatever comes.
    ///
    /// - Returns: what did not hold.
    private mutating func goOn(
        _ card: inout Controller, holding numbers: [Int], _ frame: [UInt8], tag: UInt16?, _ checksums: ChecksumStatus
    ) -> (any Error)? {
        hands.formUnion(numbers)
        defer { hands.subtract(numbers) }
        do {
            try checkReceived(frame, tag: tag, checksums)
            try goOn(&card)
            return nil
        } catch { return error }
    }

    private mutating func goOn(_ card: inout Controller) throws {
        for _ in 0..<Int.random(in: 0..<Int(ring), using: &random) {
            guard try receiveOne(&card) else { break }
        }
        try tellOwners(card)
        try card.commit()
        try deliver()
    }

    /// - Returns: false when there was none.
    private mutating func receiveOne(_ card: inout Controller) throws -> Bool {
        guard let chain = card.receiveChain() else { return false }
        open(chain)
        let (bytes, tag, checksums) = (chain.copy(), chain.vlanTag, chain.checksums)
        card.put(chain)
        try checkReceived(bytes, tag: tag, checksums)
        return true
    }

    mutating func receiveRest(_ card: inout Controller) throws {
        while try receiveOne(&card) {}
        try tellOwners(card)
        try card.commit()
        sim.step()
    }

    private func open(_ chain: borrowing PacketChain) {
        for number in chain.numbers { sim.memory.setRights(.program, of: number) }
    }

    // MARK: Checks

    private mutating func checkReceived(_ bytes: [UInt8], tag: UInt16?, _ checksums: ChecksumStatus) throws {
        received += 1
        guard bytes.count > 0, bytes.count <= max(longest + 4, PacketPool.bufferSize) else { throw Broken("a frame of \(bytes.count) bytes") }
        // After a lie nothing that a descriptor said can be relied on.
        guard !mayLoseReceived else { return }
        guard bytes.count >= 14 else { throw Broken("a frame of \(bytes.count) bytes") }
        let number = HistoryFrames.number(of: bytes)
        guard number > lastReceived, number < offered.count else {
            throw Broken("frame \(number) after \(lastReceived) of \(offered.count), or damaged")
        }
        let offer = offered[number]
        let strips = configuration.stripsVLANTags
        guard HistoryFrames.areEqual(bytes, HistoryFrames.tagged(offer.frame(number), strips ? nil : offer.tag)) else {
            throw Broken("frame \(number) is damaged")
        }
        guard tag == (strips ? offer.tag : nil) else { throw Broken("frame \(number) has tag \(tag ?? 0), and had \(offer.tag ?? 0)") }
        guard offer.isForUs else { throw Broken("frame \(number), for \(offer.destination), is not for us") }
        let expected = verdict(on: offer)
        guard (checksums.network, checksums.transport) == expected else {
            throw Broken("frame \(number): \(checksums), which are \(expected)")
        }
        lastReceived = number
    }

    /// What the card must say of a frame's checksums.
    private func verdict(on offer: Offered) -> (ChecksumStatus.Verdict, ChecksumStatus.Verdict) {
        func verdict(isIPv4: Bool, _ transport: ChecksumStatus.Verdict) -> (ChecksumStatus.Verdict, ChecksumStatus.Verdict) {
            guard configuration.verifiesChecksums, isIPv4 || sim.card.kind != .i82544GC else { return (.unknown, .unknown) }
            return (isIPv4 ? .good : .unknown, transport)
        }
        return switch offer.kind {
        case .plain: (.unknown, .unknown)
        case .segment(let isIPv4): verdict(isIPv4: isIPv4, .good)
        case .damagedSegment(let isIPv4): verdict(isIPv4: isIPv4, .bad)
        }
    }
}
