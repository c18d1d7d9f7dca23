import DeviceAccess
import E1000
@testable import E1000Model

/// The watch on a card, and what it is for: a card that has stopped is told from one that works, has no link, or is gone.
extension FaultSchedule {
    /// Often a look, seldom a recovery without need, or a hang that must be found.
    mutating func watch(_ card: inout Controller) throws {
        switch Int.random(in: 0..<12, using: &random) {
        case 0: try recover(&card)
        case 1: try hang(&card)
        default: try look(&card)
        }
    }

    mutating func look(_ card: inout Controller) throws {
        do {
            try card.throwIfStopped()
        } catch {
            guard error.kind == .stopped else { throw error }
            try recover(&card)
        }
    }

    /// As the tools wait: a card that has stopped is recovered, and waited for again.
    mutating func waitUntilPending(_ card: inout Controller, atMost frames: UInt32, nanoseconds: Int64) throws -> Bool {
        do {
            return try card.waitUntilPending(atMost: frames, nanoseconds: nanoseconds)
        } catch {
            guard error.kind == .stopped else { throw error }
            guard mayLoseSent || sim.card.faults.transmitterHangs else { throw Broken("no reason for: \(error)") }
            try recover(&card)
            return try card.waitUntilPending(atMost: frames, nanoseconds: nanoseconds)
        }
    }

    /// Somebody else resets the card.
    mutating func loseState() {
        sim.card.loseState()
        events.resets += 1
        (mayLoseSent, mayMissReceived, hasLostCounters) = (true, true, true)
    }

    /// The youngest frames that were accepted are lost.
    mutating func noteLost(_ count: UInt32) { lost.formUnion(accepted.count - Int(count)..<accepted.count) }

    /// Loses what the transmit ring holds at most, says so, and keeps what was received.
    private mutating func recover(_ card: inout Controller) throws {
        sim.card.faults.transmitterHangs = false
        if sim.card.faults.transmitDone == .never { sim.card.faults.transmitDone = .atOnce }
        card.reclaim()
        let (pending, waiting, before) = (card.pendingFrames, card.waitingFrames, card.driverCounters)
        try recoverInVain(&card)
        let lost = try recoverDespitePHY(&card)
        try tellOwners(card)
        let after = card.driverCounters
        guard lost <= pending, lost < ring, card.pendingFrames == 0, card.freeDescriptors == ring - 1 else {
            throw Broken("\(lost) frames lost of \(pending), \(card.pendingFrames) pending, room for \(card.freeDescriptors)")
        }
        try loans.noteDone(&card)
        guard after.recoveries == before.recoveries + 1, after.lostFrames == before.lostFrames + UInt64(lost),
            (after.lostBytes == before.lostBytes) == (lost == 0)
        else { throw Broken("\(lost) frames lost, counted as \(before) and \(after)") }
        // The reset may have let a late write-back through.
        guard card.waitingFrames >= waiting else { throw Broken("\(card.waitingFrames) of \(waiting) received frames are left") }
        guard try card.checkHealth() != .wasReset else { throw Broken("it is not running after a recovery") }
        try checkPauses()
        noteLost(lost)
        events.recoveries += 1
        events.lost += Int(lost)
        if lost > 0 { mayLoseSent = true }
        mayMissReceived = true
    }

    /// A reset that does not end is told of, and changes nothing that a later one could miss.
    private mutating func recoverInVain(_ card: inout Controller) throws {
        guard sim.card.faults.resetHangs, !sim.card.faults.endWithReset, !sim.card.faults.isGone else { return }
        let pending = card.pendingFrames
        do {
            try card.recover()
            throw Broken("recovered by a reset that does not end")
        } catch let error as DeviceError {
            guard error.kind == .timeout, card.pendingFrames == pending else { throw error }
        }
        events.timeouts += 1
        sim.card.faults.resetHangs = false
    }

    /// A PHY that does not answer, with a link that was asked for, is told of; once it answers, a recovery is whole, and what the ring
    /// held is lost once.
    private mutating func recoverDespitePHY(_ card: inout Controller) throws -> UInt32 {
        let before = card.driverCounters.lostFrames
        do {
            return try card.recover()
        } catch {
            guard error.kind == .timeout, sim.card.faults.mdioHangs, !sim.card.faults.isGone else { throw error }
        }
        events.timeouts += 1
        sim.card.faults.mdioHangs = false
        guard try card.recover() == 0 else { throw Broken("a ring that was emptied has lost frames again") }
        return UInt32(card.driverCounters.lostFrames - before)
    }

    /// Pause frames are obeyed and sent as they were to be.
    private func checkPauses() throws {
        let control = sim.card[.CTRL]
        guard FlowControl(rawValue: UInt8(control >> 27 & 3)) == pauses else {
            throw Broken("pauses are \(pauses), and CTRL is 0x\(String(control, radix: 16))")
        }
    }

    /// The transmitter stops, or does not, while the link comes and goes: known within 2 s with a link, and not mistaken.
    private mutating func hang(_ card: inout Controller) throws {
        clearFaults()
        sim.setCable(true)
        _ = clock.sleep(nanoseconds: 30_000_000, wake: -1)
        try look(&card)
        let stops = Int.random(in: 0..<4, using: &random) != 0
        if stops {
            if Bool.random(using: &random) { sim.card.faults.transmitterHangs = true } else { sim.card.faults.transmitDone = .never }
        }
        try send(&card)
        try card.commit()
        if card.pendingFrames == 0 { return }
        if stops { mayLoseSent = true }
        var breaks = Int.random(in: 0...2, using: &random)
        let departure = Int.random(in: 0..<10, using: &random) == 0 ? clock.now + .random(in: 0...1_500_000_000, using: &random) : .max
        var since = clock.now
        while clock.now - since < 2_000_000_000 {
            _ = clock.sleep(nanoseconds: .random(in: 10_000_000...200_000_000, using: &random), wake: -1)
            if clock.now > departure {
                sim.card.faults.isGone = true
                events.departures += 1
            }
            switch try card.checkHealth() {
            case _ where sim.card.faults.isGone: throw Broken("it is gone, and was not missed")
            case .hung(let frames, let nanoseconds):
                // Or frames of before, whose reports never came, are still on the ring.
                guard stops || mayLoseSent, frames == card.pendingFrames, (Controller.hangBound..<2_000_000_000).contains(nanoseconds) else {
                    throw Broken("called hung with \(frames) of \(card.pendingFrames) frames after \(nanoseconds) ns, stops: \(stops)")
                }
                events.hangs += 1
                return try recover(&card)
            case .working: break
            case .linkDown: throw Broken("no link, with a cable")
            case .paused: throw Broken("asked to pause by nobody")
            case .wasReset: throw Broken("reset by nobody")
            }
            if breaks > 0, Bool.random(using: &random) {
                breaks -= 1
                sim.setCable(false)
                _ = clock.sleep(nanoseconds: .random(in: 0...3_000_000_000, using: &random), wake: -1)
                guard try card.checkHealth() == (card.pendingFrames == 0 ? .working : .linkDown) else { throw Broken("no cable, and no word of it") }
                sim.setCable(true)
                _ = clock.sleep(nanoseconds: 2_000_000, wake: -1)
                // A look, from which the time counts.
                _ = try card.checkHealth()
                since = clock.now
            }
        }
        guard !stops else { throw Broken("\(card.pendingFrames) frames hang, and nobody noticed within 2 s") }
        guard card.pendingFrames == 0 else { throw Broken("\(card.pendingFrames) frames were never reported done") }
    }
}
