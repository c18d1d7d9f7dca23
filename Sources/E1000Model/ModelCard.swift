/// An 82540EM, or a relative of it, as a Swift value, written from the manual: registers, rings, filters, interrupts, PHY,
/// EEPROM, offloads, statistics.
///
/// It has no clock, no thread and no wire: time comes with `advance(to:memory:)`, frames come with `arrive(_:memory:)` and
/// go with `takeTransmitted()`, memory is lent for each call. So any history can be replayed, and a copy is a checkpoint.
public struct ModelCard: Sendable {
    static let registerWords = 0xb640 / 4
    /// Bytes of BAR0.
    public static let barSize = 0x20000
    /// What registers that the manual gives no reset value hold after power-up, so that a driver that relies on them is found.
    static let unspecified: UInt32 = 0xa5a5_a5a5

    /// Which of the family it is.
    public let kind: ModelKind
    var words: [UInt32]
    /// What the card's EEPROM holds; a driver may find it broken.
    public var eeprom: ModelEEPROM
    var microwire = Microwire()
    var phy: ModelPHY
    var interrupts = InterruptUnit()
    var receiveTimers = DelayTimers()
    var transmitTimers = DelayTimers()
    var receiver = ReceiveState()
    var transmitter = TransmitState()
    var flow = FlowState()
    /// Done bits that are written later, in order.
    var writeBacks: [WriteBack] = []
    /// PCI command register, bus master enable: without it the card neither reads nor writes memory.
    public var isBusMaster = true {
        didSet { if !isBusMaster { writeBacks = [] } }
    }
    /// An illegal access stops all DMA until a reset, as a master abort does.
    var isHalted = false
    var canAccessMemory: Bool { isBusMaster && !isHalted && !faults.isGone }
    var transmitted: [[UInt8]] = []

    /// Nanoseconds, as `advance` was last told.
    public internal(set) var now: Int64 = 0
    /// When EERD, MDIC and CTRL.RST are done.
    var eepromDoneAt: Int64?
    var mdioDoneAt: Int64?
    var resetDoneAt: Int64?
    private var macLinkWasUp = false

    /// What it does wrong; may change at any time.
    public var faults = Faults()
    /// What the driver did wrong so far.
    public internal(set) var violations: [Violation] = []
    /// Those of before somebody else reset the card: what the driver does until it has noticed is no mistake of its own.
    private var violationsBeforeLoss: [Violation]?
    /// Offsets that were accessed where no register is.
    public internal(set) var unknownOffsets: Set<UInt32> = []

    /// A word of a descriptor that is due to be written.
    struct WriteBack: Sendable {
        let due: Int64
        let address: UInt64
        let word: UInt64
        let isReceive: Bool
        /// Of a transmit descriptor: interrupt delayed (IDE).
        let isDelayed: Bool
        /// Of a received frame: bytes, for small-packet detection.
        let length: Int
    }

    /// - Parameters:
    ///   - kind: which card it is.
    ///   - eeprom: what is in its EEPROM.
    ///   - negotiationTime: nanoseconds until a link comes up; about 2 s on silicon.
    public init(_ kind: ModelKind = .i82540EM, eeprom: ModelEEPROM, negotiationTime: Int64 = 2_000_000_000) {
        self.kind = kind
        self.eeprom = eeprom
        phy = ModelPHY(identifier: kind.phyIdentifier, negotiationTime: negotiationTime)
        words = RegisterDefinition.table.map { $0?.reset ?? ($0 == nil ? 0 : Self.unspecified & ($0?.writable ?? 0)) }
        // The 82574L has less packet memory: 20 KB each way.
        if kind.isPCIe { self[.PBA] = 20 << 16 | 20 }
        prepareForKind()
        loadStationAddress()
        updateLink()
    }

    /// The 82574L has read its EEPROM by itself (EECD.AUTO_RD), and knows 802.1Q's type.
    private mutating func prepareForKind() {
        guard kind.isPCIe else { return }
        self[.EECD] |= 1 << 9
        self[.VET] = 0x8100
    }

    subscript(_ register: ModelRegister) -> UInt32 {
        get { words[Int(register.rawValue >> 2)] }
        set { words[Int(register.rawValue >> 2)] = newValue }
    }

    /// Entry 0 of the receive addresses comes from the EEPROM (13.5.2).
    private mutating func loadStationAddress() {
        let bytes = eeprom.address.map(UInt32.init)
        let base = Int(RegisterArray.RAR.base >> 2)
        words[base] = bytes[0] | bytes[1] << 8 | bytes[2] << 16 | bytes[3] << 24
        words[base + 1] = bytes[4] | bytes[5] << 8 | 1 << 31
    }

    // MARK: Time

    /// When the card will next do something by itself; `nil`: not unless it is spoken to.
    public var nextEvent: Int64? {
        var next: Int64?
        // Asked at each access: without an array.
        func add(_ time: Int64?) {
            guard let time else { return }
            next = min(next ?? time, time)
        }
        add(receiveTimers.nextEvent)
        add(transmitTimers.nextEvent)
        add(interrupts.nextEvent(now: now))
        add(phy.upAt)
        add(writeBacks.first?.due)
        add(eepromDoneAt)
        add(mdioDoneAt)
        add(resetDoneAt)
        add(flow.pausedUntil)
        return next
    }

    /// Lets time pass: everything that is due happens, in order.
    ///
    /// - Parameters:
    ///   - time: nanoseconds, not before `now`.
    ///   - memory: what the card's DMA reaches.
    public mutating func advance(to time: Int64, memory: inout some BusMemory) {
        while let event = nextEvent, event <= time {
            now = max(now, event)
            fire(memory: &memory)
        }
        now = max(now, time)
        fire(memory: &memory)
    }

    /// What is due at `now`.
    mutating func fire(memory: inout some BusMemory) {
        if let due = resetDoneAt, due <= now {
            resetDoneAt = nil
            self[.CTRL] &= ~CTRLBits.RST
        }
        if let due = eepromDoneAt, due <= now {
            eepromDoneAt = nil
            let word = eeprom.words[Int(self[.EERD] >> kind.eepromAddressShift & 0x3f)]
            self[.EERD] = UInt32(word) << 16 | self[.EERD] & 0xfffc & ~kind.eepromDone | kind.eepromDone
        }
        if let due = mdioDoneAt, due <= now { finishMDIO() }
        if let due = flow.pausedUntil, due <= now { resumeSending() }
        phy.advance(now: now)
        updateLink()
        while let first = writeBacks.first, first.due <= now {
            writeBacks.removeFirst()
            finish(first, memory: &memory)
        }
        runTransmitter(memory: &memory)
        runReceiver(memory: &memory)
        if receiveTimers.expire(now: now) { interrupts.raise(ModelCause.RXT0) }
        if transmitTimers.expire(now: now) { interrupts.raise(ModelCause.TXDW) }
        interrupts.update(now: now, toLose: &faults.interruptsToLose)
    }

    // MARK: The outside

    /// The interrupt line, as the host sees it.
    public var isInterrupting: Bool { interrupts.line && !faults.isGone }

    /// Whether frames can be sent and received.
    public var isLinkUp: Bool { self[.STATUS] & STATUSBits.LU != 0 }

    /// Plugs or pulls the cable; the link follows after negotiation.
    public mutating func setCable(_ connected: Bool) {
        phy.setCable(connected, now: now)
        updateLink()
        interrupts.update(now: now, toLose: &faults.interruptsToLose)
    }

    /// Frames that went onto the wire since the last call, without their CRC.
    public mutating func takeTransmitted() -> [[UInt8]] {
        defer { transmitted = [] }
        return transmitted
    }

    /// STATUS follows the PHY while CTRL.SLU lets it (13.4.2); a change is LSC.
    mutating func updateLink() {
        let (speed, isFullDuplex) = phy.resolved
        let control = self[.CTRL]
        var status = self[.STATUS] & STATUSBits.TXOFF
        let isUp = phy.isUp && control & CTRLBits.SLU != 0
        if isUp { status |= STATUSBits.LU }
        if control & CTRLBits.FRCDPLX != 0 ? control & CTRLBits.FD != 0 : isFullDuplex { status |= STATUSBits.FD }
        let rate: UInt32 = speed == 1000 ? 2 : speed == 100 ? 1 : 0
        status |= (control & CTRLBits.FRCSPD != 0 ? (control & CTRLBits.SPEED) >> 8 : rate) << STATUSBits.SPEED_SHIFT
        if kind.isPCIe, control & CTRLBits.GIO_MASTER_DISABLE == 0 { status |= STATUSBits.GIO_MASTER_ENABLE }
        self[.STATUS] = status
        if isUp != macLinkWasUp {
            macLinkWasUp = isUp
            interrupts.raise(ModelCause.LSC)
        }
    }

    /// Somebody else resets the card: the bus, or power that was away for a moment.
    public mutating func loseState() {
        let before = violationsBeforeLoss ?? violations
        reset()
        violationsBeforeLoss = before
        self[.CTRL] &= ~CTRLBits.RST
        resetDoneAt = nil
    }

    /// CTRL.RST (13.4.1): everything but the PHY, the multicast and VLAN tables, and the statistics' history on the wire.
    mutating func reset() {
        if let before = violationsBeforeLoss { violations = before }
        violationsBeforeLoss = nil
        if faults.endWithReset { faults = Faults() }
        for (index, definition) in RegisterDefinition.table.enumerated() {
            guard let definition, !definition.survivesReset else { continue }
            words[index] = definition.reset ?? Self.unspecified & definition.writable
        }
        prepareForKind()
        loadStationAddress()
        microwire = Microwire()
        interrupts = InterruptUnit()
        receiveTimers.stop()
        transmitTimers.stop()
        receiver = ReceiveState()
        transmitter = TransmitState()
        flow = FlowState()
        writeBacks = []
        isHalted = false
        (eepromDoneAt, mdioDoneAt) = (nil, nil)
        // The link's way through the MAC is gone with SLU; nobody is told, since nothing is unmasked.
        macLinkWasUp = false
        updateLink()
        self[.CTRL] |= CTRLBits.RST
        resetDoneAt = faults.resetHangs ? nil : now + 1000
    }

    /// A driver's mistake that stops the card's DMA, as a master abort does.
    mutating func halt(_ violation: Violation) {
        violations.append(violation)
        isHalted = true
    }
}
