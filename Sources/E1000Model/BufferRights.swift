/// Who may touch a buffer of a driver's pool, as a test knows that looks into the driver; nobody may touch a free one.
public struct BufferRights: OptionSet, Sendable, Hashable {
    public let rawValue: UInt8
    public init(rawValue: UInt8) { self.rawValue = rawValue }
    /// It is on the transmit ring.
    public static let cardReads = BufferRights(rawValue: 1 << 0)
    /// It is on the receive ring.
    public static let cardWrites = BufferRights(rawValue: 1 << 1)
    /// It is in a packet or a chain, or lent.
    public static let program = BufferRights(rawValue: 1 << 2)
}

/// The buffers of a pool in memory, one behind the other, and who may touch each.
struct WatchedBuffers: Sendable {
    /// Bytes from the memory's start to the first buffer.
    let start: Int
    /// Bytes of a buffer.
    let size: Int
    var rights: [BufferRights]

    var end: Int { start + size * rights.count }

    /// Bytes from the memory's start to a buffer.
    func offset(of buffer: Int) -> Int { start + size * buffer }

    /// The buffer that these bytes of the memory are in.
    ///
    /// - Returns: `nil` when none of them is in any.
    func buffer(of bytes: Range<Int>) -> Int? {
        guard bytes.lowerBound < end, bytes.upperBound > start, !bytes.isEmpty else { return nil }
        return max(0, bytes.lowerBound - start) / size
    }

    /// Whether bytes are all in one buffer, which may be touched so.
    func allow(_ right: BufferRights, _ bytes: Range<Int>, in buffer: Int) -> Bool {
        bytes.lowerBound >= offset(of: buffer) && bytes.upperBound <= offset(of: buffer) + size && rights[buffer].contains(right)
    }
}
