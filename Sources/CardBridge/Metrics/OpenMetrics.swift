import ToolSupport

/// Text of OpenMetrics 1.0 (https://prometheus.io/docs/specs/om/open_metrics_spec/): metric families, each with its samples, and an end.
struct OpenMetrics {
    static let contentType = "application/openmetrics-text; version=1.0.0; charset=utf-8"

    enum Kind: String {
        case counter, gauge, info
    }

    typealias Labels = [(name: String, value: String)]

    /// Labels of every sample.
    private let common: Labels
    private var families = ""

    init(labels: Labels) { common = labels }

    /// Adds a family with one sample.
    ///
    /// - Parameters:
    ///   - name: without the suffix of its kind; with a unit, its unit's name comes last in it.
    ///   - help: a sentence of what it tells.
    mutating func add(_ name: String, _ kind: Kind, unit: String? = nil, help: String, _ value: UInt64) {
        add(name, kind, unit: unit, help: help, [([], value)])
    }

    /// Adds a family with a sample for each set of labels.
    mutating func add(_ name: String, _ kind: Kind, unit: String? = nil, help: String, _ samples: [(labels: Labels, value: UInt64)]) {
        add(name, kind, unit: unit, help: help, samples.map { ($0.labels, "\($0.value)") })
    }

    /// Adds a gauge of time, to the millisecond; its name ends in `_seconds`.
    mutating func add(_ name: String, help: String, seconds: Double) {
        add(name, .gauge, unit: "seconds", help: help, [([], fixed(seconds, 3))])
    }

    private mutating func add(_ name: String, _ kind: Kind, unit: String?, help: String, _ samples: [(labels: Labels, value: String)]) {
        families += "# TYPE \(name) \(kind.rawValue)\n"
        if let unit { families += "# UNIT \(name) \(unit)\n" }
        families += "# HELP \(name) \(Self.escaped(help))\n"
        let suffix =
            switch kind {
            case .counter: "_total"
            case .info: "_info"
            case .gauge: ""
            }
        for sample in samples {
            let labels = (common + sample.labels).map { "\($0.name)=\"\(Self.escaped($0.value))\"" }.joined(separator: ",")
            families += "\(name)\(suffix){\(labels)} \(sample.value)\n"
        }
    }

    var text: String { families + "# EOF\n" }

    private static func escaped(_ text: String) -> String {
        var result = ""
        for character in text.unicodeScalars {
            switch character {
            case "\\": result += "\\\\"
            case "\"": result += "\\\""
            case "\n": result += "\\n"
            default: result.unicodeScalars.append(character)
            }
        }
        return result
    }
}
