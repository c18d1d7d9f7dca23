/// A TCP segment: a view over its bytes (RFC 9293, 3.1).
public struct TCPSegment: ~Escapable {
    /// The control bits, in the order of the wire (RFC 9293, 3.1; RFC 3168, 6.1).
    public struct Flags: OptionSet, Hashable, Sendable {
        public let rawValue: UInt8
        public init(rawValue: UInt8) { self.rawValue = rawValue }
        /// No more data from the sender.
        public static let fin = Flags(rawValue: 0x01)
        /// Synchronise sequence numbers.
        public static let syn = Flags(rawValue: 0x02)
        /// Reset the connection.
        public static let rst = Flags(rawValue: 0x04)
        /// Push: hand what is there to the reader.
        public static let psh = Flags(rawValue: 0x08)
        /// The acknowledgement field counts.
        public static let ack = Flags(rawValue: 0x10)
        /// The urgent pointer counts.
        public static let urg = Flags(rawValue: 0x20)
        /// Congestion was seen on the way here.
        public static let ece = Flags(rawValue: 0x40)
        /// The sender has slowed down.
        public static let cwr = Flags(rawValue: 0x80)
    }

    /// From the header's start to the end of the data, or to where a capture cut them.
    public let bytes: RawSpan
    /// Bytes of the header, options included: 20...60.
    public let headerLength: Int

    /// Bytes of a header without options.
    public static let minimumHeaderLength = 20

    /// Bytes that have been checked before: a view of them was made by another initialiser.
    ///
    /// - Precondition: `bytes` holds the whole header; what does not is a trap, never a read outside.
    @_lifetime(copy bytes)
    public init(unchecked bytes: RawSpan) {
        headerLength = Int(bytes.byte(12) >> 4) * 4
        self.bytes = bytes
    }

    /// The segment that is an IP packet's payload; `nil` when its header is not whole or cannot be true. A segment has no length of its
    /// own: it ends with its packet.
    @_lifetime(copy bytes)
    public init?(checking bytes: RawSpan) {
        guard let segment = try? Self(header: bytes) else { return nil }
        self = segment
    }

    /// The segment whose header, at least, is at the start of these bytes.
    @_lifetime(copy bytes)
    public init(header bytes: RawSpan) throws(HeaderFault) {
        guard bytes.byteCount >= Self.minimumHeaderLength else { throw .cut }
        let length = Int(bytes.byte(12) >> 4) * 4
        guard length >= Self.minimumHeaderLength else { throw .bad("header length \(length)") }
        guard bytes.byteCount >= length else { throw .cut }
        self.init(unchecked: bytes)
    }

    /// The sender's.
    public var sourcePort: UInt16 { bytes.big16(0) }
    /// The receiver's.
    public var destinationPort: UInt16 { bytes.big16(2) }
    /// Of the first byte of data; of `syn`, its own.
    public var sequenceNumber: UInt32 { bytes.big32(4) }
    /// Counts if `flags` has `ack`.
    public var acknowledgementNumber: UInt32 { bytes.big32(8) }
    /// The control bits.
    public var flags: Flags { Flags(rawValue: bytes.byte(13)) }
    /// As it is on the wire, not scaled (RFC 7323, 2).
    public var window: UInt16 { bytes.big16(14) }
    /// Over the segment and IP's pseudo header.
    public var checksum: UInt16 { bytes.big16(16) }
    /// Counts if `flags` has `urg`.
    public var urgentPointer: UInt16 { bytes.big16(18) }

    /// The data, as far as they are there.
    public var payload: RawSpan {
        @_lifetime(copy self) get { bytes.extracting(headerLength...) }
    }

    /// The options in their order.
    public var options: TCPOptionWalker {
        @_lifetime(copy self) get { TCPOptionWalker(bytes.extracting(Self.minimumHeaderLength..<headerLength)) }
    }

    /// The segment, which is all here, is as it was sent.
    public func hasGoodChecksum(from source: IPv4Address, to destination: IPv4Address) -> Bool {
        var sum = InternetChecksum(from: source, to: destination, carrying: .tcp, length: bytes.byteCount)
        sum.add(bytes)
        return sum.isGood
    }

    /// The segment, which is all here, is as it was sent.
    public func hasGoodChecksum(from source: IPv6Address, to destination: IPv6Address) -> Bool {
        var sum = InternetChecksum(from: source, to: destination, carrying: .tcp, length: bytes.byteCount)
        sum.add(bytes)
        return sum.isGood
    }
}
