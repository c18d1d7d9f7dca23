/// Text of OpenMetrics 1.0, read as strictly as its specification has it, as far as counters, gauges and infos go.
struct OpenMetricsText {
    struct Sample: Equatable {
        let name: String
        let labels: [String: String]
        let value: Double
    }

    struct Family {
        var type = "unknown"
        var unit: String?
        var help: String?
        var samples: [Sample] = []
    }

    struct Wrong: Error, CustomStringConvertible {
        let description: String
        init(_ line: Substring, _ why: String) { description = "\(why): \(line)" }
    }

    private(set) var families: [String: Family] = [:]
    private(set) var order: [String] = []

    init(_ text: String) throws {
        guard text.hasSuffix("# EOF\n") else { throw Wrong(text.suffix(40)[...], "no '# EOF' with a line end at the end") }
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).dropLast(2)
        while let line = lines.popFirst() {
            if line.hasPrefix("# ") { try addDescription(line) } else { try addSample(line) }
        }
        for (name, family) in families {
            guard family.type != "unknown" else { throw Wrong(name[...], "no type") }
            guard let unit = family.unit else { continue }
            guard name.hasSuffix("_\(unit)"), family.type != "info" else { throw Wrong(name[...], "its unit '\(unit)' is not in its name") }
        }
    }

    subscript(_ name: String, _ labels: [String: String] = [:]) -> Double? {
        for family in families.values {
            for sample in family.samples where sample.name == name && labels.allSatisfy({ sample.labels[$0.key] == $0.value }) {
                return sample.value
            }
        }
        return nil
    }

    private mutating func addDescription(_ line: Substring) throws {
        let words = line.split(separator: " ", maxSplits: 3, omittingEmptySubsequences: false)
        guard words.count == 4, ["TYPE", "UNIT", "HELP"].contains(words[1]) else { throw Wrong(line, "no descriptor") }
        let name = String(words[2])
        guard Self.isName(words[2], colons: true) else { throw Wrong(line, "no name") }
        // All lines of a family stand together, and its descriptors come before its samples, once each.
        if order.last != name {
            guard families[name] == nil else { throw Wrong(line, "a family in two places") }
            order.append(name)
            families[name] = Family()
        }
        guard families[name]!.samples.isEmpty else { throw Wrong(line, "a descriptor after samples") }
        switch words[1] {
        case "TYPE":
            guard families[name]!.type == "unknown", ["counter", "gauge", "info"].contains(words[3]) else { throw Wrong(line, "no type") }
            families[name]!.type = String(words[3])
        case "UNIT":
            guard families[name]!.unit == nil else { throw Wrong(line, "two units") }
            families[name]!.unit = String(words[3])
        default:
            guard families[name]!.help == nil else { throw Wrong(line, "two helps") }
            families[name]!.help = String(words[3])
        }
    }

    private mutating func addSample(_ line: Substring) throws {
        guard let family = order.last, let brace = line.firstIndex(of: "{") else { throw Wrong(line, "no sample of a family") }
        let name = line[..<brace]
        let suffix = ["counter": "_total", "gauge": "", "info": "_info"][families[family]!.type] ?? "?"
        guard Self.isName(name, colons: true), name == family + suffix else { throw Wrong(line, "a name that is not its family's") }
        var rest = line[line.index(after: brace)...]
        var labels: [String: String] = [:]
        while rest.first != "}" {
            guard let equals = rest.firstIndex(of: "="), Self.isName(rest[..<equals], colons: false) else { throw Wrong(line, "no label") }
            let label = String(rest[..<equals])
            rest = rest[rest.index(after: equals)...]
            guard rest.popFirst() == "\"" else { throw Wrong(line, "no value of a label") }
            var value = ""
            while let character = rest.popFirst(), character != "\"" {
                guard character == "\\" else {
                    value.append(character)
                    continue
                }
                guard let escaped = rest.popFirst(), let meaning = ["n": "\n", "\\": "\\", "\"": "\""][escaped] else {
                    throw Wrong(line, "no escape")
                }
                value += meaning
            }
            guard labels.updateValue(value, forKey: label) == nil else { throw Wrong(line, "a label twice") }
            if rest.first == "," { rest.removeFirst() } else if rest.first != "}" { throw Wrong(line, "no end of labels") }
        }
        rest.removeFirst()
        guard rest.popFirst() == " ", !rest.isEmpty, rest.allSatisfy({ $0.isASCII && $0.isNumber || $0 == "." }), let value = Double(rest) else {
            throw Wrong(line, "no number")
        }
        guard families[family]!.type != "info" || value == 1 else { throw Wrong(line, "an info is 1") }
        guard !families[family]!.samples.contains(where: { $0.labels == labels }) else { throw Wrong(line, "a sample twice") }
        families[family]!.samples.append(Sample(name: String(name), labels: labels, value: value))
    }

    private static func isName(_ text: Substring, colons: Bool) -> Bool {
        guard let first = text.first, !first.isNumber else { return false }
        return text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_" || (colons && $0 == ":")) }
    }
}
