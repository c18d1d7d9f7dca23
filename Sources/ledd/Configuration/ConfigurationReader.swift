import KeyboardLights
import TOML

/// From a TOML text's values to a configuration.
struct ConfigurationReader {
    private let problems: ProblemList

    init(_ problems: ProblemList) { self.problems = problems }

    func read(_ root: Value) -> Configuration {
        var configuration = Configuration()
        let file = TableReader(root, name: "", problems: problems)
        if let table = table("socket", of: file) { configuration.socket = socket(table) }
        if let table = table("defaults", of: file) {
            configuration.light = lightName(table) ?? configuration.light
            table.finish()
        }
        var reader = RuleReader(light: configuration.light, problems: problems)
        // The order of the file, so that of two rules of one name the second is the wrong one.
        let tables = RuleReader.kinds.flatMap { kind in rules(kind, of: file) }.sorted { $0.value.start < $1.value.start }
        for (kind, value) in tables.prefix(Configuration.mostRules) {
            if let rule = reader.rule(kind, TableReader(value, name: "[[\(kind)]]", problems: problems)) { configuration.rules.append(rule) }
        }
        if tables.count > Configuration.mostRules {
            problems.add(
                tables[Configuration.mostRules].value.start, "there are more than \(Configuration.mostRules) rules",
                remedy: "let one rule do for several, by wildcards")
        }
        file.finish()
        return configuration
    }

    private func table(_ key: String, of file: TableReader) -> TableReader? {
        guard let value = file.value(key) else { return nil }
        guard case .table = value.content else {
            problems.add(value.start, "'\(key)' is \(value.kind), not a table", remedy: "write [\(key)] on a line of its own")
            return nil
        }
        return TableReader(value, name: "[\(key)]", problems: problems)
    }

    private func rules(_ kind: String, of file: TableReader) -> [(kind: String, value: Value)] {
        guard let value = file.value(kind) else { return [] }
        var tables: [Value] = []
        if case .array(let values) = value.content { tables = values }
        guard !tables.isEmpty, tables.allSatisfy({ if case .table = $0.content { true } else { false } }) else {
            problems.add(value.start, "'\(kind)' is \(value.kind), not tables", remedy: "write [[\(kind)]] on a line of its own, once a rule")
            return []
        }
        return tables.map { (kind, $0) }
    }

    private func socket(_ table: TableReader) -> Configuration.Socket {
        var socket = Configuration.Socket()
        if let (path, value) = table.string("path") {
            // sockaddr_un has 108 bytes, the last a zero.
            if path.hasPrefix("/"), path.utf8.count <= 107, !path.utf8.contains(0) {
                socket.path = path
            } else {
                table.complain(of: value, "'\(path.prefix(64))' is no path of a socket", remedy: "write an absolute path of at most 107 bytes")
            }
        }
        if let (group, value) = table.string("group") {
            if !group.isEmpty, group.utf8.count <= 32, group.utf8.allSatisfy({ (0x21...0x7e).contains($0) && $0 != UInt8(ascii: ":") }) {
                socket.group = group
            } else {
                table.complain(of: value, "'\(group.prefix(64))' is no group's name", remedy: "write one that 'getent group' lists")
            }
        }
        if let mode = table.integer("mode", in: 0...0o777, as: { "0o" + String($0, radix: 8) }) { socket.mode = UInt32(mode) }
        table.finish()
        return socket
    }

    private func lightName(_ table: TableReader) -> String? { table.light("light") }
}

extension TableReader {
    /// One of the lights.
    func light(_ key: String) -> String? {
        guard let (text, value) = string(key) else { return nil }
        if Light.names.contains(text) { return text }
        complain(
            of: value, "there is no light '\(text.prefix(64))'",
            remedy: nearestName(to: text, of: Light.names).map { "did you mean '\($0)'?" } ?? "write one of: \(Light.names.joined(separator: ", "))")
        return nil
    }
}
