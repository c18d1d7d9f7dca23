/// A place in a text, counted from 1; columns in characters.
public struct Position: Sendable, Hashable, Comparable {
    public let line: Int
    public let column: Int

    public init(line: Int, column: Int) {
        (self.line, self.column) = (line, column)
    }

    public static func < (left: Self, right: Self) -> Bool { (left.line, left.column) < (right.line, right.column) }
}

/// A value of a TOML text (toml.io, 1.0) and where it stands.
public struct Value: Sendable, Equatable {
    public indirect enum Content: Sendable, Equatable {
        case table([Entry])
        case array([Value])
        case string(String)
        case integer(Int64)
        case float(Double)
        case boolean(Bool)
        /// A date, a time, or both; not read further.
        case time
    }

    public let content: Content
    /// The first character: of a string its quote, of a table its header.
    public let start: Position
    /// One after the last character.
    public let end: Position

    public init(_ content: Content, start: Position, end: Position) {
        (self.content, self.start, self.end) = (content, start, end)
    }

    /// For sentences: `a string`.
    public var kind: String {
        switch content {
        case .table: "a table"
        case .array: "an array"
        case .string: "a string"
        case .integer: "an integer"
        case .float: "a number"
        case .boolean: "true or false"
        case .time: "a date or time"
        }
    }

    /// Where a character of a string stands, counted from 0: exact where the string is written on one line without escapes,
    /// else where the string begins.
    public func position(ofCharacter index: Int) -> Position {
        guard case .string(let text) = content, start.line == end.line, end.column - start.column == text.unicodeScalars.count + 2 else {
            return start
        }
        return Position(line: start.line, column: start.column + 1 + min(max(0, index), text.unicodeScalars.count))
    }
}

/// One key of a table.
public struct Entry: Sendable, Equatable {
    public let key: String
    /// Where the key stands; of a table that only a longer name mentions, there.
    public let position: Position
    public let value: Value

    public init(key: String, position: Position, value: Value) {
        (self.key, self.position, self.value) = (key, position, value)
    }
}
