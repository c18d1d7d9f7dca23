/// An option of a TCP header (RFC 9293, 3.2).
public enum TCPOption: Hashable, Sendable {
    /// What follows is padding.
    case endOfList
    /// Padding between two options.
    case noOperation
    /// The longest segment that the sender takes, in bytes of data.
    case maximumSegmentSize(UInt16)
    /// How many bits its windows are to be shifted (RFC 7323, 2); more than 14 counts as 14.
    case windowScale(UInt8)
    /// It takes selective acknowledgements (RFC 2018, 2).
    case sackPermitted
    /// What has arrived beyond the acknowledgement: first number, and the one after the last (RFC 2018, 3). One to four blocks.
    case sack([SACKBlock])
    /// The sender's clock, and the receiver's as last seen (RFC 7323, 3).
    case timestamps(value: UInt32, echo: UInt32)
    /// Any other: its kind, and its data.
    case other(kind: UInt8, [UInt8])

    /// A run of sequence numbers.
    public struct SACKBlock: Hashable, Sendable {
        /// The first one.
        public let left: UInt32
        /// The one after the last.
        public let right: UInt32

        /// From `left` to before `right`, modulo 2^32.
        public init(left: UInt32, right: UInt32) { (self.left, self.right) = (left, right) }
    }
}

/// Goes through the options of a TCP header.
public struct TCPOptionWalker: ~Escapable {
    private let bytes: RawSpan
    private var offset = 0
    /// An option said a length that cannot be: the walk ended there.
    public private(set) var isMalformed = false

    @_lifetime(copy bytes)
    init(_ bytes: RawSpan) { self.bytes = bytes }

    /// The next option; `nil` after the last one, which may be `endOfList`.
    public mutating func next() -> TCPOption? {
        guard offset < bytes.byteCount, !isMalformed else { return nil }
        let kind = bytes.byte(offset)
        if kind == 0 {
            offset = bytes.byteCount
            return .endOfList
        }
        if kind == 1 {
            offset += 1
            return .noOperation
        }
        guard offset + 1 < bytes.byteCount, case let length = Int(bytes.byte(offset + 1)), length >= 2,
            offset + length <= bytes.byteCount
        else {
            isMalformed = true
            return nil
        }
        defer { offset += length }
        let data = offset + 2
        switch (kind, length) {
        case (2, 4): return .maximumSegmentSize(bytes.big16(data))
        case (3, 3): return .windowScale(bytes.byte(data))
        case (4, 2): return .sackPermitted
        case (5, 10), (5, 18), (5, 26), (5, 34):
            return .sack(
                stride(from: data, to: offset + length, by: 8).map { TCPOption.SACKBlock(left: bytes.big32($0), right: bytes.big32($0 + 4)) })
        case (8, 10): return .timestamps(value: bytes.big32(data), echo: bytes.big32(data + 4))
        default: return .other(kind: kind, bytes.copy(data..<(offset + length)))
        }
    }
}
