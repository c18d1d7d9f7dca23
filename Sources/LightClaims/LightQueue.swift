/// A claim and what is left of it.
struct ClaimEntry: Sendable {
    var claim: Claim
    var owner: Arbiter.Owner
    let order: UInt64
    /// When its time is over.
    var deadline: Int64?
    /// Passes of its pattern that have not been seen yet.
    var passes: Int?
    /// Turns that it has had among its equals.
    var lastTurn: UInt64 = 0
}

/// The claims of one light.
struct LightQueue: Sendable {
    /// Equals take turns of at least so long: a person must see whose it is.
    static let shortestTurn: Int64 = 2_000_000_000
    /// A pattern that takes longer than this gives way in the middle.
    static let longestTurn: Int64 = 30_000_000_000
    /// A turn that ends with a pass ends a little before it, so that the next pass does not flash up.
    static let margin: Int64 = 15_000_000

    private var entries: [ClaimEntry] = []
    private(set) var showing: Arbiter.Showing?
    private var shownOrder: UInt64?
    private var generation: UInt64 = 0
    private var turn: UInt64 = 0
    /// When the one that shows gives way to an equal; `nil` while it has none.
    private var turnEnd: Int64?
    /// When it was chosen, or was last seen.
    private var turnStart: Int64 = 0

    var count: Int { entries.count }
    func deadline(of id: String) -> Int64? { entries.first { $0.claim.id == id }?.deadline }
    func has(_ id: String) -> Bool { entries.contains { $0.claim.id == id } }
    func owners(without ids: Set<String>) -> [Arbiter.Owner] {
        entries.compactMap { ids.isEmpty || !ids.contains($0.claim.id) ? $0.owner : nil }
    }

    var ranked: [Claim] {
        entries.sorted {
            if $0.order == shownOrder || $1.order == shownOrder { return $0.order == shownOrder }
            return $0.claim.equals(inRank: $1.claim) ? $0.order < $1.order : $0.claim.outranks($1.claim)
        }.map(\.claim)
    }

    var nextDeadline: Int64? {
        let first = min(turnEnd ?? .max, playedEnd ?? .max, entries.reduce(.max) { min($0, $1.deadline ?? .max) })
        return first == .max ? nil : first
    }

    /// When the pattern that shows has been seen as often as its claim wants.
    private var playedEnd: Int64? {
        guard let showing, let since = showing.since, let pass = showing.claim.effect.pass, let passes = showing.passes else { return nil }
        return since &+ pass.multipliedReportingOverflow(by: Int64(passes)).partialValue
    }

    /// The same claim again lasts longer, and is not begun anew: a storm of events is a steady pattern.
    ///
    /// - Parameter isAwaited: somebody waits for the end of it, or of the one before: passes are then counted anew.
    mutating func extend(_ claim: Claim, owner: Arbiter.Owner, isAwaited: Bool, now: Int64) -> [Arbiter.Change]? {
        guard let index = entries.firstIndex(where: { $0.claim.id == claim.id }) else { return nil }
        let old = entries[index].claim
        guard old.source == claim.source, old.effect == claim.effect, old.equals(inRank: claim),
            (old.lifetime.repeats == nil) == (claim.lifetime.repeats == nil), claim.lifetime.repeats == nil || !isAwaited,
            claim.replaces == nil || claim.replaces == claim.id || !has(claim.replaces!)
        else { return nil }
        entries[index].claim = claim
        entries[index].owner = owner
        entries[index].deadline = claim.lifetime.time.map { now + $0 }
        if let passes = entries[index].passes, let new = claim.lifetime.repeats {
            // What its light was told goes on; the passes beyond that follow it.
            let seen = entries[index].order == shownOrder ? passesSeen(now: now) : 0
            entries[index].passes = max(passes, seen + new)
        }
        return [.extended(claim)]
    }

    mutating func add(_ claim: Claim, owner: Arbiter.Owner, order: UInt64, now: Int64) {
        entries.append(
            ClaimEntry(
                claim: claim, owner: owner, order: order, deadline: claim.lifetime.time.map { now + $0 }, passes: claim.lifetime.repeats))
    }

    mutating func remove(_ reason: Arbiter.EndReason, _ fits: (ClaimEntry) -> Bool) -> [Arbiter.Change] {
        let gone = entries.filter(fits)
        entries.removeAll(where: fits)
        return gone.map { .ended($0.claim, reason) }
    }

    mutating func advance(now: Int64, light: String) -> [Arbiter.Change] {
        var changes: [Arbiter.Change] = []
        var isOver = false
        if let playedEnd, playedEnd <= now, let index = entries.firstIndex(where: { $0.order == shownOrder }) {
            if entries[index].passes! > showing!.passes! {
                // It was extended: the light is told of the rest, or it is an equal's turn.
                isOver = true
            } else {
                changes += remove(.played) { [order = shownOrder] in $0.order == order }
            }
        }
        changes += remove(.expired) { ($0.deadline ?? .max) <= now }
        return changes + settle(now: now, light: light, isOver: isOver)
    }

    mutating func began(_ generation: UInt64, at time: Int64) {
        guard let showing, showing.generation == generation, showing.since == nil else { return }
        self.showing!.since = time
        if turnEnd != nil { turnEnd = endOfTurn(now: time) }
    }

    mutating func hid(_ generation: UInt64, at time: Int64) -> Arbiter.Showing? {
        guard let showing, showing.generation == generation else { return nil }
        leave(now: time)
        self.showing!.passes = entries.first { $0.order == shownOrder }?.passes
        self.showing!.since = nil
        turnStart = time
        if turnEnd != nil { turnEnd = endOfTurn(now: time) }
        return self.showing
    }

    /// Shows what has to show now.
    ///
    /// - Parameter isOver: what shows has nothing left to show of what its light was told.
    mutating func settle(now: Int64, light: String, isOver: Bool = false) -> [Arbiter.Change] {
        guard let best = entries.max(by: { $1.claim.outranks($0.claim) })?.claim else {
            guard showing != nil else { return [] }
            (showing, shownOrder, turnEnd) = (nil, nil, nil)
            return [.shows(light: light, nil)]
        }
        let equals = entries.indices.filter { entries[$0].claim.equals(inRank: best) }
        if showing != nil, !isOver, equals.contains(where: { entries[$0].order == shownOrder }) {
            if equals.count == 1 {
                turnEnd = nil
                return []
            }
            if turnEnd == nil { turnEnd = endOfTurn(now: now) }
            if now < turnEnd! { return [] }
        }
        leave(now: now)
        // Whoever waits longest; the one that showed comes last.
        let next = equals.min { (entries[$0].lastTurn, entries[$0].order) < (entries[$1].lastTurn, entries[$1].order) }!
        turn += 1
        generation += 1
        entries[next].lastTurn = turn
        shownOrder = entries[next].order
        let showing = Arbiter.Showing(claim: entries[next].claim, generation: generation, passes: entries[next].passes, since: nil)
        self.showing = showing
        turnStart = now
        turnEnd = equals.count == 1 ? nil : endOfTurn(now: now)
        return [.shows(light: light, showing)]
    }

    /// Counts the passes that were seen of what has shown so far.
    private mutating func leave(now: Int64) {
        guard let index = entries.firstIndex(where: { $0.order == shownOrder }), let passes = entries[index].passes else { return }
        entries[index].passes = max(1, passes - passesSeen(now: now))
    }

    /// Whole passes of what shows that were seen so far.
    private func passesSeen(now: Int64) -> Int {
        guard let showing, let since = showing.since, let pass = showing.claim.effect.pass else { return 0 }
        return min(showing.passes ?? .max, Int(max(0, now + Self.margin - since) / pass))
    }

    /// The end of the pass at which a turn is long enough; of what cannot be seen, the end of the shortest turn: an equal may be
    /// of a kind that can.
    private func endOfTurn(now: Int64) -> Int64 {
        guard let since = showing?.since, let pass = showing?.claim.effect.pass else {
            return max(now, (showing?.since ?? turnStart) + Self.shortestTurn)
        }
        let played = max(0, now - since)
        let passes = max((Self.shortestTurn + pass - 1) / pass, (played + Self.margin) / pass + 1)
        return min(since + passes * pass - Self.margin, max(now, since + Self.longestTurn))
    }
}
