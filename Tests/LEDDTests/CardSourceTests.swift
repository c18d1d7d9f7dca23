import LightClaims
import Testing

@testable import ledd

@Suite("Events of cards")
struct CardSourceTests {
    private let one = "0000:00:03.0"
    private let two = "0000:00:04.0"

    @Test func `a condition lasts until its opposite, card by card`() throws {
        let stage = try Stage()
        let sources = try stage.sources("[[e1000]]\nname = \"e\"\nevent = [\"link-down\", \"failed\"]")
        sources.start()
        #expect(sources.event(source: "e1000", device: one, kind: "link-down"))
        #expect(stage.desk.current["e1000:e"]?.message == "\(one): link-down")
        #expect(stage.desk.current["e1000:e"]?.lifetime == Claim.Lifetime())
        #expect(sources.event(source: "e1000", device: two, kind: "failed"))
        #expect(sources.event(source: "e1000", device: one, kind: "link-up"))
        try stage.run(milliseconds: 150)
        #expect(stage.desk.current.count == 1)
        #expect(sources.event(source: "e1000", device: two, kind: "recovered"))
        #expect(try stage.run { stage.desk.current.isEmpty })
        sources.stop()
    }

    @Test func `what a program said of a link ends with the program; that a card failed does not`() throws {
        let stage = try Stage()
        let sources = try stage.sources(
            "[[e1000]]\nname = \"link\"\nevent = \"link-down\"\n[[e1000]]\nname = \"up\"\nevent = \"link-up\"\n"
                + "[[e1000]]\nname = \"failed\"\nevent = \"failed\"")
        sources.start()
        _ = sources.event(source: "e1000", device: one, kind: "link-up")
        #expect(try stage.run { stage.desk.current["e1000:up"] != nil })
        _ = sources.event(source: "e1000", device: one, kind: "link-down")
        #expect(try stage.run { stage.desk.current["e1000:up"] == nil && stage.desk.current["e1000:link"] != nil })
        _ = sources.event(source: "e1000", device: one, kind: "failed")
        sources.gone(source: "e1000", devices: [two])
        try stage.run(milliseconds: 150)
        #expect(stage.desk.current["e1000:link"] != nil)
        sources.gone(source: "e1000", devices: [one])
        #expect(try stage.run { stage.desk.current["e1000:link"] == nil })
        #expect(stage.desk.current["e1000:failed"] != nil)
        // The next program finds the card at work.
        _ = sources.event(source: "e1000", device: one, kind: "link-up")
        #expect(try stage.run { stage.desk.current["e1000:failed"] == nil })
        sources.stop()
    }

    @Test func `who is not asked for`() throws {
        let stage = try Stage()
        let sources = try stage.sources("[[e1000]]\nname = \"e\"\nevent = \"error\"\ndevice = [\"0000:00:03.*\"]")
        sources.start()
        #expect(!sources.event(source: "e1000", device: two, kind: "error"))
        #expect(!sources.event(source: "e1000", device: nil, kind: "error"))
        #expect(!sources.event(source: "e1000", device: one, kind: "receive"))
        #expect(!sources.event(source: "e1000", device: one, kind: "nonsense"))
        #expect(!sources.event(source: "e1001", device: one, kind: "error"))
        #expect(!sources.event(source: "e1000", device: String(repeating: "0", count: 65), kind: "error"))
        #expect(stage.desk.count == 0)
        #expect(sources.event(source: "e1000", device: one, kind: "error"))
        #expect(stage.desk.claims.first?.lifetime.time == 10_000_000_000)
        sources.stop()
        #expect(stage.desk.released == ["e1000:e"])
    }

    @Test func `a rule that is read anew knows what lasts`() throws {
        let stage = try Stage()
        let sources = try stage.sources("")
        sources.start()
        #expect(!sources.event(source: "e1000", device: one, kind: "link-down"))
        sources.apply(try stage.configuration("[[e1000]]\nname = \"e\"\nevent = \"link-down\""))
        #expect(stage.desk.claims.map(\.id) == ["e1000:e"])
        sources.stop()
        #expect(stage.desk.current.isEmpty)
    }

    @Test func `a storm of 100,000 events is one claim`() throws {
        let stage = try Stage()
        let sources = try stage.sources("[[e1000]]\nname = \"e\"\nevent = [\"receive\", \"transmit\"]\nseconds = 0.5")
        sources.start()
        let clock = ContinuousClock()
        let time = clock.measure {
            for i in 0..<100_000 { _ = sources.event(source: "e1000", device: i.isMultiple(of: 2) ? one : two, kind: "receive") }
        }
        try stage.run(milliseconds: 150)
        let tenths = Int(time / .milliseconds(100))
        #expect(stage.desk.count <= tenths + 3)
        #expect(stage.desk.count >= 2)
        #expect(Set(stage.desk.claims.map(\.id)) == ["e1000:e"])
        #expect(Set(stage.desk.claims.map(\.effect.text)) == ["blink"])
        sources.stop()
    }

    @Test func `to the arbiter a storm is one claim that goes on undisturbed`() throws {
        let stage = try Stage()
        let sources = try stage.sources("[[e1000]]\nname = \"e\"\nevent = [\"receive\", \"transmit\", \"error\"]")
        sources.start()
        for i in 0..<5 {
            _ = sources.event(source: "e1000", device: i.isMultiple(of: 2) ? one : two, kind: i.isMultiple(of: 3) ? "error" : "receive")
            try stage.run(milliseconds: 110)
        }
        #expect(stage.desk.claims.count == 5)
        var arbiter = Arbiter()
        var changes: [Arbiter.Change] = []
        for (i, claim) in stage.desk.claims.enumerated() { changes += try arbiter.claim(claim, owner: .rules, now: Int64(i) * 110_000_000) }
        #expect(changes.count == 6)
        guard case .claimed = changes[0], case .shows(light: "capslock", _?) = changes[1] else {
            return #expect(Bool(false), "\(changes)")
        }
        #expect(changes[2...].allSatisfy { if case .extended = $0 { true } else { false } })
        // Ten seconds after the last.
        #expect(arbiter.nextDeadline == Int64(10_440_000_000))
        sources.stop()
    }

    @Test func `many cards do not fill the memory`() throws {
        let stage = try Stage()
        let sources = try stage.sources("[[e1000]]\nname = \"e\"\nevent = \"link-down\"")
        sources.start()
        for i in 0..<10_000 { _ = sources.event(source: "e1000", device: "\(i)", kind: "link-down") }
        var conditions = CardConditions()
        for i in 0..<10_000 { conditions.take(.failed, of: "\(i)") }
        #expect(conditions.all.count == CardConditions.mostCards)
        conditions.take(.recovered, of: "0")
        #expect(conditions.all.count == CardConditions.mostCards - 1)
        sources.stop()
    }
}

