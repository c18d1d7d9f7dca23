import DeviceAccess

/// The model as a `Device`: the driver runs on it as it does on a card.
///
/// Frames that it sends are kept in `sent`, or handed to `onSend`; frames come in with `deliver`. Time is the clock's.
/// Used by one thread, like the driver.
@safe public final class SimDevice: DeviceBackend, RemoteRegisters {
    /// How a simulated card is made.
    public struct Options: Sendable {
        /// Bytes of DMA memory.
        public var dmaSize = 8 << 20
        /// Where the card sees it.
        public var busAddress: UInt64 = 0x1_0000_0000
        /// Which card of the family.
        public var kind = ModelKind.i82540EM
        /// Six bytes: the address in the EEPROM.
        public var address: [UInt8] = [0x52, 0x54, 0x00, 0x12, 0x34, 0x56]
        /// Nanoseconds that autonegotiation takes.
        public var negotiationTime: Int64 = 10_000_000

        /// An 82540EM with 8 MiB of DMA memory, which it sees from 4 GiB on.
        public init() {}
    }

    /// How often a register was accessed.
    public struct AccessCounts: Equatable, Sendable {
        /// Loads.
        public var reads: Int
        /// Stores.
        public var writes: Int

        /// So many of each.
        public init(reads: Int = 0, writes: Int = 0) {
            (self.reads, self.writes) = (reads, writes)
        }
    }

    /// The card itself, between two calls of the driver.
    public var card: ModelCard
    /// Also says which bus addresses are legal, and whose the buffers in them are.
    public private(set) var memory: MappedMemory
    /// Frames on the wire, while nobody takes them.
    public private(set) var sent: [[UInt8]] = []
    /// Takes frames off the wire instead.
    public var onSend: (([UInt8]) -> Void)?
    /// Where its cable goes: a descriptor that gives and takes one frame at a time, a TAP's or a datagram socket's, -1: nowhere.
    /// Frames come in while the driver waits for an interrupt.
    public var wire: Int32 = -1 {
        didSet {
            let new = wire < 0 ? nil : SimWire(wire)
            cable = new
            onSend = new.map { cable in { cable.send($0) } }
        }
    }
    private var cable: SimWire?
    /// Accesses by register offset.
    public private(set) var accesses: [UInt32: AccessCounts] = [:]
    /// Interrupts that come without a cause.
    public var spuriousInterrupts = 0
    /// Called before each call of the driver, register accesses included: what it does happens at exactly that point.
    public var onCall: (() -> Void)?
    private let clock: any SimClock
    private let start: Int64
    /// What is to happen, the earliest first.
    private var plans: [(due: Int64, action: (SimDevice) -> Void)] = []
    /// A plan is at work: what it does to the card comes before the next plan, due or not.
    private var isActing = false

    /// A card that has just got its power, with nobody who drives it.
    public init(_ options: Options = Options(), clock: any SimClock = RealClock()) {
        card = ModelCard(
            options.kind, eeprom: ModelEEPROM(address: options.address, deviceID: options.kind.rawValue),
            negotiationTime: options.negotiationTime)
        memory = MappedMemory(start: options.busAddress, size: options.dmaSize)
        self.clock = clock
        start = clock.now
    }

    /// The device for a driver; one at a time.
    public func device() -> Device {
        memory.window = BusWindow(start: memory.window.start, size: memory.window.size)
        memory.endWatch()
        card.isBusMaster = true
        return unsafe Device(
            name: "sim", wayIn: "sim", deviceID: card.kind.rawValue, isEmulated: false,
            registers: RegisterSpace(remote: self, size: ModelCard.barSize),
            dma: DMAMemory(unsafeBase: memory.base, size: memory.window.size, busAddress: memory.window.start), backend: self)
    }

    // MARK: The wire

    /// A frame comes in, without its CRC.
    public func deliver(_ frame: [UInt8], hasGoodCRC: Bool = true) {
        step()
        card.arrive(frame, hasGoodCRC: hasGoodCRC, memory: &memory)
        // A pause frame may answer it.
        collect()
    }

    /// The cable is plugged in or pulled out.
    public func setCable(_ connected: Bool) {
        step()
        card.setCable(connected)
    }

    /// Does something after some nanoseconds: a frame that comes in, a fault.
    public func after(_ nanoseconds: Int64, _ action: @escaping (SimDevice) -> Void) {
        let due = clock.now - start + nanoseconds
        plans.insert((due, action), at: plans.firstIndex { $0.due > due } ?? plans.endIndex)
    }

    /// Brings the card up to the time and takes what it sent.
    public func step() {
        while !isActing, let plan = plans.first, plan.due <= clock.now - start {
            plans.removeFirst()
            isActing = true
            plan.action(self)
            isActing = false
        }
        card.advance(to: clock.now - start, memory: &memory)
        collect()
    }

    /// Begins to count accesses anew.
    public func forgetAccesses() { accesses = [:] }

    private func collect() {
        let frames = card.takeTransmitted()
        if let onSend {
            for frame in frames { onSend(frame) }
        } else {
            sent += frames
        }
    }

    // MARK: RemoteRegisters

    public func read(_ offset: UInt32) throws(DeviceError) -> UInt32 {
        onCall?()
        accesses[offset, default: AccessCounts()].reads += 1
        step()
        return card.read(offset)
    }

    public func write(_ offset: UInt32, _ value: UInt32) throws(DeviceError) {
        onCall?()
        accesses[offset, default: AccessCounts()].writes += 1
        step()
        card.write(offset, value, memory: &memory)
        collect()
    }

    // MARK: DeviceBackend

    public var now: Int64 { clock.now }

    /// Nothing to do: the line is a level.
    public func enableInterrupt() throws(DeviceError) { onCall?() }

    public func waitForInterrupt(nanoseconds: Int64, wake: Int32) throws(DeviceError) -> Bool {
        onCall?()
        let end = clock.now.addingReportingOverflow(nanoseconds)
        let deadline = end.overflow ? .max : end.partialValue
        let watched = cable?.watch(with: wake) ?? wake
        while true {
            step()
            let arrived = receiveFromWire()
            if spuriousInterrupts > 0 {
                spuriousInterrupts -= 1
                return true
            }
            if card.isInterrupting { return true }
            let time = clock.now
            guard time < deadline else { return false }
            // Those that the card does not interrupt for may be followed by others.
            if arrived > 0 { continue }
            let event = [card.nextEvent, plans.first?.due].compactMap { $0 }.min().map { $0 + start } ?? deadline
            let isWoken = clock.sleep(nanoseconds: max(1, min(event, deadline) - time), wake: watched)
            if isWoken && receiveFromWire() == 0 { return false }
        }
    }

    private func receiveFromWire() -> Int { cable?.receive { deliver($0) } ?? 0 }

    /// As the kernel does it: bus mastering ends, and nothing of the driver's memory is the card's any more.
    public func close() {
        step()
        card.isBusMaster = false
        memory.endWatch()
        memory.window.free(memory.window.start..<memory.window.start + UInt64(memory.window.size))
    }
}
