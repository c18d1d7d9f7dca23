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
    /// 10BASE-T, half duplex. This bit and those up to 11 are as in ANAR.
    public static let half10 = LinkAbilities(rawValue: 1 << 5)
    /// 10BASE-T, full duplex.
    public static let full10 = LinkAbilities(rawValue: 1 << 6)
    /// 100BASE-TX, half duplex.
    public static let half100 = LinkAbilities(rawValue: 1 << 7)
    /// 100BASE-TX, full duplex.
    public static let full100 = LinkAbilities(rawValue: 1 << 8)
    /// Pause frames both ways (IEEE 802.3, 28B.2).
    public static let pause = LinkAbilities(rawValue: 1 << 10)
    /// With `pause`: both ways, or received ones only. Alone: sent ones only (IEEE 802.3, 28B.2).
    public static let asymmetricPause = LinkAbilities(rawValue: 1 << 11)
    /// 1000BASE-T, full duplex: in GTCR, since ANAR has no bit for it.
    public static let full1000 = LinkAbilities(rawValue: 1 << 15)
    /// Every speed that the cards have; no pause frames.
    public static let all: LinkAbilities = [.half10, .full10, .half100, .full100, .full1000]

    var advertisement: UInt16 { rawValue & 0x0fe0 | 1 }
    var gigabitControl: UInt16 { contains(.full1000) ? 1 << 9 : 0 }
}

/// Pause frames (IEEE 802.3x).
public struct FlowControl: OptionSet, Sendable {
    public let rawValue: UInt8
    public init(rawValue: UInt8) { self.rawValue = rawValue }
    /// Those received are obeyed.
    public static let receive = FlowControl(rawValue: 1 << 0)
    /// The card sends some when its packet memory fills.
    public static let transmit = FlowControl(rawValue: 1 << 1)
}

extension LinkMode {
    /// - Throws: `.refused` for a speed that cannot be forced, or none that is offered.
    func check() throws(DeviceError) {
        switch self {
        case .autonegotiate(let abilities):
            guard !abilities.isDisjoint(with: .all) else {
                throw DeviceError(.refused, "link", "no speed is offered", remedy: "offer one at least")
            }
        case .forced(let speed, _):
            guard speed == 10 || speed == 100 else {
                throw DeviceError(.refused, "link", "\(speed) Mb/s cannot be forced", remedy: "use 10 or 100, or autonegotiation")
            }
        }
    }
}

extension Controller {
    /// Sets how the link comes about; it goes down and, with an agreeing other end, up again within 3 s. `recover` sets it again.
    ///
    /// - Throws: `.refused` for a speed that cannot be forced, `.timeout` when the PHY does not answer.
    public mutating func setLink(_ mode: LinkMode) throws(DeviceError) {
        try mode.check()
        try device.registers.setLink(mode)
        configuration.link = mode
        requests.isLoopback = false
    }

    /// Cuts the wire off and sends what is sent back to the receiver, in the PHY (IEEE 802.3, 22.2.4.1.2); and back to the link as it
    /// was configured. `recover` does not end it.
    ///
    /// - Throws: `.timeout` when the PHY does not answer.
    public mutating func setLoopback(_ isOn: Bool) throws(DeviceError) {
        guard isOn else { return try setLink(configuration.link) }
        try device.registers.force(BMCR.SPEED_1000 | BMCR.FULL_DUPLEX, BMCR.LOOPBACK, control: 2 << CTRL.SPEED_SHIFT | CTRL.FD)
        requests.isLoopback = true
    }

    /// Sets which pause frames are used: IEEE 802.3x; 8.7.2–8.7.5, 13.4.8–13.4.12, 13.4.23, 13.4.24. For full duplex only. `recover` sets
    /// it again.
    public mutating func setFlowControl(_ flowControl: FlowControl) throws(DeviceError) {
        try device.registers.writeFlowControl(flowControl, longestFrame: configuration.longestFrame)
        configuration.flowControl = flowControl
    }
}

extension RegisterSpace {
    /// What `configureGeneral` has left at its defaults, where the configuration has something else.
    func applyLinkSettings(_ configuration: Configuration) throws(DeviceError) {
        // A link that is there is not broken without need.
        if configuration.link != .autonegotiate(.all) { try setLink(configuration.link) }
        if !configuration.flowControl.isEmpty {
            try writeFlowControl(configuration.flowControl, longestFrame: configuration.longestFrame)
        }
    }

    private var forcing: UInt32 { CTRL.FRCSPD | CTRL.FRCDPLX | CTRL.SPEED_MASK | CTRL.FD }

    fileprivate func setLink(_ mode: LinkMode) throws(DeviceError) {
        switch mode {
        case .autonegotiate(let abilities):
            try change(CTRL.self, set: CTRL.SLU, clear: forcing)
            try negotiate(abilities)
        case .forced(let speed, let fullDuplex):
            try force(
                (speed == 100 ? BMCR.SPEED_100 : 0) | (fullDuplex ? BMCR.FULL_DUPLEX : 0),
                control: (speed == 100 ? 1 : 0) << CTRL.SPEED_SHIFT | (fullDuplex ? CTRL.FD : 0))
        }
    }

    private func negotiate(_ abilities: LinkAbilities) throws(DeviceError) {
        try writePHY(.ANAR, abilities.advertisement)
        try writePHY(.GTCR, abilities.gigabitControl)
        try writePHY(.BMCR, BMCR.ANE | BMCR.RESTART)
    }

    fileprivate func force(_ settings: UInt16, _ loopback: UInt16 = 0, control: UInt32) throws(DeviceError) {
        try change(CTRL.self, set: CTRL.SLU | CTRL.FRCSPD | CTRL.FRCDPLX | control, clear: forcing)
        // The PHY takes new settings over with a reset of its own, which ends within 500 ms (IEEE 802.3, 22.2.4.1.1); the standard
        // also lets a reset undo them, so they are written again.
        try writePHY(.BMCR, settings | BMCR.RESET)
        try waitForPHY(clear: BMCR.RESET, milliseconds: 500)
        try writePHY(.BMCR, settings | loopback)
    }

    /// 13.4.8–13.4.12, 13.4.23, 13.4.24.
    fileprivate func writeFlowControl(_ flowControl: FlowControl, longestFrame: UInt32) throws(DeviceError) {
        let (receive, transmit) = (flowControl.contains(.receive), flowControl.contains(.transmit))
        // 01:80:c2:00:00:01 and type 0x8808, as the standard has them.
        try write(FCAL.self, receive || transmit ? 0x00c2_8001 : 0)
        try write(FCAH.self, receive || transmit ? 0x0100 : 0)
        try write(FCT.self, receive || transmit ? 0x8808 : 0)
        try write(FCTTV.self, transmit ? 0xffff : 0)
        // XOFF while two longest frames still fit; XON when another two do.
        let size = (try read(PBA.self) & 0xffff) << 10
        let two = 2 * (longestFrame + 4)
        let high = (size >= 2 * two ? size - two : size / 2) & ~7
        try write(FCRTH.self, transmit ? high : 0)
        try write(FCRTL.self, transmit ? (high - min(high / 2, two)) & ~7 | 1 << 31 : 0)
        try change(CTRL.self, set: (receive ? CTRL.RFCE : 0) | (transmit ? CTRL.TFCE : 0), clear: CTRL.RFCE | CTRL.TFCE)
    }

    /// CTRL.RST reaches the MAC only: a program before us may have left the PHY in loopback, with a forced speed, or offering less than
    /// it can.
    ///
    /// A PHY that does not answer is no error here: the link stays down, and `selftest` says why.
    func leaveForcedLink() throws(DeviceError) {
        guard let control = try? readPHY(.BMCR), let offered = try? readPHY(.ANAR), let gigabit = try? readPHY(.GTCR) else { return }
        let all = LinkAbilities.all
        let offersAll = offered & all.advertisement == all.advertisement && gigabit & all.gigabitControl == all.gigabitControl
        guard !offersAll || control & (BMCR.LOOPBACK | BMCR.ANE) != BMCR.ANE else { return }
        try negotiate(all)
    }
}
