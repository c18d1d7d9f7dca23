import Systemd
import Testing

@testable import ledd

/// By reference: an expectation cannot change a value.
private final class Watched {
    private var states = UnitStates()
    var failed: Set<String> { states.failed }

    @discardableResult
    func changed(_ message: BusMessage) -> [UnitStates.Change] { states.changed(message) }
    func removed(_ message: BusMessage) -> [UnitStates.Change] { states.removed(message) }
    func listedFailed(_ message: BusMessage) -> [UnitStates.Change] { states.listedFailed(message) }
    func beginCounting() { states.beginCounting() }
    func isAsking(for units: Set<String>) { states.isAsking(for: units) }
    func found(_ unit: String, restarts: Int64?) -> [UnitStates.Change] { states.found(unit, restarts: restarts) }
}

@Suite("Units: what their property changes mean")
struct UnitStatesTests {
    /// As systemd 252 sends it, shortened.
    private func changed(_ path: String, _ properties: [(String, BusValue)], service: Bool = false) -> BusMessage {
        BusMessage(
            path: "/org/freedesktop/systemd1/unit/\(path)", interface: "org.freedesktop.DBus.Properties", member: "PropertiesChanged",
            arguments: [
                .text(service ? "org.freedesktop.systemd1.Service" : "org.freedesktop.systemd1.Unit"),
                .array(properties.map { .entry(.text($0.0), .variant($0.1)) }), .array([.text("Conditions")]),
            ])
    }

    private func state(_ path: String, _ state: String) -> BusMessage {
        changed(path, [("ActiveState", .text(state)), ("SubState", .text("dead")), ("ActiveEnterTimestamp", .integer(1))])
    }

    private func restarts(_ path: String, _ count: Int64) -> BusMessage {
        changed(path, [("MainPID", .integer(77)), ("NRestarts", .integer(count)), ("Result", .text("exit-code"))], service: true)
    }

    private func list(_ units: String...) -> BusMessage {
        BusMessage(arguments: [
            .array(
                units.map {
                    .structure([
                        .text($0), .text("Described"), .text("loaded"), .text("failed"), .text("failed"), .text(""),
                        .text("/org/freedesktop/systemd1/unit/x"), .integer(0), .text(""), .text("/"),
                    ])
                })
        ])
    }

    @Test func `fails, is started again`() {
        let states = Watched()
        #expect(states.changed(state("a_2eservice", "activating")) == [])
        #expect(states.changed(state("a_2eservice", "failed")) == [.failed("a.service")])
        #expect(states.changed(state("a_2eservice", "failed")) == [])
        #expect(states.changed(state("a_2eservice", "activating")) == [.mended("a.service")])
        #expect(states.changed(state("a_2eservice", "active")) == [])
    }

    @Test func `reset-failed: inactive, or forgotten`() {
        let states = Watched()
        states.changed(state("a_2eservice", "failed"))
        #expect(states.changed(state("a_2eservice", "inactive")) == [.mended("a.service")])
        states.changed(state("dev_2dsda1_2eswap", "failed"))
        let removed = BusMessage(
            member: "UnitRemoved", arguments: [.text("dev-sda1.swap"), .text("/org/freedesktop/systemd1/unit/dev_2dsda1_2eswap")])
        #expect(states.removed(removed) == [.mended("dev-sda1.swap")])
        #expect(states.removed(removed) == [])
        #expect(states.failed == [])
    }

    @Test func `what had failed before, and what did while the bus was away`() {
        let states = Watched()
        #expect(states.listedFailed(list("a.service", "b@x.service")) == [.failed("a.service"), .failed("b@x.service")])
        #expect(states.listedFailed(list("b@x.service", "c.mount")) == [.mended("a.service"), .failed("c.mount")])
        #expect(states.listedFailed(list()) == [.mended("b@x.service"), .mended("c.mount")])
    }

    @Test func `restarts are growth, not a number`() {
        let states = Watched()
        // Not known yet what there was: the first is where counting begins.
        #expect(states.changed(restarts("a_2eservice", 5)) == [])
        #expect(states.changed(restarts("a_2eservice", 6)) == [.restarted("a.service")])
        states.isAsking(for: ["a.service", "b.service", "c.service"])
        #expect(states.changed(restarts("b_2eservice", 2)) == [])
        #expect(states.found("a.service", restarts: 7) == [.restarted("a.service")])
        #expect(states.found("b.service", restarts: 2) == [])
        #expect(states.found("c.service", restarts: nil) == [])
        #expect(states.changed(restarts("b_2eservice", 2)) == [])
        #expect(states.changed(restarts("b_2eservice", 3)) == [.restarted("b.service")])
        // reset-failed counts from 0 again.
        #expect(states.changed(restarts("b_2eservice", 0)) == [])
        #expect(states.changed(restarts("b_2eservice", 1)) == [.restarted("b.service")])
        // Loaded later: it began with 0.
        #expect(states.changed(restarts("new_2eservice", 1)) == [.restarted("new.service")])
        // After the bus was away.
        states.beginCounting()
        #expect(states.changed(restarts("later_2eservice", 3)) == [])
        states.isAsking(for: ["b.service"])
        #expect(states.found("b.service", restarts: 4) == [.restarted("b.service")])
    }

    @Test func `messages that are something else`() {
        let states = Watched()
        #expect(states.changed(BusMessage(arguments: [])) == [])
        #expect(states.changed(BusMessage(path: "/", arguments: [.text("org.freedesktop.systemd1.Unit"), .array([])])) == [])
        #expect(states.changed(changed("a_2eservice", [("ActiveState", .integer(1))])) == [])
        #expect(states.changed(changed("a_2eservice", [("NRestarts", .text("1"))], service: true)) == [])
        #expect(states.changed(changed("a_2eservice", [("Id", .text("x"))])) == [])
        #expect(states.listedFailed(BusMessage(arguments: [.text("a")])) == [])
        #expect(states.listedFailed(BusMessage(arguments: [.array([.text("a"), .structure([]), .structure([.integer(1)])])])) == [])
        #expect(states.removed(BusMessage(arguments: [])) == [])
    }
}
