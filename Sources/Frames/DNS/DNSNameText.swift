/// Why text is no domain name.
public enum DNSNameError: Error, Equatable, CustomStringConvertible {
    /// No text at all.
    case empty
    /// Two dots side by side, or one at the start.
    case emptyLabel
    /// A label of so many bytes; 63 can be.
    case labelTooLong(Int)
    /// More than 255 bytes on the wire.
    case nameTooLong
    /// A character that is not ASCII: its `xn--` form is for the caller to make (RFC 5890).
    case notASCII(Character)
    /// A backslash without what it needs (RFC 1035, 5.1).
    case badEscape

    public var description: String {
        switch self {
        case .empty: "an empty name (write '.' for the root)"
        case .emptyLabel: "a name with nothing between two dots (write one dot)"
        case .labelTooLong(let count): "a label of \(count) bytes (\(DNSName.longestLabel) at most between two dots)"
        case .nameTooLong: "a name of more than \(DNSName.longest) bytes on the wire (shorten it)"
        case .notASCII(let character): "'\(character)' is not ASCII (write the name's 'xn--' form: it is not translated here)"
        case .badEscape: "a '\\' that is not followed by a character or three digits up to 255 (RFC 1035, 5.1)"
        }
    }
}

extension DNSName {
    /// Reads `example.com`, with or without a dot at the end; `\.` and `\DDD` (decimal) are bytes of a label (RFC 1035, 5.1).
    ///
    /// - Throws: `DNSNameError`, which says what is wrong.
    public init(parsing text: String) throws(DNSNameError) {
        if let other = text.first(where: { !$0.isASCII }) { throw .notASCII(other) }
        guard text != "." else {
            self = .root
            return
        }
        var (wire, label): ([UInt8], [UInt8]) = ([], [])
        var rest = text.utf8[...]
        guard !rest.isEmpty else { throw .empty }
        func end(_ label: inout [UInt8], _ wire: inout [UInt8]) throws(DNSNameError) {
            guard !label.isEmpty else { throw .emptyLabel }
            guard label.count <= Self.longestLabel else { throw .labelTooLong(label.count) }
            wire.append(UInt8(label.count))
            wire += label
            label = []
        }
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "."): try end(&label, &wire)
            case UInt8(ascii: "\\"): label.append(try Self.escaped(&rest))
            default: label.append(byte)
            }
            // No need to go on, however long the text is.
            guard wire.count + label.count <= Self.longest + Self.longestLabel else { throw .nameTooLong }
        }
        // Only a dot can leave an empty label here: the one at the end.
        if !label.isEmpty { try end(&label, &wire) }
        wire.append(0)
        guard wire.count <= Self.longest else { throw .nameTooLong }
        self.init(wire: wire)
    }

    private static func escaped(_ rest: inout Substring.UTF8View) throws(DNSNameError) -> UInt8 {
        guard let first = rest.popFirst() else { throw .badEscape }
        guard (0x30...0x39).contains(first) else { return first }
        guard let second = rest.popFirst(), let third = rest.popFirst(),
            let value = UInt8(String(decoding: [first, second, third], as: UTF8.self))
        else { throw .badEscape }
        return value
    }
}

extension DNSName: LosslessStringConvertible {
    /// Reads a name as `init(parsing:)` does; `nil` instead of an error.
    public init?(_ text: String) {
        guard let name = try? DNSName(parsing: text) else { return nil }
        self = name
    }

    /// With the dot at the end. Only printable ASCII, whatever the labels hold: other bytes, and dots within a label, are escaped
    /// (RFC 1035, 5.1).
    public var description: String {
        guard wire.count > 1 else { return "." }
        var text = ""
        for label in labels {
            for byte in label {
                switch byte {
                case UInt8(ascii: "."), UInt8(ascii: "\\"): text += "\\\(Character(Unicode.Scalar(byte)))"
                case 0x21...0x7e: text.unicodeScalars.append(Unicode.Scalar(byte))
                default:
                    let digits = String(byte)
                    text += "\\" + String(repeating: "0", count: 3 - digits.utf8.count) + digits
                }
            }
            text += "."
        }
        return text
    }
}
