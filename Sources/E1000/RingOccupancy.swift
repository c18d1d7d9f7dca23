/// Whose a ring's descriptors are at a moment.
public struct RingOccupancy: Equatable, Sendable {
    /// Descriptors of the ring.
    public let count: UInt32
    /// Position of the first descriptor that is the card's.
    public let cardFirst: UInt32
    /// How many from there on are the card's; the others are the driver's.
    public let card: UInt32

    /// Whose descriptors are whose; `cardFirst` is below `count`, and `card` at most `count`.
    public init(count: UInt32, cardFirst: UInt32, card: UInt32) {
        (self.count, self.cardFirst, self.card) = (count, cardFirst, card)
    }

    /// Whether the descriptor at a position is the card's.
    public func isCards(_ position: UInt32) -> Bool {
        let distance = position >= cardFirst ? position - cardFirst : position + count - cardFirst
        return distance < card
    }
}
