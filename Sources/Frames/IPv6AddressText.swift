extension IPv6Address: LosslessStringConvertible {
    /// Eight groups of hexadecimal digits, with `::` for one run of zero groups, and the last two perhaps as an IPv4 address
    /// (RFC 4291, 2.2). No zone (`%eth0`): that is no part of an address (RFC 4007, 11).
    public init?(_ text: String) {
        // The longest: six full groups and an IPv4 address.
        guard text.utf8.count <= 45 else { return nil }
        var groups: [UInt16] = []
        var gap: Int?
        var rest = text[...]
        if rest.hasPrefix("::") {
            gap = 0
            rest = rest.dropFirst(2)
        }
        while !rest.isEmpty {
            let end = rest.firstIndex(of: ":") ?? rest.endIndex
            let word = rest[..<end]
            if word.contains(".") {
                guard end == rest.endIndex, let tail = IPv4Address(String(word)) else { return nil }
                groups += [UInt16(tail.rawValue >> 16), UInt16(truncatingIfNeeded: tail.rawValue)]
                break
            }
            guard (1...4).contains(word.utf8.count), word.utf8.allSatisfy({ hexValue($0) != nil }), let group = UInt16(word, radix: 16)
            else { return nil }
            groups.append(group)
            if end == rest.endIndex { break }
            rest = rest[end...].dropFirst()
            if rest.first == ":" {
                guard gap == nil else { return nil }
                gap = groups.count
                rest = rest.dropFirst()
            } else if rest.isEmpty {
                return nil
            }
        }
        // `::` stands for one group at least (RFC 4291, 2.2, form 2).
        guard gap == nil ? groups.count == 8 : groups.count < 8 else { return nil }
        if let gap { groups.insert(contentsOf: repeatElement(0, count: 8 - groups.count), at: gap) }
        rawValue = groups.reduce(0) { $0 << 16 | UInt128($1) }
    }

    /// The one form that RFC 5952 recommends: lower case, no leading zeros, the longest run of zero groups as `::`; an IPv4-mapped
    /// address with its decimal end (section 5).
    public var description: String {
        if let mapped = mappedIPv4 { return "::ffff:\(mapped)" }
        let groups = (0..<8).map { UInt16(truncatingIfNeeded: rawValue >> UInt128(112 - 16 * $0)) }
        let run = Self.longestZeroRun(groups)
        func text(_ part: ArraySlice<UInt16>) -> String { part.map { String($0, radix: 16) }.joined(separator: ":") }
        guard run.count >= 2 else { return text(groups[...]) }
        return text(groups[..<run.lowerBound]) + "::" + text(groups[run.upperBound...])
    }

    /// The first one of the longest (RFC 5952, 4.2.3).
    private static func longestZeroRun(_ groups: [UInt16]) -> Range<Int> {
        var longest = 0..<0
        var start = 0
        for (index, group) in groups.enumerated() {
            if group != 0 {
                start = index + 1
            } else if index + 1 - start > longest.count {
                longest = start..<(index + 1)
            }
        }
        return longest
    }
}
