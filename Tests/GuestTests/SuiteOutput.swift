/// What a run of a test bundle printed, one test after another (`--no-parallel`): which tests ran to their end, which did not, and why.
struct SuiteOutput {
    /// Tests that passed, by suite; those that cancelled themselves are not among them, nor those that had nothing to be run with.
    private(set) var ran: [String: [String]] = [:]
    /// Lines of tests and suites that were skipped.
    private(set) var skipped: [Substring] = []
    /// Our own lines (`skip`) of tests that cancelled themselves, which Swift 6.3 counts as passed.
    private(set) var cancelled: [Substring] = []
    /// Suites that passed.
    private(set) var passed: [String] = []
    /// Failures, and what was said of them.
    private(set) var trouble: [Substring] = []
    /// Of the last line of all.
    private(set) var summary: Substring?

    init(_ text: String) {
        let lines = text.split(separator: "\n")
        cancelled = lines.filter { $0.hasPrefix("skipped: ") }
        var suite = ""
        for line in lines {
            if line.dropFirst().hasPrefix(" Test run with ") { summary = line }
            if let match = line.wholeMatch(of: /◇ Suite "?(.+?)"? started\./) {
                suite = String(match.1)
            } else if let match = line.wholeMatch(of: /✔ Suite "?(.+?)"? passed after .*/) {
                passed.append(String(match.1))
            } else if summary == nil, let match = line.wholeMatch(of: /✔ Test "?(.+?)"?( with ([0-9]+) test cases?)? passed after .*/) {
                let isCancelled = cancelled.contains { $0.hasPrefix("skipped: \(match.1): ") }
                if !isCancelled && match.3 != "0" { ran[suite, default: []].append(String(match.1)) }
            } else if line.hasPrefix("➜") {
                skipped.append(line)
            } else if line.hasPrefix("✘") || line.hasPrefix("↳") {
                trouble.append(line)
            }
        }
    }

    /// Tests that ran to their end.
    var count: Int { ran.values.reduce(0) { $0 + $1.count } }

    /// Lines of what was skipped without a reason.
    var unexplained: [Substring] { skipped.filter { !$0.contains(#/ skipped: ".+"/#) } + cancelled.filter { !$0.contains(#/^skipped: .+: ./#) } }
}
