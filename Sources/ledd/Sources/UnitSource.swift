import Glibc

/// Units that fail, or that are restarted.
final class UnitSource: EventSource {
    let rule: UnitRule
    private let claim: RuleClaim
    private let monitor: UnitMonitor
    /// Units of this rule that are failed.
    private var active: Set<String> = []

    init(_ rule: UnitRule, claim: RuleClaim, monitor: UnitMonitor) {
        (self.rule, self.claim, self.monitor) = (rule, claim, monitor)
    }

    func start() { monitor.add(self) }

    func stop() {
        monitor.remove(self)
        claim.end()
    }

    func take(_ change: UnitStates.Change) {
        switch (change, rule.event) {
        case (.failed(let unit), .failed) where matches(unit):
            active.insert(unit)
            claim.raise(sentence)
        case (.mended(let unit), .failed):
            guard active.remove(unit) != nil, active.isEmpty else { return }
            claim.lower()
        case (.restarted(let unit), .restart) where matches(unit): claim.raise("\(unit) was restarted")
        default: break
        }
    }

    private var sentence: String {
        // The least of them, without sorting what may be thousands.
        active.count == 1 ? "\(active.first!) failed" : "\(active.count) units failed, \(active.min()!) among them"
    }

    func matches(_ unit: String) -> Bool {
        rule.units.contains { fnmatch($0, unit, 0) == 0 } && !rule.except.contains { fnmatch($0, unit, 0) == 0 }
    }
}
