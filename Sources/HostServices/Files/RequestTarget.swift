/// What a request asks for (RFC 9112, 3.2).
struct RequestTarget: Equatable {
    /// Longer ones are refused (RFC 9110, 4.1 wants at least 8000 bytes).
    static let longest = 8192

    /// Percent-decoded components of the path, without empty ones and `.`.
    let path: [[UInt8]]
    /// The path ends with a slash (or with `/.`): a folder is meant.
    let isFolder: Bool
    /// What follows `?`, as it came.
    let query: String?

    /// - Parameter text: origin form (`/a?b`), or absolute form (`http://host/a?b`), whose host is not looked at.
    init(_ text: String) throws(TargetProblem) {
        var rest = text.utf8[...]
        if rest.first != UInt8(ascii: "/") {
            guard let start = Self.afterAuthority(rest) else { throw .malformed }
            rest = rest[start...]
        }
        // No client sends a fragment; one that does means the part before it.
        if let mark = rest.firstIndex(of: UInt8(ascii: "#")) { rest = rest[..<mark] }
        if let mark = rest.firstIndex(of: UInt8(ascii: "?")) {
            query = String(rest[rest.index(after: mark)...])
            rest = rest[..<mark]
        } else {
            query = nil
        }
        // Decoded first, cut afterwards: no spelling of a slash or a dot is missed.
        guard let decoded = Self.percentDecoded(rest), !decoded.contains(0) else { throw .malformed }
        var (path, isFolder): ([[UInt8]], Bool) = ([], true)
        for part in decoded.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
            isFolder = part.isEmpty || part.elementsEqual(".".utf8)
            if isFolder { continue }
            guard !part.elementsEqual("..".utf8) else { throw .outside }
            path.append(Array(part))
        }
        (self.path, self.isFolder) = (path, isFolder)
    }

    /// The path as text, with one slash between components; what is not UTF-8 is replaced.
    var text: String {
        let path = path.map { "/" + String(decoding: $0, as: UTF8.self) }.joined()
        return isFolder ? path + "/" : path
    }

    /// The path with all but unreserved characters encoded, one slash between components (RFC 3986, 2.3).
    var encodedPath: String {
        path.map { "/" + Self.percentEncoded($0) }.joined() + (isFolder ? "/" : "")
    }

    private static func afterAuthority(_ text: Substring.UTF8View) -> String.Index? {
        for scheme in ["http://", "https://"] {
            guard text.count > scheme.utf8.count, String(Substring(text.prefix(scheme.utf8.count))).lowercased() == scheme else { continue }
            let authority = text.dropFirst(scheme.utf8.count)
            guard let slash = authority.firstIndex(of: UInt8(ascii: "/")), slash != authority.startIndex else { return nil }
            return slash
        }
        return nil
    }

    static func percentEncoded(_ bytes: [UInt8]) -> String {
        var text = ""
        for byte in bytes {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"):
                text.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                let digits = String(byte, radix: 16, uppercase: true)
                text += digits.count == 1 ? "%0\(digits)" : "%\(digits)"
            }
        }
        return text
    }

    /// `nil` when a percent sign is not followed by two hexadecimal digits.
    static func percentDecoded(_ bytes: some Sequence<UInt8>) -> [UInt8]? {
        var decoded: [UInt8] = []
        var iterator = bytes.makeIterator()
        while let byte = iterator.next() {
            guard byte == UInt8(ascii: "%") else {
                decoded.append(byte)
                continue
            }
            guard let high = iterator.next().flatMap(digit), let low = iterator.next().flatMap(digit) else { return nil }
            decoded.append(high << 4 | low)
        }
        return decoded
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}

enum TargetProblem: Error, Equatable {
    case malformed
    /// Has `..`: clients resolve it before they ask (RFC 3986, 5.2.4).
    case outside
}
