import TOML

/// Reads the keys of one table. What is asked for is known; `finish` complains of everything else.
final class TableReader {
    /// Where the table begins.
    let position: Position
    private let name: String
    private let entries: [Entry]
    private let problems: ProblemList
    private var known: [String] = []

    /// - Parameter name: for sentences: `[socket]`; empty for the file's own keys.
    init(_ value: Value, name: String, problems: ProblemList) {
        (position, self.name, self.problems) = (value.start, name, problems)
        if case .table(let entries) = value.content { self.entries = entries } else { entries = [] }
    }

    /// Complains of the keys that nobody asked for.
    func finish() {
        for entry in entries where !known.contains(entry.key) {
            let place = name.isEmpty ? "" : " in \(name)"
            let remedy =
                nearestName(to: entry.key, of: known).map { "did you mean '\($0)'?" }
                ?? "known are: \(known.joined(separator: ", ")); see ledd.toml(5)"
            problems.add(entry.position, "unknown key '\(entry.key.prefix(64))'\(place)", remedy: remedy)
        }
    }

    func value(_ key: String) -> Value? {
        if !known.contains(key) { known.append(key) }
        return entries.first { $0.key == key }?.value
    }

    func complain(of value: Value, _ why: String, remedy: String) { problems.add(value.start, why, remedy: remedy) }
    func complain(at position: Position, _ why: String, remedy: String) { problems.add(position, why, remedy: remedy) }

    /// Complains that a key that has to be there is not.
    func missing(_ key: String, remedy: String) { problems.add(position, "\(name) has no '\(key)'", remedy: remedy) }

    private func wrongKind(_ key: String, _ value: Value, _ wanted: String, remedy: String) {
        problems.add(value.start, "'\(key)' is \(value.kind), not \(wanted)", remedy: remedy)
    }

    // MARK: Values; nil for a key that is not there, or that was complained of.

    func string(_ key: String) -> (text: String, value: Value)? {
        guard let value = value(key) else { return nil }
        guard case .string(let text) = value.content else {
            wrongKind(key, value, "a string", remedy: "put it in quotes")
            return nil
        }
        return (text, value)
    }

    func boolean(_ key: String) -> Bool? {
        guard let value = value(key) else { return nil }
        guard case .boolean(let truth) = value.content else {
            wrongKind(key, value, "true or false", remedy: "write \(key) = true or \(key) = false, without quotes")
            return nil
        }
        return truth
    }

    func integer(_ key: String, in range: ClosedRange<Int64>, as write: (Int64) -> String = { String($0) }) -> Int64? {
        guard let value = value(key) else { return nil }
        let remedy = "write a whole number from \(write(range.lowerBound)) to \(write(range.upperBound))"
        guard case .integer(let number) = value.content else {
            wrongKind(key, value, "an integer", remedy: remedy)
            return nil
        }
        guard range.contains(number) else {
            complain(of: value, "'\(key)' is \(write(number)), which is out of range", remedy: remedy)
            return nil
        }
        return number
    }

    /// A time in seconds, as nanoseconds.
    func seconds(_ key: String, in range: ClosedRange<Double>) -> Int64? {
        guard let value = value(key) else { return nil }
        let remedy = "write seconds, from \(Self.text(range.lowerBound)) to \(Self.text(range.upperBound))"
        let number: Double
        switch value.content {
        case .integer(let whole): number = Double(whole)
        case .float(let given): number = given
        default:
            wrongKind(key, value, "a number", remedy: remedy)
            return nil
        }
        // Not a number is in no range.
        guard range.contains(number) else {
            complain(of: value, "'\(key)' is \(Self.text(number)), which is out of range", remedy: remedy)
            return nil
        }
        return Int64(number * 1e9)
    }

    /// A string, or an array of strings, each where it stands.
    func strings(_ key: String, atMost most: Int) -> [(text: String, value: Value)]? {
        guard let value = value(key) else { return nil }
        switch value.content {
        case .string(let text): return [(text, value)]
        case .array(let values):
            guard !values.isEmpty, values.count <= most else {
                complain(of: value, "'\(key)' has \(values.count) strings", remedy: "give it 1 to \(most)")
                return nil
            }
            var texts: [(String, Value)] = []
            for item in values {
                guard case .string(let text) = item.content else {
                    problems.add(item.start, "'\(key)' holds \(item.kind), not only strings", remedy: "put it in quotes")
                    return nil
                }
                texts.append((text, item))
            }
            return texts
        default:
            wrongKind(key, value, "a string or an array of strings", remedy: "put it in quotes")
            return nil
        }
    }

    /// One of some words.
    func word<Word: RawRepresentable & CaseIterable>(_ key: String, _: Word.Type) -> Word? where Word.RawValue == String {
        guard let (text, value) = string(key) else { return nil }
        return word(text, value, key)
    }

    /// One word, or an array of words.
    func words<Word: RawRepresentable & CaseIterable>(_ key: String, _: Word.Type) -> [Word]? where Word.RawValue == String {
        guard let texts = strings(key, atMost: 64) else { return nil }
        let words: [Word] = texts.compactMap { word($0.text, $0.value, key) }
        return words.count == texts.count ? words : nil
    }

    private func word<Word: RawRepresentable & CaseIterable>(_ text: String, _ value: Value, _ key: String) -> Word? where Word.RawValue == String {
        if let word = Word(rawValue: text) { return word }
        let all = Word.allCases.map(\.rawValue)
        complain(
            of: value, "'\(key)' is '\(text.prefix(64))', which is none of its words",
            remedy: nearestName(to: text, of: all).map { "did you mean '\($0)'?" } ?? "write one of: \(all.joined(separator: ", "))")
        return nil
    }

    private static func text(_ number: Double) -> String {
        abs(number) < 1e15 && number == number.rounded() ? String(Int64(number)) : String(number)
    }
}
