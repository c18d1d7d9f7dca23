import Clocks
import DeviceAccess
import Frames

/// How a card is set up.
public struct Configuration: Sendable {
    /// Descriptors of the transmit ring: a multiple of 8 from 8 to 4096.
    public var transmitDescriptors: UInt32 = 256
    /// Descriptors of the receive ring: a multiple of 8 from 8 to 4096.
    public var receiveDescriptors: UInt32 = 256
    /// Buffers beside those on the rings: how many received packets the program may hold at a time.
    public var spareBuffers: UInt32 = 64
    /// Every frame on the wire is received, not only those for us.
    public var promiscuous = false

    public init() {}
}

/// A running card: its rings, its packets, its link. Quiet again at the end of its life.
///
/// Used by one thread. Send: `packet()` → `append` → `commit`; receive: `receive()` … `commit`; both with their waits.
public struct Controller: ~Copyable {
    @usableFromInline let device: Device
    /// From the EEPROM, whose checksum was verified.
    public let eeprom: EEPROM
    public var macAddress: MACAddress { eeprom.macAddress }

    @usableFromInline var pool: PacketPool
    @usableFromInline var transmitRing: TransmitRing
    @usableFromInline var receiveRing: ReceiveRing
    private var statistics: StatisticsReader
    /// Causes read from ICR that nobody has asked for yet: a read clears them all.
    private var causes: UInt32 = 0
    /// When frames can arrive, in CLOCK_MONOTONIC nanoseconds.
    private let receivesFrom: Int64

    /// Resets and initialises the card.
    ///
    /// - Throws: `.refused` for ring sizes that cannot be, `.invalid` for a broken EEPROM, `.timeout` and `.vanished`
    ///   for a card that does not answer.
    public init(_ device: consuming Device, configuration: Configuration = Configuration()) throws(DeviceError) {
        guard CardModel.find(vendor: CardModel.vendor, device: device.deviceID) != nil else {
            throw DeviceError(
                .refused, device.name, "\(CardModel.name(of: device.deviceID)) is not a card that this driver drives",
                remedy: "it drives the " + CardModel.all.map(\.name).joined(separator: " and the "))
        }
        let registers = device.registers
        try registers.reset()
        try registers.configureGeneral()
        let eeprom = try EEPROM(reading: registers)

        var arena = DMAArena(device.dma)
        let transmitRing = try TransmitRing(count: configuration.transmitDescriptors, in: &arena)
        try ringCount(configuration.receiveDescriptors, "receive")
        var pool = try PacketPool(
            count: Int(configuration.transmitDescriptors + configuration.receiveDescriptors + configuration.spareBuffers), in: &arena)
        let receiveRing = try ReceiveRing(count: configuration.receiveDescriptors, in: &arena, from: &pool)

        try registers.configureReceive(receiveRing, address: eeprom.macAddress)
        try registers.configureTransmit(transmitRing)
        let statistics = try StatisticsReader(registers, isEmulated: device.isEmulated)
        try registers.write(IMS.self, InterruptCause.LSC | InterruptCause.RXT0 | InterruptCause.RXO | InterruptCause.RXDMT0)
        try registers.enableReceive(receiveRing, promiscuous: configuration.promiscuous)
        // QEMU 7.2's e1000 delivers nothing for 1000 ms of its time after a write of RCTL.
        receivesFrom = Clocks.monotonic + (device.isEmulated ? 1_000_000_000 : 0)
        self.eeprom = eeprom
        self.pool = pool
        self.transmitRing = transmitRing
        self.receiveRing = receiveRing
        self.statistics = statistics
        self.device = device
    }

    deinit {
        // A card that has gone is quiet already.
        try? device.registers.quiesce()
    }

    // MARK: What it is

    /// What a person calls the card.
    public var name: String { device.name }
    /// `uio`, `vfio` or `qemu`.
    public var wayIn: String { device.wayIn }
    public var deviceID: UInt16 { device.deviceID }
    public var transmitDescriptors: UInt32 { transmitRing.count }
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
        guard _fastPath(device.registers.isMapped) else { return try commitRemotely() }
        transmitRing.commit(mapped: device.registers)
        receiveRing.commit(mapped: device.registers)
    }

    @inline(never) @usableFromInline
    mutating func commitRemotely() throws(DeviceError) {
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

    /// Commits, and waits until at most `frames` are pending.
    ///
    /// - Parameters:
    ///   - nanoseconds: the bound.
    ///   - wake: a descriptor that ends the wait when it polls readable; -1: none.
    /// - Returns: false when the time passed or `wake` ended it.
    public mutating func waitUntilPending(atMost frames: UInt32, nanoseconds: Int64, wake: Int32 = -1) throws(DeviceError) -> Bool {
        try commit()
        reclaim()
        if pendingFrames <= frames { return true }
        let deadline = Clocks.monotonic + nanoseconds
        try device.registers.write(IMS.self, InterruptCause.TXDW)
        while pendingFrames > frames {
            let left = deadline - Clocks.monotonic
            guard left > 0 else { break }
            try device.enableInterrupt()
            // In slices: a lost interrupt costs a slice, not the bound.
            let interrupted = try device.waitForInterrupt(nanoseconds: min(left, 10_000_000), wake: wake)
            try acknowledge()
            reclaim()
            if !interrupted && wake >= 0 && isReadable(wake) { break }
        }
        try device.registers.write(IMC.self, InterruptCause.TXDW)
        return pendingFrames <= frames
    }

    /// How often the transmit and the receive tail were written.
    public var tailWrites: (transmit: UInt64, receive: UInt64) { (transmitRing.tailWrites, receiveRing.tailWrites) }

    // MARK: Receiving

    /// The next received frame, or `nil`. After a batch, `commit` gives its descriptors back to the card.
    @inlinable @inline(__always) public mutating func receive() -> Packet? { receiveRing.next(from: &pool) }

    /// Waits until a frame is there.
    ///
    /// - Parameters:
    ///   - nanoseconds: the bound.
    ///   - wake: a descriptor that ends the wait when it polls readable; -1: none.
    /// - Returns: false when the time passed or `wake` ended it.
    public mutating func waitForFrame(nanoseconds: Int64, wake: Int32 = -1) throws(DeviceError) -> Bool {
        let deadline = Clocks.monotonic + nanoseconds
        try commit()
        try receiveRing.flush(device.registers)
        while !receiveRing.hasFrame {
            // Let through first, looked at again after: a frame in between is seen by one or the other.
            try device.enableInterrupt()
            if receiveRing.hasFrame { return true }
            let left = deadline - Clocks.monotonic
            guard left > 0, try device.waitForInterrupt(nanoseconds: left, wake: wake) else { return receiveRing.hasFrame }
            try acknowledge()
        }
        return true
    }

    /// Nanoseconds from now until frames can arrive; 0 when they can.
    public var nanosecondsUntilReceiving: Int64 { max(0, receivesFrom - Clocks.monotonic) }

    /// Received frames that the card marked bad, and times that the program held so many packets that a frame had to wait.
    public var receiveTrouble: (badFrames: UInt64, refillMisses: UInt64) { (receiveRing.badFrames, receiveRing.refillMisses) }

    /// Whose the rings' descriptors are.
    public var occupancy: (transmit: RingOccupancy, receive: RingOccupancy) { (transmitRing.occupancy, receiveRing.occupancy) }
    /// Received frames that nobody has taken: as many loads, no register access.
    public var waitingFrames: UInt32 { receiveRing.waiting }

    // MARK: Link and counters

    /// - Throws: `.vanished` when the card has left the bus.
    public func linkState() throws(DeviceError) -> LinkState {
        let status = try device.registers.read(STATUS.self)
        guard status != .max else { throw .vanishedCard }
        return LinkState(status: status)
    }

    /// Whether the link went up or down since the last call: latched by the card, so that not even a short break is missed.
    public mutating func takeLinkChange() throws(DeviceError) -> Bool {
        try acknowledge()
        defer { causes &= ~InterruptCause.LSC }
        return causes & InterruptCause.LSC != 0
    }

    /// The card's counters since it was opened.
    public mutating func readStatistics() throws(DeviceError) -> Statistics { try statistics.read(device.registers) }

    /// Reads (and so clears) the causes of the interrupt.
    private mutating func acknowledge() throws(DeviceError) {
        let value = try device.registers.read(ICR.self)
        guard value != .max else { throw .vanishedCard }
        causes |= value
    }

    // MARK: End

    /// Stops the card and takes every buffer back.
    /// - Returns: frames that were handed to the card and not reported sent.
    public consuming func close() throws(DeviceError) -> UInt32 {
        try device.registers.quiesce()
        reclaim()
        receiveRing.abandon(into: &pool)
        return transmitRing.abandon(into: &pool)
    }
}
