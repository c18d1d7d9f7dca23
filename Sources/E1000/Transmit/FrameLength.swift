/// Lengths of frames in bytes, without the CRC that the card adds (IEEE 802.3, 3.2.7).
public enum FrameLength {
    /// Longest without a VLAN tag, but for jumbo frames (`Configuration.maximumFrame`).
    @inlinable public static var untagged: UInt32 { 1514 }
    /// Longest with an IEEE 802.1Q tag, but for jumbo frames.
    @inlinable public static var tagged: UInt32 { untagged + tag }
    /// Bytes of a tag, which comes on top of what a frame may have (IEEE 802.1Q, 9.3).
    @inlinable public static var tag: UInt32 { 4 }

    /// Whether the card may send these bytes: one at least, and none too many for what they are.
    ///
    /// - Parameters:
    ///   - frame: from the destination address on, without the CRC.
    ///   - maximum: bytes that a frame without a tag may have, at least `untagged`; only frames longer than that ask for it.
    @inlinable @inline(__always)
    public static func isValid(_ frame: RawSpan, maximum: UInt32 = untagged) -> Bool {
        let count = UInt32(truncatingIfNeeded: frame.byteCount)
        if _fastPath(count &- 1 < untagged) { return true }
        guard count > untagged, count <= maximum &+ tag else { return false }
        if count <= maximum { return true }
        return unsafe frame.unsafeLoad(fromByteOffset: 12, as: UInt16.self).bigEndian == tagProtocol
    }

    /// The EtherType of a tag (802.1Q, 9.6).
    @inlinable static var tagProtocol: UInt16 { 0x8100 }
}
