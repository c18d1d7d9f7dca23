/// The samples in a text of OpenMetrics 1.0, which may come from anybody: what is not such a text is refused, and told of by line.
///
/// Read in one pass; types, units and helps are passed over.
public struct MetricsText: Sendable {
    public struct Sample: Sendable, Hashable {
        public let name: String
        public let labels: [String: String]
        /// As it was written: also NaN or infinite.
        public let value: Double
    }

    /// Why something is no such text.
    public struct Wrong: Error, Equatable, CustomStringConvertible {
        /// From 1.
        public let line: Int
        public let why: String
        /// It is the end that is missing.
        public var isCutOff = false
        public var description: String { "line \(line) of the answer \(why)" }
    }

    private var samples: [String: [Sample]] = [:]

    public init(_ text: [UInt8]) throws(Wrong) {
        var lines = text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        // The end of the last line may be missing.
        if lines.last?.isEmpty == true { lines.removeLast() }
        guard let end = lines.popLast(), end.elementsEqual("# EOF".utf8) else {
            throw Wrong(line: lines.count + 1, why: "is not '# EOF', with which OpenMetrics ends", isCutOff: true)
        }
        var known: Set<[String: String]> = []
        var last = ""
        for (number, line) in lines.enumerated() {
            guard line.first != UInt8(ascii: "#") else {
                guard !line.elementsEqual("# EOF".utf8) else { throw Wrong(line: number + 1, why: "is '# EOF', and more follows") }
                continue
            }
            guard let sample = Self.sample(line) else { throw Wrong(line: number + 1, why: "is no sample of OpenMetrics") }
            // Samples of a name stand together.
            if sample.name != last { (known, last) = ([], sample.name) }
            guard known.insert(sample.labels).inserted else { throw Wrong(line: number + 1, why: "says again what '\(sample.name)' is") }
            samples[sample.name, default: []].append(sample)
        }
    }

    /// The first sample of a name that has these labels, and perhaps others.
    public func sample(_ name: String, _ labels: [String: String] = [:]) -> Sample? {
        samples[name]?.first { sample in labels.allSatisfy { sample.labels[$0.key] == $0.value } }
    }

    /// `name{label="value",…} 12.5`; what follows, a time or an example, is passed over.
    private static func sample(_ line: ArraySlice<UInt8>) -> Sample? {
        var rest = line
        guard let name = word(&rest, colons: true) else { return nil }
        var labels: [String: String] = [:]
        if rest.first == UInt8(ascii: "{") {
            rest.removeFirst()
            while rest.first != UInt8(ascii: "}") {
                guard let label = word(&rest, colons: false), rest.popFirst() == UInt8(ascii: "="), let value = quoted(&rest),
                    labels.updateValue(value, forKey: label) == nil
                else { return nil }
                if rest.first == UInt8(ascii: ",") { rest.removeFirst() } else if rest.first != UInt8(ascii: "}") { return nil }
            }
            rest.removeFirst()
        }
        guard rest.popFirst() == UInt8(ascii: " "), let value = number(rest.prefix { $0 != UInt8(ascii: " ") }) else { return nil }
        return Sample(name: name, labels: labels, value: value)
    }

    private static func word(_ rest: inout ArraySlice<UInt8>, colons: Bool) -> String? {
        func isLetter(_ byte: UInt8) -> Bool {
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) || byte == UInt8(ascii: "_") || (colons && byte == UInt8(ascii: ":"))
        }
        func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
        guard let first = rest.first, isLetter(first) else { return nil }
        let word = rest.prefix { isLetter($0) || isDigit($0) }
        rest = rest[word.endIndex...]
        return String(decoding: word, as: UTF8.self)
    }

    private static func quoted(_ rest: inout ArraySlice<UInt8>) -> String? {
        guard rest.popFirst() == UInt8(ascii: "\"") else { return nil }
        var bytes: [UInt8] = []
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "\""): return String(decoding: bytes, as: UTF8.self)
            case UInt8(ascii: "\\"):
                switch rest.popFirst() {
                case UInt8(ascii: "n"): bytes.append(UInt8(ascii: "\n"))
                case let escaped? where escaped == UInt8(ascii: "\\") || escaped == UInt8(ascii: "\""): bytes.append(escaped)
                default: return nil
                }
            default: bytes.append(byte)
            }
        }
        return nil
    }

    /// Decimal: what else Swift takes for a number is none here.
    private static func number(_ bytes: ArraySlice<UInt8>) -> Double? {
        let text = String(decoding: bytes, as: UTF8.self)
        if ["NaN", "+Inf", "-Inf"].contains(text) { return Double(text) }
        guard bytes.count <= 64, bytes.allSatisfy({ "0123456789+-.eE".utf8.contains($0) }) else { return nil }
        return Double(text)
    }
}
