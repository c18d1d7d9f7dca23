/// What the card must know of a frame's headers before it works on them (3.3.6): valid for the frames after it, until the next one.
struct ContextDescriptor: Equatable {
    /// First word: where both checksums start, go and end.
    let offsets: UInt64
    /// Second word: what the payload is, and how it is cut.
    let word: UInt64

    /// The packet is TCP; else UDP.
    private static var TCP: UInt64 { 1 << 24 }
    /// The packet is IPv4; else IPv6.
    private static var IP: UInt64 { 1 << 25 }
    private static var TSE: UInt64 { 1 << 26 }
    private static var DEXT: UInt64 { 1 << 29 }

    /// Only checksums.
    init(network: TransmitOffload.Checksum?, transport: TransmitOffload.Checksum?) {
        offsets = (network.map(Self.fields) ?? 0) | (transport.map(Self.fields) ?? 0) << 32
        // The type matters to segmentation alone.
        word = Self.DEXT
    }

    /// - Parameter payload: bytes after the headers.
    init(_ segments: TransmitOffload.Segmentation, payload: Int) {
        offsets = Self.fields(segments.networkChecksum) | Self.fields(segments.transportChecksum) << 32
        word =
            Self.DEXT | Self.TSE | Self.TCP | (segments.isIPv4 ? Self.IP : 0) | UInt64(payload)
            | UInt64(segments.headerLength) << 40 | UInt64(segments.segmentSize) << 48
    }

    /// CSS, CSO and CSE: start, field, and last byte (0: the packet's last).
    private static func fields(_ checksum: TransmitOffload.Checksum) -> UInt64 {
        UInt64(checksum.start) | UInt64(checksum.field) << 8 | UInt64(checksum.end.map { $0 - 1 } ?? 0) << 16
    }
}

/// Extended data descriptor, second word (3.3.7), where it differs from the legacy one: a length of 20 bits, and these.
enum ExtendedDescriptor {
    static var DTYP_DATA: UInt64 { 1 << 20 }
    /// The packet is cut into segments.
    static var TSE: UInt64 { 1 << 26 }
    static var DEXT: UInt64 { 1 << 29 }
    /// Insert the IPv4 header's checksum.
    static var IXSM: UInt64 { 1 << 40 }
    /// Insert the TCP or UDP checksum.
    static var TXSM: UInt64 { 1 << 41 }
}
