/// Bytes as people read them: offset, sixteen bytes in hexadecimal, the same as text (the layout of `tcpdump -XX`).
public enum HexDump {
    /// Lines without a newline at the end; an empty string for no bytes.
    public static func text(_ bytes: RawSpan) -> String {
        var lines: [String] = []
        for start in stride(from: 0, to: bytes.byteCount, by: 16) {
            var left = ""
            var right = ""
            for offset in start..<min(start + 16, bytes.byteCount) {
                let byte = bytes.byte(offset)
                if offset > start, offset.isMultiple(of: 2) { left += " " }
                left += hex(byte, digits: 2)
                right.unicodeScalars.append((0x21...0x7e).contains(byte) ? Unicode.Scalar(byte) : ".")
            }
            left += String(repeating: " ", count: 39 - left.utf8.count)
            lines.append("\t0x\(hex(UInt32(truncatingIfNeeded: start), digits: 4)):  \(left)  \(right)")
        }
        return lines.joined(separator: "\n")
    }

    /// The dump of an array: as of a span.
    public static func text(_ bytes: [UInt8]) -> String { text(bytes.span.bytes) }
}
