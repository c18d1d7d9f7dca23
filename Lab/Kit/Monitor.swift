import Clocks

/// QEMU's monitor (QMP): plugs and unplugs devices, presses keys, pulls cables.
public struct Monitor: Sendable {
    let engine: GuestEngine

    /// Executes any QMP command.
    ///
    /// - Parameter descriptor: goes along with the command (for `getfd`); QEMU gets a copy.
    /// - Throws: `GuestError.refused` with QEMU's words, `.timedOut`, or why QEMU is gone.
    @discardableResult
    public func execute(
        _ command: String, _ arguments: [String: JSONValue] = [:], descriptor: Int32? = nil, within bound: Duration = .seconds(10)
    ) throws(GuestError) -> JSONValue {
        try execute(command, arguments, descriptor: descriptor, until: Clocks.after(bound))
    }

    @discardableResult
    func execute(
        _ command: String, _ arguments: [String: JSONValue] = [:], descriptor: Int32? = nil, until deadline: Int64
    ) throws(GuestError) -> JSONValue {
        let id = engine.state.withLock { state in
            defer { state.nextCommand += 1 }
            return state.nextCommand
        }
        let line = JSONValue.object(["execute": .string(command), "arguments": .object(arguments), "id": .integer(id)]).line
        try engine.sendToMonitor(line, descriptor: descriptor, until: deadline)
        let answer: Result<JSONValue, GuestError>? = try engine.state.wait(until: deadline) { state throws(GuestError) in
            if let answer = state.answers.removeValue(forKey: id) { return answer }
            if let failure = state.failure { throw failure }
            return nil
        }
        switch answer {
        case .success(let value): return value
        case .failure(.refused(_, let why)): throw .refused(command, why)
        case .failure(let failure): throw failure
        case nil: throw .timedOut("QEMU's monitor: \(command)", seen: "")
        }
    }

    /// Plugs a device in: `addDevice("usb-kbd", id: "k1", ["bus": "usb.0"])`.
    public func addDevice(_ driver: String, id: String, _ properties: [String: JSONValue] = [:]) throws(GuestError) {
        try execute("device_add", properties.merging(["driver": .string(driver), "id": .string(id)]) { $1 })
    }

    /// Asks for a device to be unplugged and waits until it is gone. On PCI that takes the guest's consent.
    public func removeDevice(_ id: String, within bound: Duration = .seconds(10)) throws(GuestError) {
        let before = Clocks.monotonic
        try execute("device_del", ["id": .string(id)], within: bound)
        try waitForEvent("DEVICE_DELETED", since: before, within: bound) { $0["device"]?.string == id }
    }

    /// Presses and releases keys at once, by QEMU's names: `caps_lock`, `num_lock`, `scroll_lock`, `a`, `ret`, …
    public func press(_ keys: String..., holding time: Duration = .milliseconds(20)) throws(GuestError) {
        let names = keys.map { JSONValue.object(["type": "qcode", "data": .string($0)]) }
        try execute("send-key", ["keys": .array(names), "hold-time": .integer(time.nanoseconds / 1_000_000)])
    }

    /// Plugs a card's cable in, or pulls it out. `card` counts from 0.
    public func setLink(card: Int, up: Bool) throws(GuestError) {
        try execute("set_link", ["name": .string("card\(card)"), "up": .bool(up)])
    }

    /// All that QEMU told unasked.
    public var events: [MonitorEvent] { engine.state.withLock { $0.events } }

    /// Waits for an event, at or after `moment` (`MonotonicClock`), that `matches`.
    @discardableResult
    public func waitForEvent(
        _ name: String, since moment: Int64 = 0, within bound: Duration = .seconds(10),
        _ matches: (JSONValue) -> Bool = { _ in true }
    ) throws(GuestError) -> MonitorEvent {
        let event: MonitorEvent? = try engine.state.wait(until: Clocks.after(bound)) { state throws(GuestError) in
            if let event = state.events.first(where: { $0.name == name && $0.time >= moment && matches($0.data) }) {
                return event
            }
            if let failure = state.failure { throw failure }
            return nil
        }
        guard let event else { throw .timedOut("QEMU's event \(name)", seen: "") }
        return event
    }
}
