/// Frames for loopback: patterns that a bad data line, a bad descriptor or a stale buffer would change.
public enum SelftestPattern: String, CaseIterable, Sendable {
    /// 0x00 or 0xff throughout.
    case zeros, ones
    /// 0xaa and 0x55 in turn.
    case alternating
    /// One bit of each byte, the next one in the next byte.
    case walkingBit = "walking bit"
    /// Each byte is its position, modulo 256.
    case counting
    /// Bytes of a generator that starts with the frame's number: the same each time.
    case random

    /// A frame to everyone with this pattern, its number, and an Ethernet type for experiments.
    public func frame(_ number: Int, length: Int) -> [UInt8] {
        var state = UInt32(truncatingIfNeeded: number) &* 2_654_435_761 | 1
        let header: [UInt8] = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0, 1, 0x88, 0xb5]
        let numbers = (0..<4).map { UInt8(truncatingIfNeeded: number >> (24 - 8 * $0)) }
        return header + numbers + (0..<max(0, length - 18)).map { position in
            switch self {
            case .zeros: return 0x00
            case .ones: return 0xff
            case .alternating: return position & 1 == 0 ? 0xaa : 0x55
            case .walkingBit: return 1 << UInt8(position & 7)
            case .counting: return UInt8(truncatingIfNeeded: position)
            case .random:
                state ^= state << 13
                state ^= state >> 17
                state ^= state << 5
                return UInt8(truncatingIfNeeded: state)
            }
        }
    }
}
