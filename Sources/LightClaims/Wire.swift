import FoundationEssentials

/// Requests and replies as lines of JSON.
public enum Wire {
    /// One line with its end. Keys are sorted, so that lines can be compared.
    public static func line(_ value: some Encodable) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Strings and finite numbers always have a JSON form.
        var bytes = (try? encoder.encode(value)).map(Array.init) ?? Array("{}".utf8)
        bytes.append(UInt8(ascii: "\n"))
        return bytes
    }

    /// Reads a line without its end.
    ///
    /// - Throws: `WireError` with a sentence for people.
    public static func read<Value: Decodable>(_ type: Value.Type, from line: some Collection<UInt8>) throws(WireError) -> Value {
        do {
            return try JSONDecoder().decode(type, from: Data(line))
        } catch let error as DecodingError {
            throw WireError(why: error.sentence)
        } catch {
            throw WireError(why: "it is not JSON")
        }
    }
}

/// A line that is no message.
public struct WireError: Error, Equatable, CustomStringConvertible {
    public let why: String
    public var description: String { why }
}

extension DecodingError {
    fileprivate var sentence: String {
        switch self {
        case .keyNotFound(let key, _): "the field '\(key.stringValue)' is missing"
        case .typeMismatch(_, let context), .valueNotFound(_, let context):
            context.codingPath.isEmpty
                ? "it is not a JSON object" : "the field '\(context.codingPath.map(\.stringValue).joined(separator: "."))' has the wrong type"
        default: "it is not JSON"
        }
    }
}
