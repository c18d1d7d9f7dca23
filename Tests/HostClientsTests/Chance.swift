import TestSupport

/// SplitMix for clients, which are Sendable. It holds one number and shares nothing, so it may go from one thread to another.
struct Chance: RandomNumberGenerator, @unchecked Sendable {
    private var numbers: SplitMix
    init(seed: UInt64) { numbers = SplitMix(seed: seed) }
    mutating func next() -> UInt64 { numbers.next() }
}
