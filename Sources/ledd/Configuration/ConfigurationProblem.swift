/// One fault of the configuration file.
struct ConfigurationProblem: Equatable, Sendable, CustomStringConvertible {
    let file: String
    /// Counted from 1, columns in characters; 0 for the file as a whole.
    let line: Int
    let column: Int
    let why: String
    let remedy: String

    /// One line: `/etc/ringlight/ledd.toml:12:5: why (what to do)`.
    var description: String {
        let place = line > 0 ? "\(file):\(line):\(column)" : file
        // A key or a value may hold anything.
        let text = "\(place): \(why) (\(remedy))".unicodeScalars.map { $0.properties.generalCategory == .control ? "?" : String($0) }
        return text.joined()
    }
}

/// Every fault of a configuration, in the order of the file; at least one.
struct ConfigurationProblems: Error, Equatable, CustomStringConvertible {
    let list: [ConfigurationProblem]

    /// A line each.
    var description: String { list.map(\.description).joined(separator: "\n") }
}
