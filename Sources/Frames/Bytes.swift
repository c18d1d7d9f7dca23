/// Reading fields of untrusted bytes. Offsets are bounds-checked by the span.
extension RawSpan {
    @inline(__always)
    func byte(_ offset: Int) -> UInt8 { unsafeLoadUnaligned(fromByteOffset: offset, as: UInt8.self) }

    /// A 16-bit field in network order.
    @inline(__always)
    func big16(_ offset: Int) -> UInt16 { UInt16(bigEndian: unsafeLoadUnaligned(fromByteOffset: offset, as: UInt16.self)) }

    /// A 32-bit field in network order.
    @inline(__always)
    func big32(_ offset: Int) -> UInt32 { UInt32(bigEndian: unsafeLoadUnaligned(fromByteOffset: offset, as: UInt32.self)) }

    func copy(_ range: Range<Int>) -> [UInt8] {
        var copy: [UInt8] = []
        copy.reserveCapacity(range.count)
        for offset in range { copy.append(byte(offset)) }
        return copy
    }
}

/// Two hexadecimal digits and so on: `String(format:)` would need Foundation.
func hex(_ value: some FixedWidthInteger & UnsignedInteger, digits: Int) -> String {
    let text = String(value, radix: 16)
    return text.count < digits ? String(repeating: "0", count: digits - text.count) + text : text
}

/// Text of the wire that a terminal can show: printable ASCII; quotes, backslashes and other bytes as `\x1b`, the end of long text as `…`.
func printable(_ bytes: some Collection<UInt8>, limit: Int = 64) -> String {
    var text = ""
    for byte in bytes.prefix(limit) {
        if (0x20...0x7e).contains(byte), byte != UInt8(ascii: "\\"), byte != UInt8(ascii: "\"") {
            text.unicodeScalars.append(Unicode.Scalar(byte))
        } else {
            text += "\\x" + hex(byte, digits: 2)
        }
    }
    return text + (bytes.count > limit ? "…" : "")
}

extension [UInt8] {
    mutating func appendBig(_ value: UInt16) {
        append(UInt8(truncatingIfNeeded: value >> 8))
        append(UInt8(truncatingIfNeeded: value))
    }

    mutating func appendBig(_ value: UInt32) {
        appendBig(UInt16(truncatingIfNeeded: value >> 16))
        appendBig(UInt16(truncatingIfNeeded: value))
    }

    mutating func putBig(_ value: UInt16, at offset: Int) {
        self[offset] = UInt8(truncatingIfNeeded: value >> 8)
        self[offset + 1] = UInt8(truncatingIfNeeded: value)
    }
}
