import KeyboardLights

/// What a client asks of ledd: one JSON object a line (ledd(8), PROTOCOL).
///
/// Fields that an operation does not know are left alone, so that a newer client can talk to an older daemon.
public struct Request: Codable, Sendable, Equatable {
    /// The version of the protocol that this program speaks.
    public static let version = 1
    /// Bytes of a line, without its end.
    public static let longestLine = 8192

    public enum Operation: String, Codable, Sendable, CaseIterable {
        /// Make a claim, or take the place of the one with the same id and light.
        case claim
        /// End the claims that fit `id`, `source` and `light`, or with `all` every one.
        case release
        /// Tell all claims and lights once; or now, and each change from now on.
        case list, watch
        /// Something has happened; what that means for the lights is ledd.toml's to say.
        case event
        /// Answer.
        case ping
    }

    public var v: Int = version
    public var op: String
    /// Comes back in the reply.
    public var seq: Int?

    public var id: String?
    public var source: String?
    public var light: String?
    public var priority: Int?
    public var urgency: String?
    /// `Effect.init(parsing:)`; `blink` if left out.
    public var pattern: String?
    public var `repeat`: Int?
    /// How long the claim lasts.
    public var seconds: Double?
    /// `release` (or left out), or `disconnect`.
    public var until: String?
    public var replaces: String?
    public var message: String?
    /// Whether the end of the claim is to be told (`event` of `ended`).
    public var wait: Bool?
    public var all: Bool?
    /// For `event`: its kind (`link-down`), and what it happened to (a PCI address).
    public var event: String?
    public var device: String?

    public init(_ op: Operation, seq: Int? = nil) {
        (self.op, self.seq) = (op.rawValue, seq)
    }

    /// A request to make `claim`.
    public init(_ claim: Claim, seq: Int? = nil, wait: Bool = false) {
        self.init(.claim, seq: seq)
        (id, source, light, priority, urgency) = (claim.id, claim.source, claim.light, claim.priority, claim.urgency.rawValue)
        pattern = claim.effect.text
        `repeat` = claim.lifetime.repeats
        seconds = claim.lifetime.time.map { Double($0) / 1e9 }
        until = claim.lifetime.untilDisconnect ? "disconnect" : nil
        (replaces, message) = (claim.replaces, claim.message)
        self.wait = wait ? true : nil
    }

    /// The claim that is asked for.
    ///
    /// - Parameters:
    ///   - name: its id, if the request names none.
    ///   - client: its source, if the request names none.
    ///   - standard: its light, if the request names none.
    /// - Throws: `badField` with the first field at fault.
    public func claim(named name: @autoclosure () -> String, from client: String, on standard: String = Light.names[0]) throws(ClaimError) -> Claim {
        let urgency: Urgency
        if let text = self.urgency {
            guard let known = Urgency(rawValue: text) else { throw .badField("urgency", "it is not low, normal or critical") }
            urgency = known
        } else {
            urgency = .normal
        }
        let effect: Effect
        do { effect = try Effect(parsing: pattern ?? "blink") } catch { throw .badField("pattern", "\(error)") }
        guard [nil, "release", "disconnect"].contains(until) else { throw .badField("until", "it is not release or disconnect") }
        var lifetime = Claim.Lifetime(repeats: `repeat`, untilDisconnect: until == "disconnect")
        if let seconds {
            guard seconds > 0, seconds <= Claim.longestTime else {
                throw .badField("seconds", "it is not more than 0 and at most \(Int(Claim.longestTime))")
            }
            lifetime.time = max(1, Int64(seconds * 1e9))
        }
        return try Claim(
            id: id ?? name(), source: source ?? client, light: light ?? standard, priority: priority, urgency: urgency, effect: effect,
            lifetime: lifetime, replaces: replaces, message: message)
    }
}
