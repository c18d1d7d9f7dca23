/// Causes, mask, throttling and delay timers (3.2.7, 3.4.3, 13.4.17–13.4.21).
struct InterruptUnit: Sendable {
    /// ICR.
    private(set) var causes: UInt32 = 0
    /// IMS.
    var mask: UInt32 = 0
    /// Least nanoseconds between two assertions (ITR, in units of 256 ns).
    var throttle: Int64 = 0
    private var lastAssertion: Int64?
    private var isAsserted = false
    /// This assertion got lost on its way.
    private var isLost = false

    /// The interrupt as the host sees it.
    var line: Bool { isAsserted && !isLost }

    mutating func raise(_ causes: UInt32) { self.causes |= causes }

    /// Acknowledges causes: a read of ICR takes all.
    mutating func clear(_ causes: UInt32) { self.causes &= ~causes }

    /// When a throttled interrupt is due.
    func nextEvent(now: Int64) -> Int64? {
        guard causes & mask != 0, !isAsserted, let lastAssertion else { return nil }
        return lastAssertion + throttle
    }

    /// Brings the line up to date.
    mutating func update(now: Int64, toLose: inout Int) {
        guard causes & mask != 0 else {
            (isAsserted, isLost) = (false, false)
            return
        }
        guard !isAsserted else { return }
        if let lastAssertion, now < lastAssertion + throttle { return }
        isAsserted = true
        lastAssertion = now
        if toLose > 0 {
            toLose -= 1
            isLost = true
        }
    }
}

/// A packet timer that each frame restarts, and an absolute one that none does (3.2.7.1): RDTR with RADV, TIDV with TADV.
struct DelayTimers: Sendable {
    /// RDTR, RADV, TIDV and TADV count in these many nanoseconds.
    static let unit: Int64 = 1024

    private var packet: Int64?
    private var absolute: Int64?

    var nextEvent: Int64? {
        guard let packet else { return nil }
        return min(packet, absolute ?? packet)
    }

    /// - Parameters:
    ///   - delay: of the packet timer, in units; 0: none, both are off.
    ///   - longest: of the absolute timer, in units; 0: none.
    /// - Returns: true when the interrupt is due at once.
    mutating func frame(now: Int64, delay: UInt32, longest: UInt32) -> Bool {
        guard delay > 0 else { return true }
        packet = now + Int64(delay) * Self.unit
        if longest > 0, absolute == nil { absolute = now + Int64(longest) * Self.unit }
        return false
    }

    /// - Returns: true when a timer has run out; both stop.
    mutating func expire(now: Int64) -> Bool {
        guard let nextEvent, nextEvent <= now else { return false }
        stop()
        return true
    }

    /// - Returns: true when they ran.
    @discardableResult
    mutating func stop() -> Bool {
        defer { (packet, absolute) = (nil, nil) }
        return packet != nil
    }
}
