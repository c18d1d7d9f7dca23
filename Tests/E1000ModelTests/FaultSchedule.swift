import DeviceAccess
@testable import E1000
@testable import E1000Model
import Frames
import Glibc
import TestSupport

/// One random history of sending, receiving and things going wrong; the seed tells all of it.
struct FaultSchedule {
    var random: SplitMix
    /// 60 µs an access, in which the PHY and the EEPROM have answered: the driver's bounds for those are of real time, and on a busy
    /// machine they may pass between two looks.
    let clock = VirtualClock(step: 60_000)
    let sim: SimDevice
    let ring: UInt32
    /// Bytes, without a tag: more than a buffer's, where frames are taken as chains.
    let longest: Int
    var configuration = Configuration()
    var poll = AdaptivePoll()

    // What was done.
    var accepted: [Accepted] = []
    /// Of those: reported lost, by a recovery or at the end.
    var lost: Set<Int> = []
    var offered: [Offered] = []
    var lastReceived = -1
    var received: UInt64 = 0
    /// Buffers in the program's hands, by number.
    var hands: Set<Int> = []
    var loans = Loans()
    /// What `setFlowControl` was told last.
    var pauses: FlowControl = []
    var events = Events()

    // What went wrong so far.
    var mayLoseSent = false
    var mayLoseReceived = false
    /// Frames in the card's own memory went with a recovery; the counters too when the card was reset by somebody else.
    var mayMissReceived = false
    var hasLostCounters = false
    var hasWrongChecksums = false

    init(seed: UInt64) {
        random = SplitMix(seed: seed)
        var options = SimDevice.Options()
        // The 82544GC's EEPROM is read a wire at a time: some 10,000 register accesses, longer than the rest of a history.
        let kinds = ModelKind.allCases.filter { $0 != .i82544GC }
        let isSlow = Int.random(in: 0..<16, using: &random) == 0
        options.kind = isSlow ? .i82544GC : kinds.randomElement(using: &random) ?? .i82540EM
        ring = [8, 16, 24, 64].randomElement(using: &random) ?? 8
        let jumbo = ring == 8 || options.kind.isPCIe ? 9000 : 16376
        longest = [1514, 1514, 4096, jumbo].randomElement(using: &random) ?? 1514
        options.dmaSize = 1 << 20
        options.negotiationTime = .random(in: 0...1_000_000, using: &random)
        sim = SimDevice(options, clock: clock)
        events.kinds = [options.kind]
        configure()
        // Some ten thousand are many; a wait without an end is found long before the test's own limit.
        var calls = 0
        sim.onCall = {
            calls += 1
            precondition(calls < 1_000_000, "RINGLIGHT_SEED=\(seed): the driver goes on without an end")
        }
    }

    private mutating func configure() {
        (configuration.transmitDescriptors, configuration.receiveDescriptors) = (ring, ring)
        configuration.maximumFrame = UInt32(longest)
        configuration.spareBuffers = .random(in: 0...8, using: &random)
        configuration.reportEvery = .random(in: 1...ring / 4, using: &random)
        configuration.stripsVLANTags = Bool.random(using: &random)
        configuration.verifiesChecksums = Int.random(in: 0..<4, using: &random) != 0
        if Bool.random(using: &random) { configuration.moderation = moderation() }
        if Int.random(in: 0..<4, using: &random) == 0 { configuration.filters = .random(&random) }
        // Counted, not timed: each run is the same.
        poll.idleTime = .max
        poll.idleLooks = .random(in: 0...5, using: &random)
        poll.longestSleep = .random(in: 100_000...1_000_000, using: &random)
    }

    /// - Throws: `Broken` when something does not hold; a `DeviceError` that the card gave no reason for.
    mutating func run() throws {
        var card = try open()
        var isGone = false
        do {
            try tellOwners(card)
            for _ in 0..<Int.random(in: 10...70, using: &random) {
                try step(&card)
                try tellOwners(card)
            }
            try settle(&card)
            try tellOwners(card)
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
        switch Int.random(in: 0..<18, using: &random) {
        case 0...3: try send(&card)
        case 4...6: try deliver()
        case 7...9: try receive(&card)
        case 10...12: try wait(&card)
        case 13:
            _ = try card.linkState()
            _ = try card.takeLinkChange()
            _ = try card.readStatistics()
        case 14: try watch(&card)
        case 15: try reconfigure(&card)
        default: change()
        }
    }

    /// Each wait ends when its time has passed, and not more than some register accesses later.
    private mutating func wait(_ card: inout Controller) throws {
        let start = clock.now
        let bound: Int64
        switch Int.random(in: 0..<4, using: &random) {
        case 0:
            bound = 500_000
            let recoveries = events.recoveries
            _ = try waitUntilPending(&card, atMost: .random(in: 0..<ring, using: &random), nanoseconds: bound)
            guard events.recoveries == recoveries else { return }
        case 1:
            bound = 500_000
            let descriptors = UInt32.random(in: 0..<ring, using: &random)
            do {
                let isEnough = try card.waitForRoom(descriptors: descriptors, nanoseconds: bound)
                guard !isEnough || card.freeDescriptors >= descriptors else { throw Broken("there is no room") }
            } catch let error as DeviceError where error.kind == .stopped {
                guard mayLoseSent || sim.card.faults.transmitterHangs else { throw Broken("no reason for: \(error)") }
                return try look(&card)
            }
        case 2:
            bound = 200_000
            let isThere = try card.waitForFrame(nanoseconds: bound)
            guard isThere == card.receiveRing.isReady else { throw Broken("a frame is there: \(!isThere), and the wait said otherwise") }
        default:
            try lookAround(&card)
            return
        }
        try loans.noteDone(&card)
        let time = clock.now - start
        guard time <= bound + 5_000_000 else { throw Broken("a wait of \(bound) ns took \(time) ns") }
    }

    /// AdaptivePoll, which sleeps once: a descriptor that is readable ends its wait after that.
    @discardableResult
    mutating func lookAround(_ card: inout Controller) throws -> Bool {
        let arrival = try poll.wait(for: &card, nanoseconds: .max, wake: Self.readable)
        guard (arrival != nil) == card.receiveRing.isReady else { throw Broken("the poll said \(arrival != nil), the ring says otherwise") }
        events.polls += 1
        return arrival != nil
    }

    /// Always polls readable.
    private static let readable = Glibc.open("/dev/null", O_RDONLY)

    /// The card does what it should again: what it still can finish, it finishes.
    private mutating func settle(_ card: inout Controller) throws {
        clearFaults()
        let isGone = sim.card.faults.isGone
        sim.setCable(true)
        // A change that an unanswered PHY broke off is made whole.
        if events.linkChanges > 0 { try card.setLink(.autonegotiate(.all)) }
        // Longer than a negotiation and all delays.
        _ = clock.sleep(nanoseconds: 30_000_000, wake: -1)
        sim.step()
        try look(&card)
        // Where frames may be lost: closed with them, or waited for until that is a hang.
        let isPatient = !mayLoseSent || Int.random(in: 0..<20, using: &random) == 0
        let isSent = try waitUntilPending(&card, atMost: 0, nanoseconds: isPatient && !isGone ? 5_000_000_000 : 1_000_000)
        guard isSent || mayLoseSent || isGone else { throw Broken("\(card.pendingFrames) frames were never reported done") }
        try loans.noteDone(&card)
        try takeBackAll(&card)
        guard !isSent || hands.isEmpty else { throw Broken("\(hands.count) buffers are lent, and nothing is on the ring") }
        var idle = 0
        while idle < 2 {
            let before = received
            try receiveRest(&card)
            idle = received == before ? idle + 1 : 0
        }
        try checkCounters(&card, isGone: isGone)
    }

    private mutating func checkCounters(_ card: inout Controller, isGone: Bool) throws {
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

    // MARK: Checks

    /// Each buffer is in one place, and the program has those that it knows of: what else the card or the program touches, is found.
    mutating func tellOwners(_ card: borrowing Controller) throws {
        let books = try PoolBooks(card)
        guard books.handedOut == hands else {
            throw Broken("the program has buffers \(hands.sorted()), and by the driver's books \(books.handedOut.sorted())")
        }
        books.tell(sim.memory, of: card)
    }

    private func check(isGone: Bool) throws {
        try checkWire()
        if !isGone {
            // Quiet: neither sends nor receives, whoever has the memory now.
            guard sim.card.read(ModelRegister.RCTL.rawValue) == 0, sim.card.read(ModelRegister.TCTL.rawValue) == 0 else {
                throw Broken("closed, and the card still runs")
            }
            sim.card.isBusMaster = true
            sim.deliver(HistoryFrames.plain(0, length: 100))
            sim.step()
        }
        guard sim.card.violations.isEmpty else { throw Broken("\(sim.card.violations)") }
        guard sim.card.unknownOffsets.isEmpty else { throw Broken("registers that are none: \(sim.card.unknownOffsets)") }
        guard sim.memory.guardsAreIntact else { throw Broken("written beyond the DMA memory") }
    }
}
