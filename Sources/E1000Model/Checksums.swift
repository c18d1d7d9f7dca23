/// CRC-32 of IEEE 802.3, 3.2.9, as the four bytes on the wire.
func frameCheckSequence(_ frame: [UInt8]) -> [UInt8] {
    var crc = UInt32.max
    for byte in frame { crc = crc >> 8 ^ crcTable[Int((crc ^ UInt32(byte)) & 0xff)] }
    return (0..<4).map { UInt8(truncatingIfNeeded: ~crc >> ($0 * 8)) }
}

private let crcTable: [UInt32] = (0..<256).map { index in
    (0..<8).reduce(UInt32(index)) { crc, _ in crc & 1 != 0 ? crc >> 1 ^ 0xedb8_8320 : crc >> 1 }
}

/// The 16-bit ones' complement sum (RFC 1071), not inverted; an odd last byte counts as the high one.
func onesComplementSum(_ bytes: ArraySlice<UInt8>, from start: UInt32 = 0) -> UInt16 {
    var sum = UInt64(start)
    var index = bytes.startIndex
    while index + 1 < bytes.endIndex {
        sum += UInt64(bytes[index]) << 8 | UInt64(bytes[index + 1])
        index += 2
    }
    if index < bytes.endIndex { sum += UInt64(bytes[index]) << 8 }
    while sum > 0xffff { sum = sum & 0xffff + sum >> 16 }
    return UInt16(sum)
}
