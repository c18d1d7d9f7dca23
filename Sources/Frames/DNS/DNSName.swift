/// A domain name (RFC 1035, 2.3.4 and 3.1): labels of 1 to 63 bytes, 255 bytes on the wire at most.
///
/// Always absolute: `example.com` and `example.com.` are the same name. Equal without regard to the case of ASCII letters (RFC 4343).
/// Any byte may be in a label (RFC 2181, 11); letters beyond ASCII are for the caller to translate (RFC 5890: `xn--…`).
public struct DNSName: Sendable {
    /// Labels, each after its length, and the root's zero, in the case in which they came; 1...255 bytes.
    public let wire: [UInt8]

    /// `.`: the name without labels.
    public static let root = DNSName(wire: [0])
    /// Bytes of a label, at most.
    public static let longestLabel = 63
    /// Bytes of a name on the wire, at most.
    public static let longest = 255
    /// Labels that fit into a name.
    static let mostPointers = 127

    init(wire: [UInt8]) { self.wire = wire }

    /// Labels, from the first to the one before the root.
    public var labels: [ArraySlice<UInt8>] {
        var labels: [ArraySlice<UInt8>] = []
        var place = 0
        while wire[place] != 0 {
            let end = place + 1 + Int(wire[place])
            labels.append(wire[(place + 1)..<end])
            place = end
        }
        return labels
    }

    // A length is below 64, where the letters begin: lengths and letters do not meet.
    private var folded: [UInt8] { wire.map { (0x41...0x5a).contains($0) ? $0 | 0x20 : $0 } }
}

extension DNSName: Hashable {
    public static func == (left: DNSName, right: DNSName) -> Bool {
        left.wire.count == right.wire.count && (left.wire == right.wire || left.folded == right.folded)
    }

    public func hash(into hasher: inout Hasher) { hasher.combine(folded) }
}

extension DNSName {
    /// Reads a name out of a message, compressed or not (RFC 1035, 4.1.4).
    ///
    /// A pointer is followed only to before the place where the reading began or last went on, and no more of them than a name can have
    /// labels: so it ends, whatever the bytes say.
    ///
    /// - Parameter offset: where the name starts; moved behind it, as it stands there.
    /// - Returns: `nil` for a name that leaves the message, that is too long, or whose pointers do not lead backwards.
    static func read(_ message: RawSpan, at offset: inout Int) -> DNSName? {
        var wire: [UInt8] = []
        var (place, bound, behind): (Int, Int, Int?) = (offset, offset, nil)
        var pointers = 0
        while true {
            guard place < message.byteCount else { return nil }
            let length = Int(message.byte(place))
            switch length >> 6 {
            case 0b00:
                guard wire.count + 1 + length + (length == 0 ? 0 : 1) <= longest, place + 1 + length <= message.byteCount else { return nil }
                wire += message.copy(place..<(place + 1 + length))
                place += 1 + length
                if length == 0 {
                    offset = behind ?? place
                    return DNSName(wire: wire)
                }
            case 0b11:
                guard place + 1 < message.byteCount else { return nil }
                if behind == nil { behind = place + 2 }
                let target = Int(message.big16(place) & 0x3fff)
                pointers += 1
                guard target < bound, pointers <= mostPointers else { return nil }
                (place, bound) = (target, target)
            // Reserved (RFC 6891, 5).
            default: return nil
            }
        }
    }
}
