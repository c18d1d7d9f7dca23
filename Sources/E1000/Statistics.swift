import DeviceAccess

/// The card's counters since it was opened.
public struct Statistics: Sendable, Codable, Equatable {
    /// GPRC: good frames received.
    public internal(set) var received: UInt64 = 0
    /// GPTC: good frames sent.
    public internal(set) var sent: UInt64 = 0
    /// MPC: frames lost because the card's own memory was full.
    public internal(set) var missed: UInt64 = 0
    /// RNBC: frames that found no free descriptor. On silicon they may still fit in the card's memory, so that this is no loss.
    public internal(set) var noBuffer: UInt64 = 0
    /// CRCERRS: frames with a wrong check sequence.
    public internal(set) var crcErrors: UInt64 = 0
    /// RXERRC: frames with symbol errors.
    public internal(set) var receiveErrors: UInt64 = 0

    /// Frames that were on the wire for us and did not arrive.
    public var dropped: UInt64 { missed + crcErrors + receiveErrors }
}

/// Reads the card's 32-bit counters into 64-bit ones.
struct StatisticsReader {
    private var total = Statistics()
    private var lastMissed: UInt32 = 0
    private var lastNoBuffer: UInt32 = 0
    private let isEmulated: Bool

    /// Everything before this call is not counted.
    init(_ registers: RegisterSpace, isEmulated: Bool) throws(DeviceError) {
        self.isEmulated = isEmulated
        _ = try read(registers)
        total = Statistics()
    }

    mutating func read(_ registers: RegisterSpace) throws(DeviceError) -> Statistics {
        total.received += UInt64(try registers.read(GPRC.self))
        total.sent += UInt64(try registers.read(GPTC.self))
        total.crcErrors += UInt64(try registers.read(CRCERRS.self))
        total.receiveErrors += UInt64(try registers.read(RXERRC.self))
        total.missed += Self.increase(&lastMissed, try registers.read(MPC.self), isEmulated)
        total.noBuffer += Self.increase(&lastNoBuffer, try registers.read(RNBC.self), isEmulated)
        return total
    }

    /// QEMU 7.2's models (seen with e1000) do not clear MPC and RNBC on a read, as silicon does: there the difference counts.
    private static func increase(_ last: inout UInt32, _ value: UInt32, _ isEmulated: Bool) -> UInt64 {
        defer { last = value }
        return UInt64(isEmulated ? value &- last : value)
    }
}
