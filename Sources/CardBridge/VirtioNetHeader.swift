/// What stands before each frame of a TAP interface: the work that is left to do on it (Virtio 1.2, 5.1.6; `virtio_net_hdr` in
/// linux/virtio_net.h, in the machine's byte order).
struct VirtioNetHeader: Equatable {
    /// Bytes of it, as a TAP interface has it unless told otherwise.
    static let size = 10

    enum Segmentation: UInt8 {
        case none = 0
        case tcpIPv4 = 1
        case tcpIPv6 = 4
    }

    /// A checksum is to be made: from `checksumStart` to the frame's end, stored `checksumOffset` bytes further on.
    var needsChecksum = false
    /// The checksum of a received frame has been found good: nobody need look again.
    var checksumIsGood = false
    var segmentation = Segmentation.none
    /// Data bytes of a segment.
    var segmentSize = 0
    var checksumStart = 0
    var checksumOffset = 0

    init() {}

    /// - Returns: `nil` for work that was not offered.
    init?(_ bytes: RawSpan) {
        guard bytes.byteCount >= Self.size else { return nil }
        func word(_ offset: Int) -> Int { Int(bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt16.self)) }
        let flags = bytes.unsafeLoad(fromByteOffset: 0, as: UInt8.self)
        guard let segmentation = Segmentation(rawValue: bytes.unsafeLoad(fromByteOffset: 1, as: UInt8.self)) else { return nil }
        self.segmentation = segmentation
        needsChecksum = flags & 1 != 0
        checksumIsGood = flags & 2 != 0
        // Bytes 2 and 3, the header's length, are a hint of the kernel's that need not be right: the frame itself tells.
        (segmentSize, checksumStart, checksumOffset) = (word(4), word(6), word(8))
    }

    var encoded: (UInt8, UInt8, UInt8, UInt8, UInt8, UInt8, UInt8, UInt8, UInt8, UInt8) {
        func bytes(_ value: Int) -> (UInt8, UInt8) {
            withUnsafeBytes(of: UInt16(truncatingIfNeeded: value)) { ($0[0], $0[1]) }
        }
        let (size, start, offset) = (bytes(segmentSize), bytes(checksumStart), bytes(checksumOffset))
        let flags: UInt8 = (needsChecksum ? 1 : 0) | (checksumIsGood ? 2 : 0)
        return (flags, segmentation.rawValue, 0, 0, size.0, size.1, start.0, start.1, offset.0, offset.1)
    }
}
