import Clocks
import DeviceAccess
import Frames

/// A running card: its rings, its packets, its link. Quiet again at the end of its life.
///
/// Used by one thread. Send: `packet()` → `append` → `commit`; receive: `receive()` … `commit`; both with their waits.
public struct Controller: ~Copyable {
    @usableFromInline let device: Device
    /// Where a commit is two stores at most; `nil` where it has more to do: remote registers, or frames without a report of their own.
    @usableFromInline let mapped: MappedRegisters?
    /// What the card is, by its PCI device identifier.
    public let model: CardModel
    let quirks: Quirks
    /// How the card is set up now: as it was opened, with what was set since; `recover` sets the same again.
    public internal(set) var configuration: Configuration
    /// From the EEPROM, whose checksum was verified.
    public let eeprom: EEPROM
    /// The card's own address, out of its EEPROM.
    public var macAddress: MACAddress { eeprom.macAddress }

    @usableFromInline var pool: PacketPool
    @usableFromInline var transmitRing: TransmitRing
    @usableFromInline var receiveRing: ReceiveRing
    private var statistics: StatisticsReader
    /// When they were last read, in the time of `device.now`.
    private var statisticsReadAt: Int64
    var counters = DriverCounters()
    var progress = Progress()
    var requests = Requests()
    /// Causes read from ICR that nobody has asked for yet: a read clears them all.
    var causes: UInt32 = 0
    /// Received frames interrupt nobody: `AdaptivePoll` looks for them.
    var receiveIsMasked = false
    /// When frames can arrive, in CLOCK_MONOTONIC nanoseconds.
    var receivesFrom: Int64

    /// Resets and initialises the card.
    ///
    /// - Throws: `.refused` for ring sizes that cannot be, `.invalid` for a broken EEPROM, `.timeout` and `.vanished`
    ///   for a card that does not answer.
    public init(_ device: consuming Device, configuration: Configuration = Configuration()) throws(DeviceError) {
        let model = try CardModel.driven(device)
        try configuration.check()
        try configuration.checkMaximumFrame(model)
        let quirks = Quirks(model, isEmulated: device.isEmulated)
        let registers = device.registers
        try registers.reset(model, configuration)
        try registers.configureGeneral(model, configuration)
        try registers.leaveForcedLink()
        let eeprom = try EEPROM(reading: registers, model.eeprom)
        try eeprom.check()

        var arena = DMAArena(device.dma)
        var transmitRing = try TransmitRing(
            count: configuration.transmitDescriptors, maximumFrame: configuration.maximumFrame, reportEvery: configuration.reportEvery,
            offers: quirks.offloads.subtracting(configuration.stripsVLANTags ? [] : .vlan), in: &arena)
        transmitRing.delaysInterrupts = configuration.moderation.transmitDelay > 0
        try ringCount(configuration.receiveDescriptors, "receive")
        var pool = try PacketPool(
            count: Int(configuration.transmitDescriptors + configuration.receiveDescriptors + configuration.spareBuffers), in: &arena)
        let receiveRing = try ReceiveRing(
            count: configuration.receiveDescriptors, longestFrame: configuration.longestFrame, in: &arena, from: &pool)

        try registers.configureReceive(receiveRing, model, configuration, address: eeprom.macAddress)
        try registers.configureTransmit(transmitRing, model, configuration)
        let statistics = try StatisticsReader(registers, model, quirks: quirks)
        try registers.applyLinkSettings(configuration)
        try registers.enableReceive(receiveRing, configuration)
        receivesFrom = Clocks.monotonic + quirks.receiveDelay
        self.model = model
        self.quirks = quirks
        self.configuration = configuration
        self.eeprom = eeprom
        self.pool = pool
        self.transmitRing = transmitRing
        self.receiveRing = receiveRing
        mapped = configuration.reportEvery == 1 ? MappedRegisters(registers) : nil
        self.statistics = statistics
        statisticsReadAt = device.now
        self.device = device
    }

    deinit {
        // A card that has gone is quiet already.
        try? device.registers.release(model)
    }

    // MARK: What it is

    /// What a person calls the card.
    public var name: String { device.name }
    /// `uio`, `vfio` or `qemu`.
    public var wayIn: String { device.wayIn }
    /// PCI device identifier; the vendor is Intel (0x8086).
    public var deviceID: UInt16 { device.deviceID }
    /// Which interrupt is in use; the model may have more (`CardModel.messageInterrupts`).
    public var interruptKind: InterruptKind { device.interruptKind }
    /// Descriptors of the transmit ring: a multiple of 8 from 8 to 4096.
    public var transmitDescriptors: UInt32 { transmitRing.count }
    /// Descriptors of the receive ring: a multiple of 8 from 8 to 4096.
    public var receiveDescriptors: UInt32 { receiveRing.count }

    // MARK: Sending

    /// An empty packet; `nil` while all are on the ring or held: `waitForRoom` helps.
    @inlinable public mutating func packet() -> Packet? { pool.get() }

    /// Gives a packet back unsent.
    @inlinable public mutating func put(_ packet: consuming Packet) { pool.put(packet) }

    /// Puts a frame on the transmit ring; the card sees it after `commit`.
    @inlinable @inline(__always) public mutating func append(_ packet: consuming Packet) -> TransmitResult {
        transmitRing.append(packet, from: pool)
    }

    /// Tells the card of everything that was appended, and of the descriptors that were refilled once there are enough of them
    /// (`ReceiveRing.commit`): at most one tail write a ring.
    @inlinable @inline(__always) public mutating func commit() throws(DeviceError) {
        guard let mapped else { return try commitInFull() }
        transmitRing.commit(mapped: mapped)
        receiveRing.commit(mapped: mapped)
    }

    @inline(never) @usableFromInline
    mutating func commitInFull() throws(DeviceError) {
        try transmitRing.commit(device.registers)
        try receiveRing.commit(device.registers)
    }

    /// Takes back what the card has sent.
    /// - Returns: frames sent since the last call.
    @discardableResult
    @inlinable @inline(__always) public mutating func reclaim() -> UInt32 { transmitRing.reclaim(into: &pool) }

    /// Frames handed to the card and not reported done.
    public var pendingFrames: UInt32 { transmitRing.pending }
    /// Their bytes, without CRC.
    public var pendingBytes: UInt64 { transmitRing.pendingBytes }
    /// Frames that `append` would take now.
    public var room: UInt32 { min(transmitRing.room, UInt32(pool.available)) }

    /// How often the transmit and the receive tail were written.
    public var tailWrites: (transmit: UInt64, receive: UInt64) { (transmitRing.tailWrites, receiveRing.tailWrites) }

    // MARK: Receiving

    /// The next received frame, or `nil`. After a batch, `commit` gives its descriptors back to the card.
    @inlinable @inline(__always) public mutating func receive() -> Packet? { receiveRing.next(from: &pool) }

    /// Nanoseconds from now until frames can arrive; 0 when they can.
    public var nanosecondsUntilReceiving: Int64 { max(0, receivesFrom - Clocks.monotonic) }

    /// Received frames that the card marked bad, and times that the program held so many packets that a frame had to wait.
    public var receiveTrouble: (badFrames: UInt64, refillMisses: UInt64) { (receiveRing.badFrames, receiveRing.refillMisses) }

    /// Whose the rings' descriptors are.
    public var occupancy: (transmit: RingOccupancy, receive: RingOccupancy) { (transmitRing.occupancy, receiveRing.occupancy) }
    /// Received frames that nobody has taken: as many loads, no register access.
    public var waitingFrames: UInt32 { receiveRing.waitingFrames }

    // MARK: Link and counters

    /// - Throws: `.vanished` when the card has left the bus.
    public func linkState() throws(DeviceError) -> LinkState {
        let status = try device.registers.read(STATUS.self)
        guard status != .max else { throw .vanishedCard }
        return LinkState(status: status)
    }

    /// The card's counters since it was opened.
    ///
    /// A counter of the card is full at 2^32 - 1 and counts no further until it is read: one of frames after 48 minutes of the shortest
    /// at 1000 Mb/s. `checkHealth` reads them in time.
    public mutating func readStatistics() throws(DeviceError) -> Statistics {
        var result = try statistics.read(device.registers)
        statisticsReadAt = device.now
        result.driver = driverCounters
        return result
    }

    /// Nanoseconds after which `checkHealth` reads the counters that nobody else has: a tenth of the time in which one can fill.
    static var statisticsInterval: Int64 { 300_000_000_000 }

    /// Empties the card's counters into our own before they are full.
    mutating func keepStatistics(now: Int64) throws(DeviceError) {
        if now - statisticsReadAt >= Self.statisticsInterval { _ = try readStatistics() }
    }

    /// The driver's own counters: no register is read, so that they can be had of a card that is gone.
    public var driverCounters: DriverCounters {
        var result = counters
        result.refillMisses = receiveRing.refillMisses
        result.badDescriptors = receiveRing.badFrames
        return result
    }

    mutating func count(_ interrupted: Bool) {
        if interrupted { counters.interrupts &+= 1 } else { counters.polls &+= 1 }
    }

    /// Reads (and so clears) the causes of the interrupt.
    mutating func acknowledge() throws(DeviceError) {
        let value = try device.registers.read(ICR.self)
        guard value != .max else { throw .vanishedCard }
        // The 82574L clears by reading only when every cause is masked, or when it had raised the interrupt.
        if model.family == .pcie && value != 0 { try device.registers.write(ICR.self, value) }
        causes |= value
    }

    // MARK: End

    /// Stops the card and takes every buffer back.
    /// - Returns: frames that were handed to the card and not reported sent.
    public consuming func close() throws(DeviceError) -> UInt32 {
        try device.registers.release(model)
        reclaim()
        receiveRing.abandon(into: &pool)
        return transmitRing.abandon(into: &pool)
    }
}
