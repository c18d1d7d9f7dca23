import Glibc
import LightClaims

/// What lasts, of every card that was heard of: a rule that is read anew begins with it.
struct CardConditions {
    /// More cards than a machine has; a client of the socket may name any.
    static let mostCards = 64

    private var conditions: [String: Set<CardEvent>] = [:]

    mutating func take(_ event: CardEvent, of device: String) {
        guard conditions[device] != nil || conditions.count < Self.mostCards else { return }
        conditions[device, default: []].take(event)
        if conditions[device]!.isEmpty { conditions[device] = nil }
    }

    /// Nobody tells of the card's link any more.
    mutating func forgetLink(of device: String) {
        conditions[device]?.subtract(CardEvent.link)
        if conditions[device]?.isEmpty == true { conditions[device] = nil }
    }

    /// What lasts, by card.
    var all: [(device: String, event: CardEvent)] {
        conditions.keys.sorted().flatMap { device in CardEvent.allCases.filter(conditions[device]!.contains).map { (device, $0) } }
    }
}

extension Set<CardEvent> {
    /// What lasts after an event.
    fileprivate mutating func take(_ event: CardEvent) {
        subtract(event.ends)
        if event.isCondition { insert(event) }
    }
}

/// Events that e1000d tells through ledd's socket.
final class CardSource: EventSource {
    private let rule: CardRule
    private let claim: RuleClaim
    private let beginning: CardConditions
    /// Whether the claim lasts as long as what it is about.
    private let isCondition: Bool
    private var active: Set<String> = []

    init(_ rule: CardRule, claim: RuleClaim, conditions: CardConditions) {
        (self.rule, self.claim, beginning) = (rule, claim, conditions)
        isCondition = rule.events.allSatisfy(\.isCondition)
    }

    func start() {
        guard isCondition, claim.rule.claim.lifetime.time == nil else { return }
        for (device, event) in beginning.all { _ = take(event, of: device) }
    }

    func stop() { claim.end() }

    /// - Returns: whether the rule has to do with it.
    func take(_ event: CardEvent, of device: String) -> Bool {
        guard rule.devices.contains(where: { fnmatch($0, device, 0) == 0 }) else { return false }
        if rule.events.contains(event) {
            if isCondition, active.count < 2 * CardConditions.mostCards { active.insert("\(event.rawValue) \(device)") }
            claim.raise(device.isEmpty ? event.rawValue : "\(device): \(event.rawValue)")
            return true
        }
        return isCondition && end(event.ends, of: device)
    }

    /// Nobody tells of the card's link any more: what a program said of it ends with the program.
    func forgetLink(of device: String) { _ = end(CardEvent.link, of: device) }

    /// - Returns: whether the rule has to do with it.
    private func end(_ events: [CardEvent], of device: String) -> Bool {
        guard isCondition, events.contains(where: rule.events.contains) else { return false }
        let ended = events.filter { active.remove("\($0.rawValue) \(device)") != nil }
        if !ended.isEmpty, active.isEmpty { claim.lower() }
        return true
    }
}

extension CardEvent {
    fileprivate static let link: [CardEvent] = [.linkUp, .linkDown]
}
