/// Decides which claim each light shows.
///
/// No clock and no light of its own: time comes in with each call, in nanoseconds of any clock that does not jump, and what
/// happened comes out as changes, oldest first. Call `advance` at `nextDeadline`, and tell with `began` and `hid` from when on
/// and until when what shows can be seen.
public struct Arbiter: Sendable {
    /// Claims at a time, of one user, and of one connection; those of the rules come on top.
    public static let mostClaims = 2048
    public static let mostClaimsOfUser = 1024
    public static let mostClaimsOfOwner = 256

    /// Whose a claim is.
    public struct Owner: Sendable, Hashable {
        /// What was claimed until it closes ends with `disconnect`.
        public let connection: UInt64
        /// The user who connected.
        public let user: UInt32

        /// The rules of the configuration, which bounds them itself: no client can be in their way.
        public static let rules = Owner(connection: 0, user: 0)

        /// - Parameter connection: more than 0, and different for each.
        public init(connection: UInt64, user: UInt32) { (self.connection, self.user) = (connection, user) }
    }

    /// What a light shows, from when on.
    public struct Showing: Sendable, Equatable {
        public let claim: Claim
        /// Goes up with each showing: equal generations mean that nothing needs to be done.
        public let generation: UInt64
        /// Whole passes of its pattern; `nil` for without end.
        public internal(set) var passes: Int?
        /// The time that the first pass is counted from; `nil` while nobody can see it, and passes do not go by.
        public internal(set) var since: Int64?
    }

    public enum EndReason: String, Sendable, Codable, CaseIterable {
        /// Its pattern has been seen as often as it wanted, or its time is over.
        case played, expired
        /// By a command; by a newer claim; with its connection.
        case released, replaced, disconnected
    }

    public enum Change: Sendable, Equatable {
        case claimed(Claim)
        /// The same claim again: it lasts longer, or is seen more often, and goes on undisturbed.
        case extended(Claim)
        case ended(Claim, EndReason)
        /// `nil`: no claim is left, the light is its lock key's.
        case shows(light: String, Showing?)
    }

    private var queues: [String: LightQueue] = [:]
    private var nextOrder: UInt64 = 0

    public init() {}

    /// Every claim: by light, the one that shows first, then by rank.
    public var claims: [Claim] { queues.keys.sorted().flatMap { queues[$0]!.ranked } }

    /// What a light shows.
    public func showing(_ light: String) -> Showing? { queues[light]?.showing }

    /// When a claim's time is over; `nil` for one that has no end of that kind.
    public func deadline(of claim: Claim) -> Int64? { queues[claim.light]?.deadline(of: claim.id) }

    /// When `advance` has something to do; `nil` for never.
    public var nextDeadline: Int64? { queues.values.compactMap(\.nextDeadline).min() }

    /// Takes a claim.
    ///
    /// - Parameter isAwaited: somebody waits for the end of it, or of one of its name: passes that are to be seen are then
    ///   counted from its own beginning.
    /// - Throws: `tooMany`; nothing has changed then.
    public mutating func claim(_ claim: Claim, owner: Owner, isAwaited: Bool = false, now: Int64) throws(ClaimError) -> [Change] {
        var changes = advance(now: now)
        var queue = queues[claim.light] ?? LightQueue()
        if let extended = queue.extend(claim, owner: owner, isAwaited: isAwaited, now: now) {
            queues[claim.light] = queue
            return changes + extended
        }
        let replaced = Set([claim.id, claim.replaces ?? claim.id]).filter(queue.has)
        try checkRoom(for: owner, besides: replaced, on: claim.light)
        // On the other lights, what it replaces ends as well.
        if let old = claim.replaces {
            for light in queues.keys.sorted() where light != claim.light {
                changes += end(on: light, .replaced, now: now) { $0.claim.id == old }
            }
        }
        changes += replaced.sorted().flatMap { queue.remove(.replaced) { [id = $0] in $0.claim.id == id } }
        nextOrder += 1
        queue.add(claim, owner: owner, order: nextOrder, now: now)
        changes.append(.claimed(claim))
        changes += queue.settle(now: now, light: claim.light)
        queues[claim.light] = queue
        return changes
    }

    /// Ends the claims that fit all that is given.
    public mutating func release(id: String? = nil, source: String? = nil, light: String? = nil, now: Int64) -> [Change] {
        var changes = advance(now: now)
        for name in queues.keys.sorted() where light == nil || light == name {
            changes += end(on: name, .released, now: now) {
                (id == nil || $0.claim.id == id) && (source == nil || $0.claim.source == source)
            }
        }
        return changes
    }

    /// Ends what a connection claimed until it closes.
    public mutating func disconnect(_ owner: Owner, now: Int64) -> [Change] {
        var changes = advance(now: now)
        for light in queues.keys.sorted() {
            changes += end(on: light, .disconnected, now: now) { $0.owner == owner && $0.claim.lifetime.untilDisconnect }
        }
        return changes
    }

    /// Ends what is over by now, and gives equals their turns.
    public mutating func advance(now: Int64) -> [Change] {
        var changes: [Change] = []
        for light in queues.keys.sorted() where (queues[light]!.nextDeadline ?? .max) <= now {
            changes += queues[light]!.advance(now: now, light: light)
            if queues[light]!.count == 0 { queues[light] = nil }
        }
        return changes
    }

    /// A light's hardware shows what it is to show, from now on.
    public mutating func began(_ generation: UInt64, light: String, at time: Int64) {
        queues[light]?.began(generation, at: time)
    }

    /// It does not any more: its last keyboard has gone, or somebody has taken the light away.
    ///
    /// - Returns: what is to be shown as soon as that is possible, without the passes that were seen; `nil` if it is another
    ///   claim's turn anyway.
    public mutating func hid(_ generation: UInt64, light: String, at time: Int64) -> Showing? {
        queues[light]?.hid(generation, at: time)
    }

    /// - Parameter replaced: the claims of that light whose place the new one takes.
    private func checkRoom(for owner: Owner, besides replaced: Set<String>, on light: String) throws(ClaimError) {
        guard owner != .rules else { return }
        var (all, ofUser, own) = (0, 0, 0)
        for (name, queue) in queues {
            for other in queue.owners(without: name == light ? replaced : []) where other != .rules {
                all += 1
                if other.user == owner.user { ofUser += 1 }
                if other == owner { own += 1 }
            }
        }
        for (count, bound) in [(all, Self.mostClaims), (ofUser, Self.mostClaimsOfUser), (own, Self.mostClaimsOfOwner)] where count >= bound {
            throw .tooMany(bound)
        }
    }

    private mutating func end(on light: String, _ reason: EndReason, now: Int64, _ fits: (ClaimEntry) -> Bool) -> [Change] {
        var changes = queues[light]!.remove(reason, fits)
        if !changes.isEmpty { changes += queues[light]!.settle(now: now, light: light) }
        if queues[light]!.count == 0 { queues[light] = nil }
        return changes
    }
}
