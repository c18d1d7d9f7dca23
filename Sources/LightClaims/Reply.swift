/// What ledd tells a client: the answer to a request (`ok`), or news (`event`); one JSON object a line.
public struct Reply: Codable, Sendable, Equatable {
    public var v: Int = Request.version
    /// Whether the request was done; `nil` in news.
    public var ok: Bool?
    /// The request's.
    public var seq: Int?
    public var error: Failure?
    /// The id of the claim that was made.
    public var id: String?
    /// How many claims `release` ended.
    public var released: Int?
    /// Whether the configuration says what an `event` means for the lights.
    public var known: Bool?
    public var claims: [ClaimState]?
    public var lights: [LightState]?

    /// In news: `News`.
    public var event: String?
    /// When, RFC 3339 in UTC.
    public var time: String?
    public var claim: ClaimState?
    /// Of `ended`: `Arbiter.EndReason`.
    public var reason: String?
    public var light: LightState?

    /// What news is about.
    public enum News: String, Sendable, CaseIterable {
        case claimed, extended, ended
        /// A light shows another claim, or the same one once more, or none.
        case shows
    }

    public struct Failure: Codable, Sendable, Equatable {
        /// For programs: `bad-json`, `bad-version`, `bad-operation`, `bad-field`, `too-many`, `too-long`.
        public var code: String
        /// For people.
        public var message: String

        public init(code: String, message: String) { (self.code, self.message) = (code, message) }
    }

    public init() {}

    public static func done(seq: Int?) -> Reply {
        var reply = Reply()
        (reply.ok, reply.seq) = (true, seq)
        return reply
    }

    public static func failed(_ code: String, _ message: String, seq: Int?) -> Reply {
        var reply = Reply()
        (reply.ok, reply.seq, reply.error) = (false, seq, Failure(code: code, message: message))
        return reply
    }
}

/// A claim as ledd tells it.
public struct ClaimState: Codable, Sendable, Equatable {
    public var id: String
    public var source: String
    public var light: String
    public var priority: Int
    public var urgency: String
    public var pattern: String
    /// Whether its light shows it now.
    public var shown: Bool
    /// Times that its pattern was to be seen, the seconds that it was to last, `disconnect` or `release`.
    public var `repeat`: Int?
    public var seconds: Double?
    /// What is left of `seconds`.
    public var secondsLeft: Double?
    public var until: String
    public var message: String?

    /// - Parameter left: nanoseconds until its time is over.
    public init(_ claim: Claim, shown: Bool, left: Int64? = nil) {
        (id, source, light, priority, urgency) = (claim.id, claim.source, claim.light, claim.priority, claim.urgency.rawValue)
        (pattern, self.shown, `repeat`, message) = (claim.effect.text, shown, claim.lifetime.repeats, claim.message)
        seconds = claim.lifetime.time.map { Double($0) / 1e9 }
        secondsLeft = left.map { Double(max(0, $0)) / 1e9 }
        until = claim.lifetime.untilDisconnect ? "disconnect" : "release"
    }
}

/// A light as ledd sees it.
public struct LightState: Codable, Sendable, Equatable {
    public var name: String
    /// What the keyboards show; `nil` when no keyboard has the light, or the kernel module is missing.
    public var on: Bool?
    /// The claim that it shows.
    public var claim: String?
    /// Why it does not show its claim, if it cannot: in words.
    public var trouble: String?

    public init(name: String, on: Bool?, claim: String?, trouble: String? = nil) {
        (self.name, self.on, self.claim, self.trouble) = (name, on, claim, trouble)
    }
}
