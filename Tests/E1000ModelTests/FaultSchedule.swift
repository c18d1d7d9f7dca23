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

    var random: SplitMix
    /// 20 µs an access: the EEPROM answers at the second look.
    let clock = VirtualClock(step: 20_000)
    let sim: SimDevice
    let ring: UInt32
    /// Bytes: more than a buffer's, where frames are taken as chains.
    private let longest: Int

    // What was done.
    var accepted: [[UInt8]] = []
    /// Of those: reported lost, by a recovery or at the end.
    var lost: Set<Int> = []
    private var offered = 0
    private var lastReceived = -1
    private var received: UInt64 = 0

    /// How often what is rare has happened, so that a test can tell that it did.
    struct Events: Equatable {
        var hangs = 0
        var departures = 0
        var resets = 0
        var recoveries = 0
        var lost = 0
    }
    var events = Events()

    // What went wrong so far.
    var mayLoseSent = false
    private var mayLoseReceived = false
    /// Frames in the card's own memory went with a recovery; the counters too when the card was reset by somebody else.
    var mayMissReceived = false
    var hasLostCounters = false

    init(seed: UInt64) {
        random = SplitMix(seed: seed)
        ring = [8, 16, 24, 64].randomElement(using: &random) ?? 8
        longest = [1514, 1514, 4096, ring == 8 ? 9000 : 16376].randomElement(using: &random) ?? 1514
        var options = SimDevice.Options()
        options.dmaSize = 1 << 20
        options.negotiationTime = .random(in: 0...1_000_000, using: &random)
        sim = SimDevice(options, clock: clock)
    }

    /// - Throws: `Broken` when something does not hold; a `DeviceError` that the card gave no reason for.
    mutating func run() throws {
        var configuration = Configuration()
        (configuration.transmitDescriptors, configuration.receiveDescriptors) = (ring, ring)
        configuration.maximumFrame = UInt32(longest)
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
        let left = sim.card.faults.isGone ? pending : try card.close()
        guard left == 0 || mayLoseSent || sim.card.faults.isGone else { throw Broken("\(left) frames lost without a reason") }
        noteLost(left)
        try check(isGone: isGone || sim.card.faults.isGone)
    }

    // MARK: Steps

    private mutating func step(_ card: inout Controller) throws {
        switch Int.random(in: 0..<15, using: &random) {
        case 0...3: try send(&card)
        case 4...6: deliver()
        case 7...9: try receive(&card)
        case 10:
            _ = try waitUntilPending(&card, atMost: .random(in: 0..<ring, using: &random), nanoseconds: 500_000)
        case 11: _ = try card.waitForFrame(nanoseconds: 200_000)
        case 12:
            _ = try card.linkState()
            _ = try card.takeLinkChange()
            _ = try card.readStatistics()
        case 13: try watch(&card)
        default: change()
        }
    }

    mutating func send(_ card: inout Controller) throws {
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
            let length = Int.random(in: 60...longest, using: &random)
            sim.deliver(Self.frame(offered, length: length), hasGoodCRC: Int.random(in: 0..<20, using: &random) != 0)
            offered += 1
        }
    }

    /// Single packets and chains are taken in turn where every frame has one buffer; long ones come as chains only.
    private mutating func receive(_ card: inout Controller) throws {
        guard longest <= PacketPool.bufferSize, Bool.random(using: &random) else { return try receiveChains(&card) }
        // The first is kept while the card goes on: nobody may write to it.
        guard let held = card.receive() else { return }
        let copy = held.copy()
        var failure: (any Error)?
        do { try goOn(&card, after: copy) } catch { failure = error }
        let isIntact = held.copy() == copy
        card.put(held)
        if let failure { throw failure }
        guard isIntact else { throw Broken("a packet changed while it was held") }
    }

    private mutating func receiveChains(_ card: inout Controller) throws {
        guard let held = card.receiveChain() else { return }
        let copy = held.copy()
        var failure: (any Error)?
        do { try goOn(&card, after: copy) } catch { failure = error }
        let isIntact = held.copy() == copy
        card.put(held)
        if let failure { throw failure }
        guard isIntact else { throw Broken("a chain changed while it was held") }
    }

    /// What is done while a frame is held.
    private mutating func goOn(_ card: inout Controller, after held: [UInt8]) throws {
        received += 1
        try checkReceived(held)
        for _ in 0..<Int.random(in: 0..<Int(ring), using: &random) {
            guard try receiveOne(&card) else { break }
        }
        try card.commit()
        deliver()
    }

    /// - Returns: false when there was none.
    private mutating func receiveOne(_ card: inout Controller) throws -> Bool {
        guard let chain = card.receiveChain() else { return false }
        received += 1
        let bytes = chain.copy()
        card.put(chain)
        try checkReceived(bytes)
        return true
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
        case 12 where Int.random(in: 0..<8, using: &random) == 0: loseState()
        default: clearFaults()
        }
    }

    /// But a card that is gone stays gone.
    func clearFaults() {
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
        try look(&card)
        // Where frames may be lost: closed with them, or waited for until that is a hang.
        let isPatient = !mayLoseSent || Int.random(in: 0..<20, using: &random) == 0
        let isSent = try waitUntilPending(&card, atMost: 0, nanoseconds: isPatient && !isGone ? 5_000_000_000 : 1_000_000)
        guard isSent || mayLoseSent || isGone else { throw Broken("\(card.pendingFrames) frames were never reported done") }
        var idle = 0
        while idle < 2 {
            let before = received
            try receiveRest(&card)
            idle = received == before ? idle + 1 : 0
        }
        let statistics = try card.readStatistics()
        let isLong = longest > PacketPool.bufferSize
        // After a lie each part of a long frame may look like one.
        guard hasLostCounters || isLong && mayLoseReceived || received + card.receiveTrouble.badFrames <= statistics.received else {
            throw Broken("\(received) + \(card.receiveTrouble.badFrames) bad of \(statistics.received) frames")
        }
        // Frames that were never reported sent keep their buffers: too few may be left for a long one.
        let isStarved = isLong && mayLoseSent && card.receiveTrouble.refillMisses > 0
        guard mayLoseReceived || mayMissReceived || isGone || isStarved || received == statistics.received else {
            throw Broken("\(received) of \(statistics.received) frames came through")
        }
    }

    private mutating func receiveRest(_ card: inout Controller) throws {
        while try receiveOne(&card) {}
        try card.commit()
        sim.step()
    }

    // MARK: Checks

    private mutating func checkReceived(_ bytes: [UInt8]) throws {
        guard bytes.count > 0, bytes.count <= max(longest + 4, PacketPool.bufferSize) else { throw Broken("a frame of \(bytes.count) bytes") }
        // After a lie nothing that a descriptor said can be relied on.
        guard !mayLoseReceived else { return }
        guard bytes.count >= 14 else { throw Broken("a frame of \(bytes.count) bytes") }
        let number = bytes[6..<10].reduce(0) { $0 << 8 | Int($1) }
        guard bytes == Self.frame(number, length: bytes.count), number > lastReceived, number < offered else {
            throw Broken("frame \(number) after \(lastReceived) of \(offered), or damaged")
        }
        lastReceived = number
    }

    private func check(isGone: Bool) throws {
        // On the wire, in order, none twice: each frame that was not reported lost, and some of those that were.
        var onWire = sim.sent[...]
        for (number, frame) in accepted.enumerated() {
            if onWire.first == frame {
                onWire.removeFirst()
            } else if !lost.contains(number) {
                throw Broken("frame \(number) of \(accepted.count) was reported done, and is not on the wire")
            }
        }
        guard onWire.isEmpty else { throw Broken("the wire has other frames than those that were accepted") }
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
