/// Lengths of frames in bytes, without the CRC that the card adds (IEEE 802.3, 3.2.7).
public enum FrameLength {
    /// Longest without a VLAN tag.
    @inlinable public static var untagged: UInt32 { 1514 }
    /// Longest with an IEEE 802.1Q tag.
    @inlinable public static var tagged: UInt32 { 1518 }

    /// Whether the card may send these bytes: one at least, and none too many for what they are.
    @inlinable @inline(__always)
    public static func isValid(_ frame: RawSpan) -> Bool {
        let count = UInt32(truncatingIfNeeded: frame.byteCount)
        if _fastPath(count &- 1 < untagged) { return true }
        guard count > untagged, count <= tagged else { return false }
        return unsafe frame.unsafeLoad(fromByteOffset: 12, as: UInt16.self).bigEndian == tagProtocol
    }

    /// The EtherType of a tag (802.1Q, 9.6).
    @inlinable static var tagProtocol: UInt16 { 0x8100 }
}
