/// The card's counters since it was opened, and the driver's own.
public struct Statistics: Sendable, Equatable {
    /// By `Counter.allCases`' order; of a counter that the card does not have, 0.
    private var values = [UInt64](repeating: 0, count: Counter.allCases.count)
    /// What the driver has counted in that time.
    public internal(set) var driver = DriverCounters()

    /// Nothing counted.
    public init() {}

    /// How often; of `isWide` counters, bytes.
    public internal(set) subscript(counter: Counter) -> UInt64 {
        get { values[counter.position] }
        set { values[counter.position] = newValue }
    }

    /// GPRC: good frames received.
    public var received: UInt64 { self[.GPRC] }
    /// GPTC: good frames sent.
    public var sent: UInt64 { self[.GPTC] }
    /// MPC: frames lost because the card's own memory was full.
    public var missed: UInt64 { self[.MPC] }
    /// RNBC: frames that found no free descriptor. On silicon they may still fit in the card's memory, so that this is no loss.
    public var noBuffer: UInt64 { self[.RNBC] }
    /// CRCERRS: frames with a wrong check sequence.
    public var crcErrors: UInt64 { self[.CRCERRS] }
    /// RXERRC: frames with symbol errors.
    public var receiveErrors: UInt64 { self[.RXERRC] }

    /// Frames that were on the wire for us and did not arrive.
    public var dropped: UInt64 { missed + crcErrors + receiveErrors }
}

/// What the driver itself counts.
public struct DriverCounters: Sendable, Codable, Equatable {
    /// Waits for the transmit ring to empty.
    public internal(set) var ringFullWaits: UInt64 = 0
    /// Times that a received frame had to wait because the program held every buffer.
    public internal(set) var refillMisses: UInt64 = 0
    /// Frames that the card reported with errors, or with a status that cannot be.
    public internal(set) var badDescriptors: UInt64 = 0
    /// Waits that an interrupt ended.
    public internal(set) var interrupts: UInt64 = 0
    /// Waits that found their frame, or time passed, without an interrupt.
    public internal(set) var polls: UInt64 = 0
    /// Times that the card was initialised anew after it stopped.
    public internal(set) var recoveries: UInt64 = 0
    /// Frames to send that were lost by that.
    public internal(set) var lostFrames: UInt64 = 0
    /// Bytes of the frames that were lost, without CRC.
    public internal(set) var lostBytes: UInt64 = 0
}

extension Counter {
    private static let positions = Dictionary(uniqueKeysWithValues: allCases.enumerated().map { ($1, $0) })
    /// In `allCases`.
    var position: Int { Self.positions[self] ?? 0 }
}
