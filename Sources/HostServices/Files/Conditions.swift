import NIOHTTP1

/// Whether a request's conditions let it go on (RFC 9110, 13.2.2).
enum Conditions {
    case proceed
    /// 304: the client has it.
    case notModified
    /// 412: it is not what the client thinks that it is.
    case failed

    /// - Parameter modified: seconds since 1970.
    init(_ headers: HTTPHeaders, entityTag: String, modified: Int) {
        self = .proceed
        if let tags = Self.list(headers, "if-match") {
            if !tags.contains(where: { $0 == "*" || $0 == entityTag }) { self = .failed }
        } else if let since = headers.first(name: "if-unmodified-since").flatMap(HTTPDate.parse), modified > since {
            self = .failed
        }
        if case .failed = self { return }
        if let tags = Self.list(headers, "if-none-match") {
            // The weak comparison (8.8.3.2).
            if tags.contains(where: { $0 == "*" || $0 == entityTag || $0 == "W/" + entityTag }) { self = .notModified }
        } else if let since = headers.first(name: "if-modified-since").flatMap(HTTPDate.parse), modified <= since {
            self = .notModified
        }
    }

    /// Whether a range is meant for the file as it is now (RFC 9110, 13.1.5): the same strong tag, or the very same date.
    static func rangeApplies(_ headers: HTTPHeaders, entityTag: String, modified: Int) -> Bool {
        guard let condition = headers.first(name: "if-range") else { return true }
        return condition == entityTag || HTTPDate.parse(condition) == modified
    }

    /// Tags of a header's lines; our own have no comma in them, so another one that is cut at its comma cannot fit.
    private static func list(_ headers: HTTPHeaders, _ name: String) -> [String]? {
        let lines = headers[name]
        return lines.isEmpty ? nil : lines.flatMap { $0.split(separator: ",") }.map(\.trimmed)
    }
}
