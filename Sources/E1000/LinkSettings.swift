import DeviceAccess

/// How the link comes about.
public enum LinkMode: Sendable, Equatable {
    /// The two ends agree on the best that both offer.
    case autonegotiate(LinkAbilities)
    /// 10 or 100 Mb/s, whatever the other end does. 1000BASE-T cannot be forced: its ends must agree who is master
    /// (IEEE 802.3, 40.5).
    case forced(speed: Int, fullDuplex: Bool)
}

/// What is offered in autonegotiation (IEEE 802.3, 28.2.4.1.3 and 40.5.1.1).
public struct LinkAbilities: OptionSet, Sendable {
    public let rawValue: UInt16
    public init(rawValue: UInt16) { self.rawValue = rawValue }
    // Bits 5 to 11 as in ANAR.
    public static let half10 = LinkAbilities(rawValue: 1 << 5)
    public static let full10 = LinkAbilities(rawValue: 1 << 6)
    public static let half100 = LinkAbilities(rawValue: 1 << 7)
    public static let full100 = LinkAbilities(rawValue: 1 << 8)
    public static let pause = LinkAbilities(rawValue: 1 << 10)
    public static let asymmetricPause = LinkAbilities(rawValue: 1 << 11)
    /// In GTCR.
    public static let full1000 = LinkAbilities(rawValue: 1 << 15)
    public static let all: LinkAbilities = [.half10, .full10, .half100, .full100, .full1000]

    var advertisement: UInt16 { rawValue & 0x0fe0 | 1 }
    var gigabitControl: UInt16 { contains(.full1000) ? 1 << 9 : 0 }
}

extension Controller {
    private static var forcing: UInt32 { CTRL.FRCSPD | CTRL.FRCDPLX | CTRL.SPEED_MASK | CTRL.FD }

    /// Sets how the link comes about; it goes down and, with an agreeing other end, up again within 3 s.
    ///
    /// - Throws: `.refused` for a speed that cannot be forced, `.timeout` when the PHY does not answer.
    public mutating func setLink(_ mode: LinkMode) throws(DeviceError) {
        let registers = device.registers
        switch mode {
        case .autonegotiate(let abilities):
            guard !abilities.isDisjoint(with: .all) else {
                throw DeviceError(.refused, "link", "no speed is offered", remedy: "offer one at least")
            }
            try registers.writePHY(.ANAR, abilities.advertisement)
            try registers.writePHY(.GTCR, abilities.gigabitControl)
            try registers.change(CTRL.self, set: CTRL.SLU, clear: Self.forcing)
            try registers.writePHY(.BMCR, BMCR.ANE | BMCR.RESTART)
        case .forced(let speed, let fullDuplex):
            guard speed == 10 || speed == 100 else {
                throw DeviceError(.refused, "link", "\(speed) Mb/s cannot be forced", remedy: "use 10 or 100, or autonegotiation")
            }
            try force(
                (speed == 100 ? BMCR.SPEED_100 : 0) | (fullDuplex ? BMCR.FULL_DUPLEX : 0),
                control: (speed == 100 ? 1 : 0) << CTRL.SPEED_SHIFT | (fullDuplex ? CTRL.FD : 0))
        }
    }

    /// Cuts the wire off and sends what is sent back to the receiver, in the PHY (IEEE 802.3, 22.2.4.1.2); and back to
    /// autonegotiation.
    public mutating func setLoopback(_ isOn: Bool) throws(DeviceError) {
        guard isOn else { return try setLink(.autonegotiate(.all)) }
        try force(BMCR.SPEED_1000 | BMCR.FULL_DUPLEX, BMCR.LOOPBACK, control: 2 << CTRL.SPEED_SHIFT | CTRL.FD)
    }

    private mutating func force(_ settings: UInt16, _ loopback: UInt16 = 0, control: UInt32) throws(DeviceError) {
        let registers = device.registers
        try registers.change(CTRL.self, set: CTRL.SLU | CTRL.FRCSPD | CTRL.FRCDPLX | control, clear: Self.forcing)
        // The PHY takes new settings over with a reset of its own, which ends within 500 ms (IEEE 802.3, 22.2.4.1.1); the standard
        // also lets a reset undo them, so they are written again.
        try registers.writePHY(.BMCR, settings | BMCR.RESET)
        try registers.waitForPHY(clear: BMCR.RESET, milliseconds: 500)
        try registers.writePHY(.BMCR, settings | loopback)
    }

    /// Pause frames (IEEE 802.3x; 13.4.8–13.4.12, 13.4.23, 13.4.24): whether those received are obeyed, and whether the card sends
    /// some when its packet memory fills.
    public mutating func setFlowControl(receive: Bool, transmit: Bool) throws(DeviceError) {
        let registers = device.registers
        // 01:80:c2:00:00:01 and type 0x8808, as the standard has them.
        try registers.write(FCAL.self, receive || transmit ? 0x00c2_8001 : 0)
        try registers.write(FCAH.self, receive || transmit ? 0x0100 : 0)
        try registers.write(FCT.self, receive || transmit ? 0x8808 : 0)
        try registers.write(FCTTV.self, transmit ? 0xffff : 0)
        // XOFF while two longest frames still fit; XON when another two do.
        let size = (try registers.read(PBA.self) & 0xffff) << 10
        let two = 2 * (configuration.longestFrame + 4)
        let high = (size >= 2 * two ? size - two : size / 2) & ~7
        try registers.write(FCRTH.self, transmit ? high : 0)
        try registers.write(FCRTL.self, transmit ? (high - min(high / 2, two)) & ~7 | 1 << 31 : 0)
        try registers.change(
            CTRL.self, set: (receive ? CTRL.RFCE : 0) | (transmit ? CTRL.TFCE : 0), clear: CTRL.RFCE | CTRL.TFCE)
    }
}

extension RegisterSpace {
    /// CTRL.RST reaches the MAC only: a program that was killed may have left the PHY in loopback or with a forced speed.
    ///
    /// A PHY that does not answer is no error here: the link stays down, and `selftest` says why.
    func leaveForcedLink() throws(DeviceError) {
        guard let control = try? readPHY(.BMCR), control & (BMCR.LOOPBACK | BMCR.ANE) != BMCR.ANE else { return }
        try writePHY(.BMCR, BMCR.ANE | BMCR.RESTART)
    }
}
