/// The header of an Ethernet frame: addresses, tag, type, and where the payload is.
///
/// A value read once from the frame's bytes, which it does not keep; `payload` is a range of them.
public struct EthernetFrame: Hashable, Sendable {
    /// An IEEE 802.1Q tag.
    public struct Tag: Hashable, Sendable {
        /// Priority code point, drop eligible indicator and VLAN identifier as they are on the wire.
        public let control: UInt16
        /// 0...4095; 0 means "priority only".
        public var identifier: Int { Int(control & 0x0fff) }
        /// 0...7.
        public var priority: Int { Int(control >> 13) }
        /// DEI: this frame goes first where some have to be dropped.
        public var isDropEligible: Bool { control & 0x1000 != 0 }

        /// A tag as it is on the wire.
        public init(control: UInt16) { self.control = control }

        /// - Parameters:
        ///   - identifier: 0...4095; higher bits are dropped.
        ///   - priority: 0...7; higher bits are dropped.
        public init(identifier: Int, priority: Int = 0) {
            control = UInt16(truncatingIfNeeded: priority & 7) << 13 | UInt16(truncatingIfNeeded: identifier & 0x0fff)
        }
    }

    /// Whom it is for: a station, a group or everyone.
    public let destination: MACAddress
    /// Who sends it.
    public let source: MACAddress
    /// The IEEE 802.1Q tag, the outer one of several; `nil`: none.
    public let tag: Tag?
    /// The payload's type; for a tagged frame the one after the tag.
    public let type: EtherType
    /// Where in the frame the payload is. Padding of a short frame counts as payload: only the payload's own protocol can tell.
    public let payload: Range<Int>

    /// Bytes before the payload without a tag.
    public static let headerLength = 14
    /// Bytes that a tag adds.
    public static let tagLength = 4
    /// Shortest frame on a real wire, without the frame check sequence (IEEE 802.3 4.4.2).
    public static let minimumLength = 60
    /// Longest untagged frame without the frame check sequence.
    public static let maximumLength = 1514

    /// Bytes that have been checked before: their header was read by `init(checking:)`.
    ///
    /// - Precondition: `frame` holds the whole header; what does not is a trap, never a read outside.
    public init(unchecked frame: RawSpan) {
        let outer = EtherType(rawValue: frame.big16(12))
        var start = Self.headerLength
        if outer == .vlan {
            start += Self.tagLength
            tag = Tag(control: frame.big16(14))
            type = EtherType(rawValue: frame.big16(16))
        } else {
            tag = nil
            type = outer
        }
        destination = MACAddress(frame, at: 0)
        source = MACAddress(frame, at: 6)
        payload = start..<frame.byteCount
    }

    /// Reads a header; `nil` when the bytes end before it does.
    public init?(checking frame: RawSpan) {
        guard frame.byteCount >= Self.headerLength else { return nil }
        let isTagged = frame.big16(12) == EtherType.vlan.rawValue
        guard !isTagged || frame.byteCount >= Self.headerLength + Self.tagLength else { return nil }
        self.init(unchecked: frame)
    }

    /// Reads a header: as from a span.
    public init?(checking frame: [UInt8]) { self.init(checking: frame.span.bytes) }

    /// A frame's bytes. Nothing is padded: the card does that (TCTL.PSP).
    public static func bytes(
        to destination: MACAddress, from source: MACAddress, tag: Tag? = nil, type: EtherType, payload: some Collection<UInt8>
    ) -> [UInt8] {
        var frame: [UInt8] = []
        frame.reserveCapacity(headerLength + tagLength + payload.count)
        frame += destination.bytes
        frame += source.bytes
        if let tag {
            frame.appendBig(EtherType.vlan.rawValue)
            frame.appendBig(tag.control)
        }
        frame.appendBig(type.rawValue)
        frame += payload
        return frame
    }
}
