import Clocks
import DeviceAccess
import Glibc

/// How a card does, as `Controller.checkHealth` finds it.
public enum Health: Sendable, Equatable {
    /// It sends, or has nothing to send.
    case working
    /// The link is down: what was given to the card waits.
    case linkDown
    /// The other end has asked for a pause (`setFlowControl`): what was given to the card waits.
    case paused
    /// The link is up, and no frame was reported sent for so long although some wait: `recover` helps.
    case hung(frames: UInt32, nanoseconds: Int64)
    /// Its receiver or transmitter is off though the driver turned both on: somebody has reset the card. `recover` helps.
    case wasReset
}

/// When the transmitter last got on.
struct Progress {
    /// The oldest descriptor that was the card's then.
    var oldest: UInt32?
    var since: Int64 = 0
}

extension Controller {
    /// How long a card with frames to send and a link may report none done: a longest frame takes 14 ms at 10 Mb/s.
    public static var hangBound: Int64 { 1_500_000_000 }

    /// Whether the card sends what it was given. Called now and then, twice a second say; the waits for room do it by themselves.
    /// Every five minutes it also reads the card's counters, so that none fills up (`readStatistics`).
    ///
    /// - Throws: `.vanished` when the card has left the bus.
    public mutating func checkHealth() throws(DeviceError) -> Health {
        let status = try device.registers.read(STATUS.self)
        guard status != .max else { throw .vanishedCard }
        reclaim()
        let now = device.now
        try keepStatistics(now: now)
        guard try device.registers.read(RCTL.self) & RCTL.EN != 0, try device.registers.read(TCTL.self) & TCTL.EN != 0 else {
            return .wasReset
        }
        guard let oldest = transmitRing.oldestInFlight, oldest == progress.oldest else {
            progress = Progress(oldest: transmitRing.oldestInFlight, since: now)
            return .working
        }
        guard status & STATUS.LU != 0 else {
            progress.since = now
            return .linkDown
        }
        guard status & STATUS.TXOFF == 0 else {
            progress.since = now
            return .paused
        }
        guard now - progress.since >= Self.hangBound else { return .working }
        // The same position may be a ring later: a card at work gets on while it is looked at.
        for _ in 0..<20 {
            usleep(1_000)
            reclaim()
            guard transmitRing.oldestInFlight == oldest else {
                progress = Progress(oldest: transmitRing.oldestInFlight, since: device.now)
                return .working
            }
        }
        return .hung(frames: pendingFrames, nanoseconds: now - progress.since)
    }

    /// Resets and initialises a card that has stopped, with the same configuration, and what was asked for since: filters and
    /// moderation, `setLink`, `setLoopback`, `setFlowControl`, `setPortLights`. Frames that were received and not yet taken stay; the
    /// link is down for some seconds where its ends have to agree.
    ///
    /// - Returns: frames that were handed over and not reported sent: they are lost, or were sent and are not known to be.
    /// - Throws: `.vanished` or `.timeout` when the card, or a PHY with a link that was asked for, does not come back: `checkHealth`
    ///   calls the card reset then.
    @discardableResult
    public mutating func recover() throws(DeviceError) -> UInt32 {
        // What the reset would clear.
        _ = try readStatistics()
        let registers = device.registers
        try registers.reset(model, configuration)
        reclaim()
        counters.lostBytes &+= transmitRing.pendingBytes
        let lost = transmitRing.abandon(into: &pool)
        counters.lostFrames &+= UInt64(lost)
        receiveRing.restart(in: pool)
        try registers.configureGeneral(model, configuration)
        try registers.configureReceive(receiveRing, model, configuration, address: macAddress)
        try registers.configureTransmit(transmitRing, model, configuration)
        try repeatRequests()
        try registers.enableReceive(receiveRing, configuration)
        receivesFrom = Clocks.monotonic + quirks.receiveDelay
        receiveIsMasked = false
        counters.recoveries &+= 1
        progress = Progress()
        return lost
    }

    /// `checkHealth` for a caller that goes on with a card that works, has no link, or was asked to pause.
    ///
    /// - Throws: `.stopped` when `recover` helps, `.vanished` when the card has left the bus.
    public mutating func throwIfStopped() throws(DeviceError) {
        switch try checkHealth() {
        case .working, .linkDown, .paused: return
        case .hung(let frames, let nanoseconds):
            throw DeviceError(
                .stopped, "transmitter", "\(frames) frames wait, and none was sent for \(nanoseconds / 1_000_000) ms though the link is up",
                remedy: "open the card again, or call recover()")
        case .wasReset:
            throw DeviceError(
                .stopped, "card", "its receiver or transmitter is off: somebody has reset it", remedy: "open the card again, or call recover()")
        }
    }
}
