import CTOML

/// Why a text is no TOML.
public struct SyntaxError: Error, Equatable {
    public let position: Position
    /// A clause: `expected '=', saw '\n'`.
    public let why: String
}

extension Value {
    /// Bytes of a text, and of one of its lines: tables within tables cost stack.
    public static let longestText = 65_536
    public static let longestLine = 1024

    /// Reads a text: a table, its entries in the order in which they stand.
    ///
    /// - Throws: the first fault.
    public static func parse(_ text: String) throws(SyntaxError) -> Value {
        var text = text
        guard text.utf8.count <= longestText else {
            throw SyntaxError(position: Position(line: 1, column: 1), why: "the text is longer than \(longestText) bytes")
        }
        for (number, line) in text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated()
        where line.count > longestLine {
            throw SyntaxError(position: Position(line: number + 1, column: 1), why: "the line is longer than \(longestLine) bytes")
        }
        var nodes: [Node] = []
        var fault = ringlight_toml_error()
        let result = text.withUTF8 { bytes in
            withUnsafeMutablePointer(to: &nodes) { nodes in
                bytes.withMemoryRebound(to: CChar.self) {
                    ringlight_toml_parse(
                        $0.baseAddress, $0.count,
                        { context, node in context!.assumingMemoryBound(to: [Node].self).pointee.append(Node(node!.pointee)) }, nodes, &fault)
                }
            }
        }
        guard result == 0 else {
            let why = withUnsafeBytes(of: fault.why) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
            // What was being read ("Error while parsing key: …") the place tells.
            let isAnnounced = why.hasPrefix("Error while parsing ")
            let clause = isAnnounced ? why.firstRange(of: ": ").map { why[$0.upperBound...] } : nil
            throw SyntaxError(position: Position(fault.place), why: clause.map(String.init) ?? why)
        }
        var rest = nodes[...]
        return value(&rest)
    }

    /// The first node with all that is in it.
    private static func value(_ rest: inout ArraySlice<Node>) -> Value {
        let node = rest.removeFirst()
        var content = node.content
        switch content {
        case .table:
            var entries: [Entry] = []
            while let child = rest.first, child.depth > node.depth {
                let value = value(&rest)
                // The header of a table that was never written is the one that mentions it.
                entries.append(Entry(key: child.key, position: child.keyStart.line > 0 ? child.keyStart : value.start, value: value))
            }
            content = .table(entries.sorted { $0.position < $1.position })
        case .array:
            var values: [Value] = []
            while let child = rest.first, child.depth > node.depth { values.append(value(&rest)) }
            content = .array(values)
        default: break
        }
        return Value(content, start: node.start, end: node.end)
    }
}

/// A node as it comes, its children after it.
private struct Node {
    let depth: UInt32
    let key: String
    let keyStart: Position
    let content: Value.Content
    let (start, end): (Position, Position)

    init(_ node: ringlight_toml_node) {
        depth = node.depth
        key = Self.text(node.key, node.key_length)
        keyStart = Position(node.key_start)
        content =
            switch Int(node.type) {
            case RINGLIGHT_TOML_TABLE: .table([])
            case RINGLIGHT_TOML_ARRAY: .array([])
            case RINGLIGHT_TOML_STRING: .string(Self.text(node.string, node.string_length))
            case RINGLIGHT_TOML_INTEGER: .integer(node.integer)
            case RINGLIGHT_TOML_FLOAT: .float(node.number)
            case RINGLIGHT_TOML_BOOLEAN: .boolean(node.integer != 0)
            default: .time
            }
        (start, end) = (Position(node.start), Position(node.end))
    }

    private static func text(_ start: UnsafePointer<CChar>?, _ count: Int) -> String {
        String(decoding: UnsafeRawBufferPointer(start: start, count: start == nil ? 0 : count), as: UTF8.self)
    }
}

extension Position {
    fileprivate init(_ place: ringlight_toml_place) {
        self.init(line: Int(place.line), column: Int(place.column))
    }
}
