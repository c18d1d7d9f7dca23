/// The PHY's registers behind MDIC, and the copper link (chapter 11; IEEE 802.3, 22.2.4 and annex 28B).
struct ModelPHY: Sendable {
    /// MDIO address of the internal PHY.
    static let address: UInt32 = 1

    /// Nanoseconds from a connected cable, or a restart, to a link.
    var negotiationTime: Int64
    private var words = [UInt16](repeating: 0, count: 32)
    private(set) var hasCable = true
    private(set) var isUp = false
    /// When the link comes up.
    private(set) var upAt: Int64?
    /// BMSR's link bit stays 0 from a break until it is read.
    private var wasDown = true

    private let identifier: UInt16

    /// - Parameter identifier: PHYID2.
    init(identifier: UInt16, negotiationTime: Int64) {
        self.identifier = identifier
        self.negotiationTime = negotiationTime
        reset(now: 0)
        // The link is older than the driver.
        (isUp, upAt, wasDown) = (true, nil, false)
    }

    /// BMCR bit 14: what is sent comes back.
    var isLoopback: Bool { words[0] & 1 << 14 != 0 }

    /// Mb/s and duplex that both ends can do; the peer can do all.
    var resolved: (speed: Int, isFullDuplex: Bool) {
        guard words[0] & 1 << 12 != 0 else {
            let speed = words[0] & 1 << 6 != 0 ? 1000 : words[0] & 1 << 13 != 0 ? 100 : 10
            return (speed, words[0] & 1 << 8 != 0)
        }
        if words[9] & 1 << 9 != 0 { return (1000, true) }
        if words[9] & 1 << 8 != 0 { return (1000, false) }
        if words[4] & 1 << 8 != 0 { return (100, true) }
        if words[4] & 1 << 7 != 0 { return (100, false) }
        return (10, words[4] & 1 << 6 != 0)
    }

    mutating func reset(now: Int64) {
        words = [UInt16](repeating: 0, count: 32)
        words[0] = 0x1140
        words[2] = 0x0141
        words[3] = identifier
        words[4] = 0x01e1
        words[9] = 0x0300
        words[15] = 0x3000
        negotiate(now: now)
    }

    mutating func setCable(_ connected: Bool, now: Int64) {
        guard connected != hasCable else { return }
        hasCable = connected
        negotiate(now: now)
    }

    private mutating func negotiate(now: Int64) {
        (isUp, wasDown) = (false, true)
        upAt = hasCable ? now + negotiationTime : nil
    }

    mutating func advance(now: Int64) {
        guard let due = upAt, due <= now else { return }
        (isUp, upAt) = (true, nil)
    }

    mutating func read(_ register: UInt32) -> UInt16 {
        let (speed, isFullDuplex) = resolved
        switch register {
        case 1:
            // All abilities but 100BASE-T4; latched-low link, autonegotiation complete.
            var value: UInt16 = 0x7949
            if isUp && !wasDown { value |= 1 << 2 }
            if isUp { value |= 1 << 5 }
            wasDown = !isUp
            return value
        case 5: return isUp ? 0x45e1 : 0
        case 6: return isUp ? 0x0001 : 0
        case 10: return isUp ? 0x3c00 : 0
        case 17:
            // PHY-specific status: speed 15:14, duplex 13, resolved 11, real-time link 10.
            let rate: UInt16 = speed == 1000 ? 2 : speed == 100 ? 1 : 0
            return isUp ? rate << 14 | (isFullDuplex ? 1 << 13 : 0) | 1 << 11 | 1 << 10 : 0
        default: return words[Int(register)]
        }
    }

    mutating func write(_ register: UInt32, _ value: UInt16, now: Int64) {
        switch register {
        case 0:
            guard value & 1 << 15 == 0 else { return reset(now: now) }
            let old = words[0]
            // Reset and restart clear themselves.
            words[0] = value & 0x7d40
            let restarts = value & 1 << 9 != 0 && value & 1 << 12 != 0
            let speedChanged = (old ^ value) & 0x3140 != 0
            if value & 1 << 11 != 0 {
                (isUp, wasDown, upAt) = (false, true, nil)
            } else if restarts || speedChanged || old & 1 << 11 != 0 {
                negotiate(now: now)
            }
        // Status, identifiers and the partner's abilities are read-only.
        case 1, 2, 3, 5, 6, 8, 10, 15, 17, 19, 21: break
        default: words[Int(register)] = value
        }
    }
}
