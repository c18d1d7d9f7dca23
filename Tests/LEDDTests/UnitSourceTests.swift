import LightClaims
import Testing

@testable import ledd

@Suite("Units, over a bus", .enabled(if: PrivateBus.program != nil, "there is no dbus-daemon"))
final class UnitSourceTests {
    private let stage: Stage
    private let bus: PrivateBus
    private let monitor: UnitMonitor
    private var sources: [UnitSource] = []

    init() throws {
        stage = try Stage()
        bus = try PrivateBus()
        monitor = UnitMonitor(loop: stage.loop, log: stage.log, address: bus.address)
    }

    deinit { stop() }

    private func watch(_ text: String) throws {
        let configuration = try stage.configuration(text)
        for rule in configuration.rules {
            guard case .unit(let unit) = rule.source else { continue }
            let source = UnitSource(unit, claim: RuleClaim(rule, desk: stage.desk, loop: stage.loop, log: stage.log), monitor: monitor)
            sources.append(source)
            source.start()
        }
        monitor.rulesChanged()
    }

    private func stop() {
        for source in sources { source.stop() }
        sources = []
        monitor.rulesChanged()
    }

    private var failed: Claim? { stage.desk.current["unit:failed"] }
    private var restart: Claim? { stage.desk.current["unit:restart"] }
    private let failing = "[[unit]]\nname = \"failed\"\nexcept = \"boring.*\"\n"
    private let restarting = "[[unit]]\nname = \"restart\"\non = \"restart\"\nunit = \"*.service\"\n"

    @Test func `before, during, after`() throws {
        let manager = try FakeManager(
            bus.address, stage.loop, units: ["old.service": .init(state: "failed"), "boring.service": .init(state: "failed")])
        try watch(failing)
        #expect(try stage.run { self.failed != nil })
        #expect(failed?.message == "old.service failed")
        manager.set("new.mount", "failed")
        #expect(try stage.run { self.failed?.message == "2 units failed, new.mount among them" })
        manager.set("old.service", "inactive")
        manager.set("boring.service", "inactive")
        try stage.run(milliseconds: 200)
        #expect(failed != nil)
        manager.forget("new.mount")
        #expect(try stage.run { self.failed == nil })
        #expect(stage.lines.all == [])
        // A rule that comes later knows what is failed.
        manager.set("again.service", "failed")
        #expect(try stage.run { self.failed != nil })
        try watch("[[unit]]\nname = \"second\"")
        #expect(stage.desk.current["unit:second"]?.message == "again.service failed")
        stop()
        #expect(stage.desk.current.isEmpty)
    }

    @Test func `restarts are counted from when the watch begins`() throws {
        let manager = try FakeManager(bus.address, stage.loop, units: ["a.service": .init(state: "active", restarts: 3)])
        try watch(restarting)
        #expect(try stage.run { manager.calls.contains("Get") })
        try stage.run(milliseconds: 100)
        #expect(restart == nil)
        manager.restart("a.service")
        #expect(try stage.run { self.restart != nil })
        #expect(restart?.message == "a.service was restarted")
        #expect(restart?.lifetime.time == 60_000_000_000)
        manager.restart("new.service")
        #expect(try stage.run { self.restart?.message == "new.service was restarted" })
    }

    @Test func `the bus is restarted`() throws {
        var manager: FakeManager? = try FakeManager(bus.address, stage.loop, units: ["old.service": .init(state: "failed")])
        try watch(failing + restarting)
        #expect(try stage.run { self.failed != nil })
        bus.stop()
        #expect(try stage.run { !self.stage.lines.all.isEmpty })
        #expect(stage.lines.all == ["system bus: it has gone: units are not watched (it is tried again until it is there)"])
        try stage.run(milliseconds: 1500)
        #expect(failed != nil)
        manager = nil
        try bus.start()
        manager = try FakeManager(bus.address, stage.loop, units: ["new.service": .init(state: "failed")])
        #expect(try stage.run { self.failed?.message == "new.service failed" })
        #expect(stage.lines.all.last == "system bus: units are watched again")
        #expect(stage.lines.all.count == 2)
        manager?.set("new.service", "active")
        #expect(try stage.run { self.failed == nil })
        // Without a bus it ends all the same.
        bus.stop()
        stop()
        #expect(stage.desk.current.isEmpty)
    }

    @Test func `the bus is there before systemd is`() throws {
        try watch(failing)
        #expect(try stage.run { !self.stage.lines.all.isEmpty })
        #expect(stage.lines.all.first?.contains("systemd: ") == true)
        let manager = try FakeManager(bus.address, stage.loop, units: ["old.service": .init(state: "failed")])
        #expect(try stage.run { self.failed != nil })
        #expect(manager.calls.contains("Subscribe"))
    }

    @Test func `a storm of restarts is one claim`() throws {
        let manager = try FakeManager(bus.address, stage.loop, units: [:])
        try watch(restarting)
        #expect(try stage.run { manager.calls.count >= 3 })
        try stage.run(milliseconds: 50)
        let clock = ContinuousClock()
        let time = try clock.measure {
            for _ in 0..<20 {
                for i in 0..<100 { manager.restart("a\(i).service") }
                try stage.run(milliseconds: 10)
            }
            #expect(try stage.run { self.restart?.message == "a99.service was restarted" })
        }
        #expect(stage.desk.count <= Int(time / .milliseconds(100)) + 3)
    }
}
