import DeviceAccess
import E1000
import E1000Model
import TestSupport

/// One random history of sending, receiving and things going wrong; the seed tells all of it.
struct FaultSchedule {
    /// What must hold and did not.
    struct Broken: Error, CustomStringConvertible {
        let description: String
        init(_ description: String) { self.description = description }
    }

    private var random: SplitMix
    /// 20 µs an access: the EEPROM answers at the second look.
    private let clock = VirtualClock(step: 20_000)
    private let sim: SimDevice
    private let ring: UInt32

    // What was done.
    private var accepted: [[UInt8]] = []
    private var offered = 0
    private var lastReceived = -1
    private var received: UInt64 = 0

    // What went wrong so far.
    private var mayLoseSent = false
    private var mayLoseReceived = false

    init(seed: UInt64) {
        random = SplitMix(seed: seed)
        ring = [8, 16, 24, 64].randomElement(using: &random) ?? 8
        var options = SimDevice.Options()
        options.dmaSize = 1 << 20
        options.negotiationTime = .random(in: 0...1_000_000, using: &random)
        sim = SimDevice(options, clock: clock)
    }

    /// - Throws: `Broken` when something does not hold; a `DeviceError` that the card gave no reason for.
    mutating func run() throws {
        var configuration = Configuration()
        (configuration.transmitDescriptors, configuration.receiveDescriptors) = (ring, ring)
        configuration.spareBuffers = .random(in: 0...8, using: &random)
        configuration.reportEvery = .random(in: 1...ring / 4, using: &random)
        var card = try Controller(sim.device(), configuration: configuration)
        var isGone = false
        do {
            for _ in 0..<Int.random(in: 10...80, using: &random) { try step(&card) }
            try settle(&card)
        } catch let error as DeviceError where error.kind == .vanished && sim.card.faults.isGone {
            isGone = true
        }
        // A card that is gone cannot be closed: all that was pending is lost.
        let pending = card.pendingFrames
        let lost = sim.card.faults.isGone ? pending : try card.close()
        try check(lost: Int(lost), isGone: isGone || sim.card.faults.isGone)
    }

    // MARK: Steps

    private mutating func step(_ card: inout Controller) throws {
        switch Int.random(in: 0..<14, using: &random) {
        case 0...3: try send(&card)
        case 4...6: deliver()
        case 7...9: try receive(&card)
        case 10:
            // Of real time: the card's own passes at once.
            _ = try card.waitUntilPending(atMost: .random(in: 0..<ring, using: &random), nanoseconds: 500_000)
        case 11: _ = try card.waitForFrame(nanoseconds: 200_000)
        case 12:
            _ = try card.linkState()
            _ = try card.takeLinkChange()
            _ = try card.readStatistics()
        default: change()
        }
    }

    private mutating func send(_ card: inout Controller) throws {
        for _ in 0..<Int.random(in: 1...Int(ring), using: &random) {
            guard var packet = card.packet() else { break }
            let number = accepted.count
            let length = Int.random(in: 60...1514, using: &random)
            let frame = Self.frame(number, length: length)
            packet.fill(frame)
            if Int.random(in: 0..<4, using: &random) == 0 {
                card.put(packet)
                sendInParts(frame, &card)
                continue
            }
            switch card.append(packet) {
            case .queued: accepted.append(frame)
            case .full(let packet): card.put(packet)
            case .refused(let packet): card.put(packet)
            }
        }
        if Bool.random(using: &random) { try card.commit() }
        if Bool.random(using: &random) { card.reclaim() }
    }

    /// In two parts, or in one.
    private mutating func sendInParts(_ frame: [UInt8], _ card: inout Controller) {
        guard let chain = card.chain(copying: frame, headerLength: .random(in: 0...60, using: &random)) else { return }
        switch card.append(chain) {
        case .queued: accepted.append(frame)
        case .full(let chain): card.put(chain)
        case .refused(let chain, _): card.put(chain)
        }
    }

    private mutating func deliver() {
        for _ in 0..<Int.random(in: 1...Int(ring) * 2, using: &random) {
            let length = Int.random(in: 60...1514, using: &random)
            sim.deliver(Self.frame(offered, length: length), hasGoodCRC: Int.random(in: 0..<20, using: &random) != 0)
            offered += 1
        }
    }

    private mutating func receive(_ card: inout Controller) throws {
        // The first is kept while the card goes on: nobody may write to it.
        if let held = card.receive() {
            received += 1
            let copy = held.copy()
            var failure: (any Error)?
            do {
                try checkReceived(copy)
                try receiveOthers(&card)
            } catch {
                failure = error
            }
            let isIntact = held.copy() == copy
            card.put(held)
            if let failure { throw failure }
            guard isIntact else { throw Broken("a packet changed while it was held") }
        }
    }

    private mutating func receiveOthers(_ card: inout Controller) throws {
        for _ in 0..<Int.random(in: 0..<Int(ring), using: &random) {
            guard let packet = card.receive() else { break }
            received += 1
            let bytes = packet.copy()
            card.put(packet)
            try checkReceived(bytes)
        }
        try card.commit()
        deliver()
    }

    private mutating func change() {
        let delay = Int64.random(in: 1000...5_000_000, using: &random)
        switch Int.random(in: 0..<16, using: &random) {
        case 0: sim.card.faults.transmitDone = .late(delay)
        case 1: sim.card.faults.receiveDone = .late(delay)
        case 2:
            sim.card.faults.transmitDone = .never
            mayLoseSent = true
        case 3:
            sim.card.faults.receiveDone = .never
            mayLoseReceived = true
        case 4: sim.card.faults.transmitterHangs = true
        case 5: sim.card.faults.transmitNoise = .random(in: 0...UInt64.max, using: &random)
        case 6:
            sim.card.faults.receiveLie = .init(
                length: Bool.random(using: &random) ? .random(in: 0...UInt16.max, using: &random) : nil,
                status: Bool.random(using: &random) ? .random(in: 0...UInt8.max, using: &random) : nil,
                errors: Bool.random(using: &random) ? .random(in: 0...UInt8.max, using: &random) : nil)
            mayLoseReceived = true
        case 7: sim.setCable(false)
        case 8: sim.setCable(true)
        case 9: sim.card.faults.interruptsToLose += 1
        case 10: sim.spuriousInterrupts += 2
        case 11 where Int.random(in: 0..<8, using: &random) == 0: sim.card.faults.isGone = true
        default: clearFaults()
        }
    }

    /// But a card that is gone stays gone.
    private func clearFaults() {
        let isGone = sim.card.faults.isGone
        sim.card.faults = Faults()
        sim.card.faults.isGone = isGone
    }

    /// The card does what it should again: what it still can finish, it finishes.
    private mutating func settle(_ card: inout Controller) throws {
        clearFaults()
        let isGone = sim.card.faults.isGone
        sim.setCable(true)
        // Longer than a negotiation and all delays.
        _ = clock.sleep(nanoseconds: 30_000_000, wake: -1)
        sim.step()
        let isSent = try card.waitUntilPending(atMost: 0, nanoseconds: mayLoseSent || isGone ? 1_000_000 : 5_000_000_000)
        guard isSent || mayLoseSent || isGone else { throw Broken("\(card.pendingFrames) frames were never reported done") }
        var idle = 0
        while idle < 2 {
            let before = received
            try receiveRest(&card)
            idle = received == before ? idle + 1 : 0
        }
        let statistics = try card.readStatistics()
        guard received + card.receiveTrouble.badFrames <= statistics.received else {
            throw Broken("\(received) + \(card.receiveTrouble.badFrames) bad of \(statistics.received) frames")
        }
        guard mayLoseReceived || isGone || received == statistics.received else {
            throw Broken("\(received) of \(statistics.received) frames came through")
        }
    }

    private mutating func receiveRest(_ card: inout Controller) throws {
        while let packet = card.receive() {
            received += 1
            let bytes = packet.copy()
            card.put(packet)
            try checkReceived(bytes)
        }
        try card.commit()
        sim.step()
    }

    // MARK: Checks

    private mutating func checkReceived(_ bytes: [UInt8]) throws {
        guard bytes.count > 0, bytes.count <= PacketPool.bufferSize else { throw Broken("a frame of \(bytes.count) bytes") }
        // After a lie nothing that a descriptor said can be relied on.
        guard !mayLoseReceived else { return }
        guard bytes.count >= 14 else { throw Broken("a frame of \(bytes.count) bytes") }
        let number = bytes[6..<10].reduce(0) { $0 << 8 | Int($1) }
        guard bytes == Self.frame(number, length: bytes.count), number > lastReceived, number < offered else {
            throw Broken("frame \(number) after \(lastReceived) of \(offered), or damaged")
        }
        lastReceived = number
    }

    private func check(lost: Int, isGone: Bool) throws {
        let sent = sim.sent
        guard sent.count <= accepted.count, zip(sent, accepted).allSatisfy({ $0 == $1 }) else {
            throw Broken("the wire has other frames than those that were accepted")
        }
        let done = accepted.count - lost
        guard done <= sent.count else { throw Broken("\(done) frames reported done, \(sent.count) sent") }
        guard lost == 0 || mayLoseSent || isGone else { throw Broken("\(lost) frames lost without a reason") }
        if !isGone {
            // Quiet: neither sends nor receives, whoever has the memory now.
            guard sim.card.read(ModelRegister.RCTL.rawValue) == 0, sim.card.read(ModelRegister.TCTL.rawValue) == 0 else {
                throw Broken("closed, and the card still runs")
            }
            sim.card.isBusMaster = true
            sim.deliver(Self.frame(0, length: 100))
            sim.step()
        }
        guard sim.card.violations.isEmpty else { throw Broken("\(sim.card.violations)") }
        guard sim.card.unknownOffsets.isEmpty else { throw Broken("registers that are none: \(sim.card.unknownOffsets)") }
        guard sim.memory.guardsAreIntact else { throw Broken("written beyond the DMA memory") }
    }

    /// To everyone, with its number; the rest follows from that.
    private static func frame(_ number: Int, length: Int) -> [UInt8] {
        var frame = [UInt8](repeating: UInt8(truncatingIfNeeded: number &* 31 &+ length), count: length)
        for index in 0..<6 { frame[index] = 0xff }
        for index in 0..<4 { frame[6 + index] = UInt8(truncatingIfNeeded: number >> (24 - 8 * index)) }
        (frame[12], frame[13]) = (0x88, 0xb5)
        return frame
    }
}
