/// The checksum of IP, ICMP, UDP and TCP (RFC 1071): the ones' complement of the ones' complement sum of 16-bit words.
///
/// Bytes may come in pieces of any length, odd ones too (RFC 1071, 2(A): the next piece goes on in the other half of the word).
public struct InternetChecksum: Hashable, Sendable {
    // 2^48 words fit before it overflows: more than can be added.
    private var sum: UInt64 = 0
    private var isOdd = false

    /// Nothing added: the sum is 0.
    public init() {}

    /// Begins with the pseudo header of IPv4 (RFC 768; RFC 9293, 3.1).
    ///
    /// `length`: bytes of the UDP or TCP header and its data.
    public init(from source: IPv4Address, to destination: IPv4Address, carrying type: IPProtocol, length: Int) {
        add(source.rawValue)
        add(destination.rawValue)
        addTail(type, length)
    }

    /// Begins with the pseudo header of IPv6 (RFC 8200, 8.1).
    ///
    /// `length`: bytes of the upper-layer header and its data.
    public init(from source: IPv6Address, to destination: IPv6Address, carrying type: IPProtocol, length: Int) {
        for address in [source, destination] {
            for shift in stride(from: 0, to: 128, by: 32) { add(UInt32(truncatingIfNeeded: address.rawValue >> UInt128(shift))) }
        }
        addTail(type, length)
    }

    private mutating func addTail(_ type: IPProtocol, _ length: Int) {
        sum += UInt64(type.rawValue)
        add(UInt32(truncatingIfNeeded: length))
    }

    private mutating func add(_ word: UInt32) { sum += UInt64(word >> 16) + UInt64(word & 0xffff) }

    /// Adds bytes, behind those that were added before.
    public mutating func add(_ bytes: RawSpan) {
        var offset = 0
        if isOdd, bytes.byteCount > 0 {
            sum += UInt64(bytes.byte(0))
            offset = 1
            isOdd = false
        }
        while offset + 1 < bytes.byteCount {
            sum += UInt64(bytes.big16(offset))
            offset += 2
        }
        if offset < bytes.byteCount {
            sum += UInt64(bytes.byte(offset)) << 8
            isOdd = true
        }
    }

    /// Adds an array's bytes, behind those that were added before.
    public mutating func add(_ bytes: [UInt8]) { add(bytes.span.bytes) }

    private var folded: UInt16 {
        var folded = sum
        while folded > 0xffff { folded = folded & 0xffff + folded >> 16 }
        return UInt16(folded)
    }

    /// What the checksum field gets, if it was zero while it was added.
    public var value: UInt16 { ~folded }

    /// What was added, its checksum field included, is as it was sent (RFC 1071, 1(3)).
    public var isGood: Bool { folded == 0xffff }

    /// The checksum of these bytes alone.
    public static func of(_ bytes: RawSpan) -> UInt16 {
        var checksum = InternetChecksum()
        checksum.add(bytes)
        return checksum.value
    }

    /// The checksum of an array's bytes alone.
    public static func of(_ bytes: [UInt8]) -> UInt16 { of(bytes.span.bytes) }
}
