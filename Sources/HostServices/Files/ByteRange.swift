/// Which bytes of a file are asked for (RFC 9110, 14.1 and 14.2).
enum ByteRange: Equatable {
    /// No range, or one that a server may ignore: another unit, several ranges, a syntax error.
    case whole
    case part(Range<Int>)
    case unsatisfiable

    init(_ header: String?, size: Int) {
        self = .whole
        guard let header, let equals = header.firstIndex(of: "="),
            header[..<equals].trimmed.lowercased() == "bytes"
        else { return }
        let specification = header[header.index(after: equals)...].trimmed
        guard let hyphen = specification.firstIndex(of: "-") else { return }
        let (before, after) = (specification[..<hyphen], specification[specification.index(after: hyphen)...])
        switch (Self.number(before), Self.number(after)) {
        case (nil, let count?) where before.isEmpty:
            self = count > 0 && size > 0 ? .part(max(0, size - count)..<size) : .unsatisfiable
        case (let first?, nil) where after.isEmpty:
            self = first < size ? .part(first..<size) : .unsatisfiable
        case (let first?, let last?) where first <= last:
            self = first < size ? .part(first..<min(size, last == .max ? last : last + 1)) : .unsatisfiable
        default:
            return
        }
    }

    /// Digits only; what no file is as long as counts as the largest.
    private static func number(_ text: Substring) -> Int? {
        guard !text.isEmpty, text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else { return nil }
        return Int(text) ?? .max
    }
}
