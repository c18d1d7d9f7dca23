/// What a host's interface has done since it came up. Frames the card refused or missed are in `Controller.readStatistics`.
public struct HostCounters: Sendable, Codable, Equatable {
    /// Frames that the stack was given, and their bytes without CRC.
    public internal(set) var receivedFrames: UInt64 = 0
    public internal(set) var receivedBytes: UInt64 = 0
    /// Of them, those that were copied because the stack held too many of the card's packets: the driver went on receiving.
    public internal(set) var receiveCopies: UInt64 = 0
    /// Frames with a source address that is this host's own (RFC 1122, 3.2.1.3).
    public internal(set) var receivedOwn: UInt64 = 0
    /// Frames that the stack had no memory for.
    public internal(set) var receiveDrops: UInt64 = 0
    /// Half-open connections that were given up for newer ones: a SYN flood (RFC 4987).
    public internal(set) var halfOpenDrops: UInt64 = 0
    /// Times that a connection's data out of order was given up, because it came in too many pieces.
    public internal(set) var outOfOrderDrops: UInt64 = 0
    /// Frames that the stack sent, and their bytes without CRC.
    public internal(set) var sentFrames: UInt64 = 0
    public internal(set) var sentBytes: UInt64 = 0
    /// Of them, those that did not lie in the card's memory and were copied there.
    public internal(set) var transmitCopies: UInt64 = 0
    /// Frames that found the ring full and waited.
    public internal(set) var transmitWaits: UInt64 = 0
    /// Frames that were dropped because too many waited.
    public internal(set) var transmitDrops: UInt64 = 0

    public init() {}
}
