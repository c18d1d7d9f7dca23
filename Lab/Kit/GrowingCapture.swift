/// Reads a classic pcap file (little-endian, microseconds, as QEMU writes it) while it grows.
struct GrowingCapture: Sendable {
    private static let headerSize = 24
    private static let recordHeaderSize = 16
    /// QEMU's own limit, and more than any Ethernet frame.
    private static let longestFrame: UInt32 = 65536

    private var bytes: [UInt8] = []
    private var hasHeader = false

    /// - Returns: the frames that are complete now.
    mutating func receive(_ more: [UInt8]) throws(GuestError) -> [WireFrame] {
        bytes += more
        var position = 0
        defer { bytes.removeFirst(position) }
        if !hasHeader {
            guard bytes.count >= Self.headerSize else { return [] }
            guard number(at: 0) == 0xa1b2_c3d4, number(at: 20) == 1 else { throw .malformed("capture: not a pcap of Ethernet frames") }
            hasHeader = true
            position = Self.headerSize
        }
        var frames: [WireFrame] = []
        while bytes.count - position >= Self.recordHeaderSize {
            let count = number(at: position + 8)
            guard count <= Self.longestFrame else { throw .malformed("capture: a frame of \(count) bytes") }
            let start = position + Self.recordHeaderSize
            guard bytes.count - start >= Int(count) else { break }
            let time = Int64(number(at: position)) * 1_000_000_000 + Int64(number(at: position + 4)) * 1000
            frames.append(WireFrame(time: time, bytes: Array(bytes[start..<start + Int(count)])))
            position = start + Int(count)
        }
        return frames
    }

    /// A little-endian number of 32 bits.
    private func number(at position: Int) -> UInt32 {
        (0..<4).reduce(0) { $0 | UInt32(bytes[position + $1]) << UInt32(8 * $1) }
    }
}
