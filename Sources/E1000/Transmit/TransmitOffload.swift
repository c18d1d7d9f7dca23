/// What the card does to a frame on its way out (3.5, 3.6, 9.2).
///
/// All positions are bytes from the start of the frame, as it is in memory: without a tag that the card inserts.
/// They are checked against the frame when it is appended.
public struct TransmitOffload: Sendable, Equatable {
    /// A checksum of RFC 1071: the inverted sum of 16-bit words.
    public struct Checksum: Sendable, Equatable {
        /// The first byte of the sum: 0 to 255.
        public var start: Int
        /// Where it is stored, 0 to 255; what was there is part of the sum.
        public var field: Int
        /// The byte after the last of the sum; `nil`: the frame's end.
        public var end: Int?

        /// The sum from `start` to before `end`, stored at `field`; what cannot be is told when the frame is appended.
        public init(start: Int, field: Int, end: Int? = nil) {
            (self.start, self.field, self.end) = (start, field, end)
        }
    }

    /// TCP segmentation: one header before many payloads, each sent with its own lengths, numbers, flags and checksums (3.5).
    ///
    /// The header comes with both its lengths (IPv4's total length or IPv6's payload length) and IPv4's checksum zero, and with
    /// the pseudo header's sum, without a length, in TCP's checksum field (3.5.7).
    public struct Segmentation: Sendable, Equatable {
        /// Where the IP header starts.
        public var networkStart: Int
        /// The IP header is IPv4's, with a checksum; else IPv6's, which needs `CardModel.Offloads.segmentationIPv6`.
        public var isIPv4: Bool
        /// Where the TCP header starts.
        public var transportStart: Int
        /// All bytes before the payload: up to 255.
        public var headerLength: Int
        /// Payload bytes of each segment but the last: the connection's MSS, less TCP options.
        public var segmentSize: Int

        /// Positions from the frame's start, and bytes a segment; what cannot be is told when the frame is appended.
        public init(networkStart: Int, isIPv4: Bool, transportStart: Int, headerLength: Int, segmentSize: Int) {
            (self.networkStart, self.isIPv4, self.transportStart) = (networkStart, isIPv4, transportStart)
            (self.headerLength, self.segmentSize) = (headerLength, segmentSize)
        }

        /// Says where the IP header is, also of IPv6, which has no checksum.
        var networkChecksum: Checksum {
            Checksum(start: networkStart, field: isIPv4 ? networkStart + 10 : 0, end: transportStart)
        }
        var transportChecksum: Checksum { Checksum(start: transportStart, field: transportStart + 16) }
    }

    /// What is to be done to the frame's bytes; one of these at a time.
    public enum Work: Sendable, Equatable {
        /// They go out as they are.
        case none
        /// The IPv4 header's checksum, TCP's or UDP's, or both.
        case checksums(network: Checksum?, transport: Checksum?)
        /// TCP segmentation, checksums included: one frame in memory, many on the wire (3.5).
        case segments(Segmentation)
    }

    /// What is done to the frame's bytes; needs `checksum`, `segmentation` or `segmentationIPv6` of `Controller.offloads`.
    public var work: Work
    /// A tag to be inserted behind the addresses: priority, CFI and VLAN as on the wire. Needs `Configuration.stripsVLANTags`.
    public var vlanTag: UInt16?

    /// What the card is asked for; whether it can is told when the frame is appended.
    public init(_ work: Work = .none, vlanTag: UInt16? = nil) {
        (self.work, self.vlanTag) = (work, vlanTag)
    }

    /// The frame goes out as it is.
    public static var none: TransmitOffload { TransmitOffload() }

    /// Longest payload that is cut into segments: 64 KiB, as much as IP's lengths can tell of.
    public static var longestPayload: Int { 65_536 }

    /// A checksum as virtio's header asks for it (Virtio 1.2, 5.1.6): the sum from `start` to the frame's end, stored `offset` bytes
    /// further on, where the pseudo header's sum is already.
    public static func checksum(start: Int, offset: Int) -> TransmitOffload {
        TransmitOffload(.checksums(network: nil, transport: Checksum(start: start, field: start + offset)))
    }

    /// What the card must know first; `nil`: nothing.
    ///
    /// - Parameter length: bytes of the packet.
    func context(length: Int) -> ContextDescriptor? {
        switch work {
        case .none: nil
        case .checksums(let network, let transport):
            network == nil && transport == nil ? nil : ContextDescriptor(network: network, transport: transport)
        case .segments(let segments): ContextDescriptor(segments, payload: length - segments.headerLength)
        }
    }

    /// The bits that it adds to each data descriptor of the frame.
    var command: UInt64 {
        let tag = vlanTag.map { TransmitDescriptor.VLE | TransmitDescriptor.special($0) } ?? 0
        let extended = ExtendedDescriptor.DEXT | ExtendedDescriptor.DTYP_DATA
        switch work {
        case .none: return tag
        case .checksums(nil, nil): return tag
        case .checksums(let network, let transport):
            return tag | extended | (network == nil ? 0 : ExtendedDescriptor.IXSM) | (transport == nil ? 0 : ExtendedDescriptor.TXSM)
        case .segments(let segments):
            return tag | extended | ExtendedDescriptor.TSE | (segments.isIPv4 ? ExtendedDescriptor.IXSM : 0) | ExtendedDescriptor.TXSM
        }
    }
}
