/// Arithmetic on a descriptor ring (3.2.6, 3.4): head and tail are positions, and the card owns head up to, not including, tail.
public struct RingIndices: Equatable, Sendable {
    /// Descriptors.
    public let count: UInt32
    /// Position of the next descriptor that the card takes.
    public private(set) var head: UInt32
    /// Position behind the last that it may take.
    public private(set) var tail: UInt32

    /// - Returns: `nil` when a position is not on the ring.
    public init?(count: UInt32, head: UInt32, tail: UInt32) {
        guard head < count, tail < count else { return nil }
        (self.count, self.head, self.tail) = (count, head, tail)
    }

    /// Descriptors that the card owns: none when head and tail are equal, never all.
    public var owned: UInt32 { tail >= head ? tail - head : count - head + tail }

    /// Whether a position is the card's.
    public func owns(_ position: UInt32) -> Bool {
        position < count && distance(from: head, to: position) < owned
    }

    /// Steps forward from one position to another.
    public func distance(from: UInt32, to: UInt32) -> UInt32 { to >= from ? to - from : count - from + to }

    /// The position before one, around the ring.
    public func previous(_ position: UInt32) -> UInt32 { position == 0 ? count - 1 : position - 1 }

    /// The position after one, around the ring.
    public func next(_ position: UInt32) -> UInt32 { position + 1 == count ? 0 : position + 1 }

    /// The card is done with the descriptor at its head.
    ///
    /// - Precondition: it owns one.
    public mutating func advanceHead() {
        precondition(head != tail)
        head = next(head)
    }
}
