import TOML

/// Gathers faults while a file is read, so that all of them are told at once.
final class ProblemList {
    private let file: String
    private var list: [(position: Position, problem: ConfigurationProblem)] = []

    init(file: String) { self.file = file }

    var isEmpty: Bool { list.isEmpty }

    /// In the order of the file.
    var problems: ConfigurationProblems {
        let sorted = list.enumerated().sorted { ($0.element.position, $0.offset) < ($1.element.position, $1.offset) }
        return ConfigurationProblems(list: sorted.map(\.element.problem))
    }

    func add(_ position: Position, _ why: String, remedy: String) {
        list.append(
            (position, ConfigurationProblem(file: file, line: position.line, column: position.column, why: why, remedy: remedy)))
    }
}
