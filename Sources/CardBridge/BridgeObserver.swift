import E1000

/// What a program does beside carrying frames, on the thread that carries them: little, and without ever waiting.
public protocol BridgeObserver {
    /// Is called after each round: a batch of frames in each direction, or none.
    ///
    /// - Parameters:
    ///   - link: the card's, as of the last look; `nil` before the first.
    ///   - isIdle: no frame was carried: the loop sleeps next.
    /// - Returns: nanoseconds that it may sleep, unless frames or one of its descriptors wake it.
    mutating func round(_ card: inout Controller, _ totals: BridgeTotals, link: LinkState?, isIdle: Bool) throws -> Int64

    /// Is called at the end, with what ended it, but for an interruption.
    mutating func end(_ totals: BridgeTotals, _ error: (any Error)?)
}

extension LinkState {
    /// For people: `up, 1000 Mb/s, full duplex`.
    public var words: String { isUp ? "up, \(speed) Mb/s, \(isFullDuplex ? "full" : "half") duplex" : "down" }
}
