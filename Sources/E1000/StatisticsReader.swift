import DeviceAccess

/// Reads the card's counters, which a read clears, into ones that stay.
struct StatisticsReader {
    private var total = Statistics()
    /// The last value of each counter that a read does not clear.
    private var last: [UInt32: UInt32] = [:]
    private let counters: [Counter]
    private let stay: [UInt32]

    /// Everything before this call is not counted.
    init(_ registers: RegisterSpace, _ model: CardModel, quirks: Quirks) throws(DeviceError) {
        counters = Counter.allCases.filter { $0.cards.contains(model) }
        stay = quirks.countersThatStay
        _ = try read(registers)
        total = Statistics()
    }

    mutating func read(_ registers: RegisterSpace) throws(DeviceError) -> Statistics {
        for counter in counters {
            let value = counter.isWide ? try registers.readPair(counter.offset) : UInt64(try registers.read(counter.offset))
            total[counter] &+= stay.contains(counter.offset) ? increase(counter.offset, UInt32(truncatingIfNeeded: value)) : value
        }
        return total
    }

    private mutating func increase(_ offset: UInt32, _ value: UInt32) -> UInt64 {
        defer { last[offset] = value }
        return UInt64(value &- (last[offset] ?? 0))
    }
}

extension RegisterSpace {
    /// A 64-bit counter: low half first, then high, which clears both (13.7.31).
    ///
    /// Between the two reads the low half may wrap. Only one that is close to it can: the read waits, for some reads, until it has.
    fileprivate func readPair(_ offset: UInt32) throws(DeviceError) -> UInt64 {
        // More than the wire carries between two reads.
        let close = UInt32.max - 65536
        var low = try read(offset)
        for _ in 0..<1000 where low > close { low = try read(offset) }
        return UInt64(try read(offset + 4)) << 32 | UInt64(low)
    }
}
