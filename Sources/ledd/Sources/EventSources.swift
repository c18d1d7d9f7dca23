import Logging
import Systemd

/// What ledd.toml's rules watch, each with its claim.
///
/// A source that cannot start says so and tries again later: it is never the end of the daemon.
final class EventSources {
    private struct Running {
        let rule: Rule
        let source: any EventSource
    }

    /// Probably what holds this value.
    private weak var desk: (any LightDesk)?
    private let loop: EventLoop
    private let log: Logger
    /// The one connection for every rule about units.
    private let units: UnitMonitor
    private var cards = CardConditions()
    private var rules: [Rule]
    private var running: [Running] = []

    init(_ configuration: Configuration, desk: any LightDesk, loop: EventLoop, log: Logger) {
        (self.desk, self.loop, self.log) = (desk, loop, log)
        rules = configuration.rules
        units = UnitMonitor(loop: loop, log: log)
    }

    /// Begins to watch.
    func start() { take(rules) }

    /// Goes on with other rules. Those that did not change go on undisturbed; the claims of those that are gone are released.
    func apply(_ new: Configuration) { take(new.rules) }

    /// Ends everything; all claims are released.
    func stop() { take([]) }

    /// Takes an event that a program told.
    ///
    /// - Returns: whether a rule wants to know of it.
    func event(source: String, device: String?, kind: String) -> Bool {
        // What a stranger tells is kept within bounds.
        guard source == "e1000", let event = CardEvent(rawValue: kind), (device ?? "").utf8.count <= 64 else { return false }
        let device = device ?? ""
        cards.take(event, of: device)
        var isWanted = false
        for case let source as CardSource in running.map(\.source) where source.take(event, of: device) { isWanted = true }
        return isWanted
    }

    /// The program that told of these devices has gone. A failure outlasts the program that failed.
    func gone(source: String, devices: Set<String>) {
        guard source == "e1000" else { return }
        for device in devices {
            cards.forgetLink(of: device)
            for case let source as CardSource in running.map(\.source) { source.forgetLink(of: device) }
        }
    }

    private func take(_ new: [Rule]) {
        rules = new
        let gone = running.filter { !new.contains($0.rule) }
        running.removeAll { !new.contains($0.rule) }
        for item in gone { item.source.stop() }
        for rule in new where !running.contains(where: { $0.rule == rule }) {
            let source = source(for: rule)
            running.append(Running(rule: rule, source: source))
            source.start()
        }
        units.rulesChanged()
    }

    private func source(for rule: Rule) -> any EventSource {
        let claim = RuleClaim(rule, desk: desk, loop: loop, log: log)
        switch rule.source {
        case .card(let card): return CardSource(card, claim: claim, conditions: cards)
        case .unit(let unit): return UnitSource(unit, claim: claim, monitor: units)
        case .journal(let journal): return JournalSource(journal, claim: claim, loop: loop)
        case .file(let file): return FileSource(file, claim: claim, loop: loop)
        case .command(let command): return CommandSource(command, claim: claim, loop: loop)
        case .trigger: return StandingClaim(claim)
        }
    }
}
