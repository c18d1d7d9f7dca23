import KeyboardLights
import LightClaims
import TestSupport
import Testing

/// Milliseconds, as the arbiter's clock counts.
private func at(_ milliseconds: Int64) -> Int64 { milliseconds * 1_000_000 }

func makeClaim(
    _ id: String, light: String = "capslock", priority: Int? = nil, urgency: Urgency = .normal, pattern: String = "blink",
    repeats: Int? = nil, milliseconds: Int64? = nil, untilDisconnect: Bool = false, replaces: String? = nil
) throws -> Claim {
    try Claim(
        id: id, source: "test", light: light, priority: priority, urgency: urgency, effect: Effect(parsing: pattern),
        lifetime: .init(repeats: repeats, time: milliseconds.map(at), untilDisconnect: untilDisconnect), replaces: replaces)
}

/// A connection of a user of its own.
extension Arbiter.Owner: ExpressibleByIntegerLiteral {
    public init(integerLiteral value: UInt32) { self.init(connection: UInt64(value), user: value) }
    init(_ value: some BinaryInteger) { self.init(integerLiteral: UInt32(value)) }
}

/// An arbiter whose lights show at once what they are told.
struct LitArbiter {
    var arbiter = Arbiter()

    var claims: [Claim] { arbiter.claims }
    var nextDeadline: Int64? { arbiter.nextDeadline }
    func showing(_ light: String) -> Arbiter.Showing? { arbiter.showing(light) }

    mutating func claim(_ claim: Claim, owner: Arbiter.Owner, isAwaited: Bool = false, now: Int64) throws(ClaimError) -> [Arbiter.Change] {
        lit(try arbiter.claim(claim, owner: owner, isAwaited: isAwaited, now: now), now)
    }

    mutating func release(id: String? = nil, now: Int64) -> [Arbiter.Change] { lit(arbiter.release(id: id, now: now), now) }
    mutating func disconnect(_ owner: Arbiter.Owner, now: Int64) -> [Arbiter.Change] { lit(arbiter.disconnect(owner, now: now), now) }
    mutating func advance(now: Int64) -> [Arbiter.Change] { lit(arbiter.advance(now: now), now) }

    private mutating func lit(_ changes: [Arbiter.Change], _ now: Int64) -> [Arbiter.Change] {
        for case .shows(let light, let showing?) in changes { arbiter.began(showing.generation, light: light, at: now) }
        return changes
    }
}

@Suite("Arbiter: who shows")
struct ArbiterTests {
    private var arbiter = LitArbiter()

    @Test func `the highest shows, and what is below comes back`() throws {
        var arbiter = arbiter
        #expect(arbiter.showing("capslock") == nil)
        _ = try arbiter.claim(makeClaim("low", priority: 1), owner: 1, now: 0)
        let first = arbiter.showing("capslock")
        #expect(try arbiter.claim(makeClaim("lower", priority: 0), owner: 1, now: 0).count == 1)
        #expect(arbiter.showing("capslock") == first, "what is below disturbs nothing")
        _ = try arbiter.claim(makeClaim("high", priority: 9), owner: 1, now: at(10))
        #expect(arbiter.showing("capslock")?.claim.id == "high")
        _ = arbiter.release(id: "high", now: at(20))
        #expect(arbiter.showing("capslock")?.claim.id == "low")
        #expect(arbiter.release(now: at(30)).last == .shows(light: "capslock", nil))
        #expect(arbiter.claims.isEmpty && arbiter.nextDeadline == nil)
    }

    @Test func `urgency decides between claims of one priority, and gives one to those without`() throws {
        var arbiter = arbiter
        _ = try arbiter.claim(makeClaim("normal", priority: 3, urgency: .normal), owner: 1, now: 0)
        _ = try arbiter.claim(makeClaim("critical", priority: 3, urgency: .critical), owner: 1, now: 0)
        #expect(arbiter.showing("capslock")?.claim.id == "critical")
        #expect(try makeClaim("x", urgency: .critical).priority == 8)
    }

    @Test func `equals take turns of whole passes`() throws {
        var arbiter = arbiter
        _ = try arbiter.claim(makeClaim("a"), owner: 1, now: 0)
        // In the middle of the first pass of 1000 ms; a turn takes at least 2 s.
        #expect(try arbiter.claim(makeClaim("b"), owner: 2, now: at(300)).count == 1)
        var seen: [(Int64, String)] = []
        var now: Int64 = 0
        while let next = arbiter.nextDeadline, next < at(10_000) {
            #expect(next > now, "time goes on")
            now = next
            for case .shows(_, let showing?) in arbiter.advance(now: now) { seen.append((now / 1_000_000, showing.claim.id)) }
        }
        // Ends 15 ms before a pass, so that the next one does not flash up.
        #expect(seen.map(\.1) == ["b", "a", "b", "a", "b"])
        #expect(seen.map(\.0) == [1985, 3970, 5955, 7940, 9925])
    }

    @Test func `a newcomer among equals gets the next turn`() throws {
        var arbiter = arbiter
        for id in ["a", "b", "c"] { _ = try arbiter.claim(makeClaim(id, pattern: "on"), owner: 1, now: 0) }
        var order: [String] = ["a"]
        for _ in 0..<5 {
            for case .shows(_, let showing?) in arbiter.advance(now: arbiter.nextDeadline!) { order.append(showing.claim.id) }
        }
        #expect(order == ["a", "b", "c", "a", "b", "c"])
    }

    @Test func `a pattern that was to be seen three times waits while it is covered`() throws {
        var arbiter = arbiter
        _ = try arbiter.claim(makeClaim("three", repeats: 3), owner: 1, now: 0)
        #expect(arbiter.showing("capslock")?.passes == 3)
        _ = try arbiter.claim(makeClaim("alarm", priority: 9, milliseconds: 60_000), owner: 1, now: at(1200))
        #expect(arbiter.advance(now: at(50_000)).isEmpty, "it is not over unseen")
        _ = arbiter.advance(now: at(61_200))
        #expect(arbiter.showing("capslock")?.claim.id == "three")
        #expect(arbiter.showing("capslock")?.passes == 2, "the pass that was cut is seen again")
        let changes = arbiter.advance(now: at(63_200))
        #expect(changes.contains { if case .ended(let claim, .played) = $0 { claim.id == "three" } else { false } })
    }

    @Test func `a pass counts from when the light began to show it`() throws {
        var arbiter = Arbiter()
        _ = try arbiter.claim(makeClaim("once", repeats: 1), owner: 1, now: 0)
        arbiter.began(arbiter.showing("capslock")!.generation, light: "capslock", at: at(50))
        #expect(arbiter.nextDeadline == at(1050))
        arbiter.began(arbiter.showing("capslock")!.generation + 1, light: "capslock", at: at(500))
        #expect(arbiter.nextDeadline == at(1050), "news of another showing is late news")
    }

    @Test func `what nobody can see does not go by`() throws {
        var arbiter = Arbiter()
        _ = try arbiter.claim(makeClaim("three", repeats: 3), owner: 1, now: 0)
        #expect(arbiter.nextDeadline == nil && arbiter.advance(now: at(3_600_000)).isEmpty)
        let generation = try #require(arbiter.showing("capslock")).generation
        arbiter.began(generation, light: "capslock", at: at(3_600_000))
        #expect(arbiter.nextDeadline == at(3_603_000))
        // In the middle of the second pass its keyboard goes.
        let rest = arbiter.hid(generation, light: "capslock", at: at(3_601_500))
        #expect(rest?.passes == 2 && rest?.generation == generation && arbiter.nextDeadline == nil)
        #expect(arbiter.hid(generation + 1, light: "capslock", at: at(3_601_500)) == nil)
        #expect(arbiter.hid(generation, light: "numlock", at: at(3_601_500)) == nil)
        arbiter.began(generation, light: "capslock", at: at(9_000_000))
        #expect(arbiter.nextDeadline == at(9_002_000))
        let changes = arbiter.advance(now: at(9_002_000))
        #expect(changes.contains { if case .ended(_, .played) = $0 { true } else { false } })
    }

    @Test func `a time is over, seen or not, and equals take turns unseen`() throws {
        var arbiter = Arbiter()
        _ = try arbiter.claim(makeClaim("a", repeats: 3, milliseconds: 9000), owner: 1, now: 0)
        _ = try arbiter.claim(makeClaim("b", pattern: "on"), owner: 1, now: 0)
        var seen: [String] = []
        while let next = arbiter.nextDeadline, next < at(12_000) {
            for case .shows(_, let showing?) in arbiter.advance(now: next) { seen.append("\(showing.claim.id) \(next / 1_000_000)") }
        }
        #expect(seen == ["b 2000", "a 4000", "b 6000", "a 8000", "b 9000"])
        #expect(arbiter.claims.map(\.id) == ["b"])
    }

    @Test func `a turn begins when it is seen`() throws {
        var arbiter = Arbiter()
        _ = try arbiter.claim(makeClaim("a", pattern: "on"), owner: 1, now: 0)
        _ = try arbiter.claim(makeClaim("b", pattern: "on"), owner: 1, now: 0)
        arbiter.began(arbiter.showing("capslock")!.generation, light: "capslock", at: at(500))
        #expect(arbiter.nextDeadline == at(2500))
        _ = arbiter.hid(arbiter.showing("capslock")!.generation, light: "capslock", at: at(1000))
        #expect(arbiter.nextDeadline == at(3000))
    }

    @Test func `a storm of events is one claim that lasts longer`() throws {
        var arbiter = arbiter
        _ = try arbiter.claim(makeClaim("storm", milliseconds: 1000), owner: 1, now: 0)
        let showing = arbiter.showing("capslock")
        for millisecond in 1...5000 {
            let changes = try arbiter.claim(makeClaim("storm", milliseconds: 1000), owner: 1, now: at(Int64(millisecond)))
            #expect(changes.count == 1)
            guard case .extended = changes.first else {
                Issue.record("\(changes)")
                return
            }
        }
        #expect(arbiter.showing("capslock") == showing, "no write to the node")
        #expect(arbiter.nextDeadline == at(6000))
    }

    @Test func `a storm of notifications that are to be seen three times is a steady pattern, too`() throws {
        var arbiter = arbiter
        var shown = try shows(arbiter.claim(makeClaim("storm", repeats: 3), owner: 1, now: 0))
        for millisecond in 1...10_000 as ClosedRange<Int64> {
            let changes = try arbiter.claim(makeClaim("storm", repeats: 3), owner: Arbiter.Owner(millisecond), now: at(millisecond))
            #expect(!changes.contains { if case .ended = $0 { true } else { false } }, "\(changes)")
            shown += shows(changes)
        }
        #expect(shown == 4, "the light is told once for three passes of a second")
        var end: Int64 = 0
        while let next = arbiter.nextDeadline, next < at(60_000) {
            _ = arbiter.advance(now: next)
            end = next
        }
        #expect(arbiter.claims.isEmpty && end == at(13_000), "three passes after the last one: \(end / 1_000_000)")
    }

    private func shows(_ changes: [Arbiter.Change]) -> Int { changes.count { if case .shows = $0 { true } else { false } } }

    @Test func `more passes than are left wait while it is covered, and fewer take none away`() throws {
        var arbiter = arbiter
        _ = try arbiter.claim(makeClaim("a", repeats: 5), owner: 1, now: 0)
        let showing = arbiter.showing("capslock")
        // In its second pass, four are left.
        _ = try arbiter.claim(makeClaim("a", repeats: 2), owner: 1, now: at(1500))
        #expect(arbiter.showing("capslock") == showing && arbiter.nextDeadline == at(5000))
        _ = try arbiter.claim(makeClaim("alarm", priority: 9, pattern: "on"), owner: 1, now: at(1600))
        _ = try arbiter.claim(makeClaim("a", repeats: 6), owner: 1, now: at(1700))
        _ = arbiter.release(id: "alarm", now: at(3000))
        #expect(arbiter.showing("capslock")?.passes == 6)
    }

    @Test func `passes that somebody waits for are counted from the beginning`() throws {
        var arbiter = arbiter
        _ = try arbiter.claim(makeClaim("a", repeats: 3), owner: 1, now: 0)
        let changes = try arbiter.claim(makeClaim("a", repeats: 3), owner: 1, isAwaited: true, now: at(100))
        #expect(changes.contains { if case .ended(_, .replaced) = $0 { true } else { false } }, "\(changes)")
        #expect(arbiter.nextDeadline == at(3100))
    }

    @Test func `a storm among equals gives them their turns`() throws {
        var arbiter = arbiter
        _ = try arbiter.claim(makeClaim("storm", repeats: 3), owner: 1, now: 0)
        _ = try arbiter.claim(makeClaim("other", pattern: "on"), owner: 1, now: at(1))
        var seen = ["storm"]
        for millisecond in 2...9000 as ClosedRange<Int64> {
            for case .shows(_, let showing?) in try arbiter.claim(makeClaim("storm", repeats: 3), owner: 1, now: at(millisecond)) {
                seen.append(showing.claim.id)
            }
        }
        #expect(seen == ["storm", "other", "storm", "other", "storm"])
    }

    @Test func `the same id with another pattern takes its place at once`() throws {
        var arbiter = arbiter
        _ = try arbiter.claim(makeClaim("job"), owner: 1, now: 0)
        let changes = try arbiter.claim(makeClaim("job", pattern: "on"), owner: 1, now: at(5))
        #expect(changes.count == 3)
        #expect(!changes.contains(.shows(light: "capslock", nil)), "nothing shows between")
        #expect(arbiter.claims.map(\.effect) == [.on])
    }

    @Test func `a claim replaces another, also on other lights`() throws {
        var arbiter = arbiter
        _ = try arbiter.claim(makeClaim("old"), owner: 1, now: 0)
        _ = try arbiter.claim(makeClaim("old", light: "numlock"), owner: 1, now: 0)
        let changes = try arbiter.claim(makeClaim("new", replaces: "old"), owner: 2, now: 1)
        #expect(changes.count { if case .ended(_, .replaced) = $0 { true } else { false } } == 2)
        #expect(arbiter.claims.map(\.id) == ["new"])
        #expect(arbiter.showing("numlock") == nil)
    }

    @Test func `a connection takes with it what was to last as long`() throws {
        var arbiter = arbiter
        _ = try arbiter.claim(makeClaim("mine", untilDisconnect: true), owner: 7, now: 0)
        _ = try arbiter.claim(makeClaim("kept"), owner: 7, now: 0)
        _ = try arbiter.claim(makeClaim("other", untilDisconnect: true), owner: 8, now: 0)
        let changes = arbiter.disconnect(7, now: 1)
        #expect(changes.contains { if case .ended(let claim, .disconnected) = $0 { claim.id == "mine" } else { false } })
        #expect(arbiter.claims.map(\.id).sorted() == ["kept", "other"])
    }

    @Test func `there is a bound to claims, of one connection and in all`() throws {
        var arbiter = arbiter
        for number in 0..<Arbiter.mostClaimsOfOwner { _ = try arbiter.claim(makeClaim("c\(number)"), owner: 1, now: 0) }
        #expect(throws: ClaimError.tooMany(Arbiter.mostClaimsOfOwner)) { try arbiter.claim(makeClaim("more"), owner: 1, now: 0) }
        _ = try arbiter.claim(makeClaim("c0", pattern: "on"), owner: 1, now: 0)
        #expect(arbiter.claims.count == Arbiter.mostClaimsOfOwner, "one that takes another's place always fits")
        let owners = Arbiter.mostClaims / Arbiter.mostClaimsOfOwner
        for owner in 2...owners { try fill(&arbiter, Arbiter.Owner(owner)) }
        #expect(throws: ClaimError.tooMany(Arbiter.mostClaims)) { try arbiter.claim(makeClaim("more"), owner: Arbiter.Owner(owners + 1), now: 0) }
        #expect(throws: ClaimError.tooMany(Arbiter.mostClaims)) { try arbiter.claim(makeClaim("n", replaces: "nobody"), owner: 99, now: 0) }
        for number in 0..<300 { _ = try arbiter.claim(makeClaim("rule\(number)", priority: 9), owner: .rules, now: 0) }
        #expect(arbiter.showing("capslock")?.claim.id == "rule0", "the rules are not locked out")
        #expect(throws: ClaimError.tooMany(Arbiter.mostClaims)) { try arbiter.claim(makeClaim("rule0", pattern: "on"), owner: 99, now: 0) }
        _ = try arbiter.claim(makeClaim("c1", pattern: "on"), owner: 99, now: 0)
    }

    @Test func `one user's connections leave room for others`() throws {
        var arbiter = arbiter
        let connections = UInt64(Arbiter.mostClaimsOfUser / Arbiter.mostClaimsOfOwner)
        for connection in 1...connections { try fill(&arbiter, Arbiter.Owner(connection: connection, user: 1000)) }
        let more = Arbiter.Owner(connection: connections + 1, user: 1000)
        #expect(throws: ClaimError.tooMany(Arbiter.mostClaimsOfUser)) { try arbiter.claim(makeClaim("more"), owner: more, now: 0) }
        _ = try arbiter.claim(makeClaim("more"), owner: Arbiter.Owner(connection: 77, user: 1001), now: 0)
        #expect(throws: ClaimError.tooMany(Arbiter.mostClaimsOfUser)) {
            try arbiter.claim(makeClaim("new", replaces: "more"), owner: more, now: 0)
        }
        _ = try arbiter.claim(makeClaim("1-7", pattern: "on"), owner: more, now: 0)
        #expect(arbiter.claims.count == Arbiter.mostClaimsOfUser + 1)
    }

    private func fill(_ arbiter: inout LitArbiter, _ owner: Arbiter.Owner) throws {
        for number in 0..<Arbiter.mostClaimsOfOwner { _ = try arbiter.claim(makeClaim("\(owner.connection)-\(number)"), owner: owner, now: 0) }
    }

    @Test func `random histories: the highest shows, nothing is left, time goes on`() throws {
        for seed in 0..<150 as Range<UInt64> { try history(seed) }
    }

    private func history(_ seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        var arbiter = LitArbiter()
        var now: Int64 = 0
        let patterns = ["on", "off", "blink", "heartbeat", "on:20,off:20", "on:60000,off:60000"]
        for _ in 0..<200 {
            let name = "n\(Int.random(in: 0..<6, using: &random))"
            let owner = Arbiter.Owner(Int.random(in: 1...3, using: &random))
            switch Int.random(in: 0..<10, using: &random) {
            case 0..<5:
                let pattern = patterns.randomElement(using: &random)!
                let claim = try makeClaim(
                    name, light: Light.names.randomElement(using: &random)!, priority: Int.random(in: 4...5, using: &random), pattern: pattern,
                    repeats: pattern.count > 3 && Bool.random(using: &random) ? Int.random(in: 1...4, using: &random) : nil,
                    milliseconds: Bool.random(using: &random) ? Int64.random(in: 1...20_000, using: &random) : nil,
                    untilDisconnect: Bool.random(using: &random), replaces: Bool.random(using: &random) ? "n0" : nil)
                _ = try arbiter.claim(claim, owner: owner, now: now)
            case 5: _ = arbiter.release(id: name, now: now)
            case 6: _ = arbiter.disconnect(owner, now: now)
            case 7:
                // The keyboard goes; now and then it comes back at once.
                let light = Light.names.randomElement(using: &random)!
                guard let generation = arbiter.showing(light)?.generation else { break }
                let rest = arbiter.arbiter.hid(generation, light: light, at: now)
                #expect(rest == arbiter.showing(light) && rest?.passes != 0, "seed \(seed)")
                if Bool.random(using: &random) { arbiter.arbiter.began(generation, light: light, at: now) }
            default:
                if let next = arbiter.nextDeadline {
                    #expect(next >= now, "seed \(seed)")
                    now = max(now, next)
                }
                _ = arbiter.advance(now: now)
                if let next = arbiter.nextDeadline { #expect(next > now, "seed \(seed): it would spin") }
            }
            now += Int64.random(in: 0...3_000_000_000, using: &random)
            _ = arbiter.advance(now: now)
            check(arbiter, seed)
        }
        _ = arbiter.release(now: now)
        #expect(arbiter.claims.isEmpty && Light.names.allSatisfy { arbiter.showing($0) == nil } && arbiter.nextDeadline == nil, "seed \(seed)")
    }

    private func check(_ arbiter: LitArbiter, _ seed: UInt64) {
        for light in Light.names {
            let claims = arbiter.claims.filter { $0.light == light }
            #expect(Set(claims.map(\.id)).count == claims.count, "seed \(seed): one claim a name")
            let best = claims.map(\.priority).max()
            #expect(arbiter.showing(light)?.claim.priority == best, "seed \(seed): the highest shows")
            if let shown = arbiter.showing(light) { #expect(claims.first?.id == shown.claim.id, "seed \(seed)") }
        }
    }
}
