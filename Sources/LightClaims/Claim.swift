import KeyboardLights

/// Somebody's wish for a light.
///
/// A light shows its highest claim; equals take turns. Names are bytes of printable ASCII without blanks, so that they can be
/// told apart, listed and logged.
public struct Claim: Sendable, Equatable {
    /// With the light, what the claim is known by; a newer one of the same name and light takes its place.
    public let id: String
    /// Who wants it: a program, a rule of `ledd.toml`.
    public let source: String
    /// `capslock`, `numlock` or `scrolllock`.
    public let light: String
    /// 0 (lowest) to 9.
    public let priority: Int
    /// Decides between claims of one priority.
    public let urgency: Urgency
    public let effect: Effect
    public let lifetime: Lifetime
    /// The claims of this name end as this one begins, without anything showing between.
    public let replaces: String?
    /// What it is about.
    public let message: String?

    /// When a claim ends by itself: by whatever comes first. Without any of these, when it is released.
    public struct Lifetime: Sendable, Equatable {
        /// Times that its pattern has been seen, 1 to `PatternPlayer.mostRepeats`. While it is covered it waits.
        public var repeats: Int?
        /// Nanoseconds from its beginning, seen or not.
        public var time: Int64?
        /// The connection that it came by closes.
        public var untilDisconnect: Bool

        public init(repeats: Int? = nil, time: Int64? = nil, untilDisconnect: Bool = false) {
            (self.repeats, self.time, self.untilDisconnect) = (repeats, time, untilDisconnect)
        }
    }

    /// Bytes of an id or a source.
    public static let longestName = 64
    /// Bytes of a message.
    public static let longestMessage = 512
    public static let priorities = 0...9
    /// A year, in seconds.
    public static let longestTime = 31_536_000.0

    /// - Parameter priority: `nil` for the urgency's.
    /// - Throws: `ClaimError` for a name, light, priority, lifetime or message out of its bounds.
    public init(
        id: String, source: String, light: String, priority: Int? = nil, urgency: Urgency = .normal, effect: Effect,
        lifetime: Lifetime = Lifetime(), replaces: String? = nil, message: String? = nil
    ) throws(ClaimError) {
        for (field, name) in [("id", id), ("source", source), ("replaces", replaces ?? "-")] where !Self.isName(name) {
            throw .badField(field, "it is not a name of 1 to \(Self.longestName) printable ASCII characters without blanks")
        }
        guard Light.names.contains(light) else {
            throw .badField("light", "there is no such light (there are: \(Light.names.joined(separator: ", ")))")
        }
        let priority = priority ?? urgency.priority
        guard Self.priorities.contains(priority) else { throw .badField("priority", "it is not 0 to 9") }
        if let repeats = lifetime.repeats {
            guard (1...PatternPlayer.mostRepeats).contains(repeats) else {
                throw .badField("repeat", "it is not 1 to \(PatternPlayer.mostRepeats)")
            }
            guard effect.pass != nil else { throw .badField("repeat", "'\(effect.text)' is no pattern that could be repeated") }
        }
        if let time = lifetime.time, !(1...Int64(Self.longestTime * 1e9)).contains(time) {
            throw .badField("seconds", "it is not more than 0 and at most \(Int(Self.longestTime))")
        }
        guard (message ?? "").utf8.count <= Self.longestMessage else {
            throw .badField("message", "it is longer than \(Self.longestMessage) bytes")
        }
        (self.id, self.source, self.light, self.priority, self.urgency) = (id, source, light, priority, urgency)
        (self.effect, self.lifetime, self.replaces, self.message) = (effect, lifetime, replaces, message)
    }

    static func isName(_ text: String) -> Bool {
        (1...longestName).contains(text.utf8.count) && text.utf8.allSatisfy { (0x21...0x7e).contains($0) }
    }

    func outranks(_ other: Claim) -> Bool { (priority, urgency) > (other.priority, other.urgency) }
    func equals(inRank other: Claim) -> Bool { (priority, urgency) == (other.priority, other.urgency) }
}

/// Why a claim is not taken.
public enum ClaimError: Error, Equatable, CustomStringConvertible {
    /// The field of the request, and what is wrong with it.
    case badField(String, String)
    /// There are as many claims as there may be.
    case tooMany(Int)

    /// For programs: `bad-field`, `too-many`.
    public var code: String {
        switch self {
        case .badField: "bad-field"
        case .tooMany: "too-many"
        }
    }

    public var description: String {
        switch self {
        case .badField(let field, let why): "\(field): \(why)"
        case .tooMany(let bound): "there are \(bound) claims already (release some)"
        }
    }
}
