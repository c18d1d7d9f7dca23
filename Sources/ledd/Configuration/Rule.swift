import LightClaims

/// One rule of `ledd.toml`: an event, and what is claimed when it happens. A rule has one claim, however often that is.
struct Rule: Equatable, Sendable {
    let name: String
    let source: Source
    /// What is claimed, without a word about what happened.
    let claim: Claim
    /// Whether the claim tells what happened: the file names no `message`.
    let tells: Bool

    enum Source: Equatable, Sendable {
        case card(CardRule)
        case unit(UnitRule)
        case journal(JournalRule)
        case file(FileRule)
        case command(CommandRule)
        case trigger
    }

    /// The claim with what happened.
    func claim(about detail: String) -> Claim {
        guard tells, !detail.isEmpty else { return claim }
        // Only the message differs, and its length is seen to.
        let told = try? Claim(
            id: claim.id, source: claim.source, light: claim.light, priority: claim.priority, urgency: claim.urgency, effect: claim.effect,
            lifetime: claim.lifetime, message: Self.fitting(detail))
        return told ?? claim
    }

    /// A name from outside (a unit, a file) may be long, and hold anything.
    private static func fitting(_ text: String) -> String {
        var result = ""
        for character in text.unicodeScalars.map({ $0.properties.generalCategory == .control ? "?" : String($0) }) {
            guard result.utf8.count + character.utf8.count <= Claim.longestMessage else { break }
            result += character
        }
        return result
    }
}

/// Events that e1000d tells.
struct CardRule: Equatable, Sendable {
    let events: [CardEvent]
    /// Addresses, or wildcards as a shell has them.
    let devices: [String]
}

/// What happens to a card.
enum CardEvent: String, CaseIterable, Sendable {
    case linkUp = "link-up"
    case linkDown = "link-down"
    case receive, transmit, error
    case ringFull = "ring-full"
    case recovered, failed

    /// Whether it lasts, until an event that ends it.
    var isCondition: Bool { self == .linkUp || self == .linkDown || self == .failed }

    /// The conditions that are over when this happens: a card that tells of its link works again.
    var ends: [CardEvent] {
        switch self {
        case .linkUp: [.linkDown, .failed]
        case .linkDown: [.linkUp, .failed]
        case .recovered: [.failed]
        default: []
        }
    }
}

/// systemd's units.
struct UnitRule: Equatable, Sendable {
    enum Event: String, CaseIterable { case failed, restart }
    let event: Event
    /// Names, or wildcards as a shell has them.
    let units: [String]
    let except: [String]
}

/// The journal, from now on.
struct JournalRule: Equatable, Sendable {
    /// `FIELD=value`, and `+` between alternatives, as journalctl takes them.
    let matches: [String]
}

/// Files that appear in a directory.
struct FileRule: Equatable, Sendable {
    let directory: String
    /// As a shell has it: a leading dot has to be written.
    let glob: String
    /// Whether files that are there at the beginning count: not when a file is news for a time only.
    let countsPresent: Bool
}

/// A command that tells by its exit status.
struct CommandRule: Equatable, Sendable {
    enum Outcome: String, CaseIterable { case failure, success }
    /// The program's path and its arguments; no shell is asked.
    let arguments: [String]
    let outcome: Outcome
    /// Nanoseconds from one start to the next, and until it is ended by force.
    let interval: Int64
    let timeout: Int64
}
