import Clocks

/// The keyboard's lights as QEMU shows them to a VNC client: what the guest's drivers really sent to the keyboard.
///
/// QEMU knows one state for all keyboards of a machine: that of the keyboard which was told last.
public struct Lights: Sendable {
    let engine: GuestEngine

    /// Now.
    public var state: LightState { engine.state.withLock { $0.lights ?? LightState() } }

    /// Every change since the guest's start, in order; before, all are off.
    public var transitions: [LightTransition] { engine.state.withLock { $0.transitions } }

    /// The changes of one light at or after a moment (`MonotonicClock`, nanoseconds).
    public func transitions(of light: LockLight, since moment: Int64 = 0) -> [LightTransition] {
        transitions.filter { $0.light == light && $0.time >= moment }
    }

    /// Waits until a light is on or off.
    /// - Throws: `GuestError.timedOut`, which tells the transitions seen, or why the guest is gone.
    public func wait(for light: LockLight, on: Bool, within bound: Duration = .seconds(1)) throws(GuestError) {
        let reached: Bool? = try engine.state.wait(until: Clocks.after(bound)) { state throws(GuestError) in
            if (state.lights ?? LightState())[light] == on { return true }
            if let failure = state.failure { throw failure }
            return nil
        }
        guard reached == true else { throw .timedOut("\(light.rawValue) \(on ? "on" : "off")", seen: history(of: light)) }
    }

    /// Waits until a light has changed `count` times since a moment (`MonotonicClock`, nanoseconds).
    /// - Returns: those changes, and any more that came.
    /// - Throws: as `wait(for:on:within:)`.
    @discardableResult
    public func wait(
        forTransitions count: Int, of light: LockLight, since moment: Int64, within bound: Duration = .seconds(5)
    ) throws(GuestError) -> [LightTransition] {
        let seen: [LightTransition]? = try engine.state.wait(until: Clocks.after(bound)) { state throws(GuestError) in
            let seen = state.transitions.filter { $0.light == light && $0.time >= moment }
            if seen.count >= count { return seen }
            if let failure = state.failure { throw failure }
            return nil
        }
        guard let seen else { throw .timedOut("\(count) changes of \(light.rawValue)", seen: history(of: light)) }
        return seen
    }

    private func history(of light: LockLight) -> String {
        let changes = transitions(of: light).suffix(20)
        return changes.isEmpty
            ? "no change" : changes.map { "\($0.isOn ? "on" : "off") at \($0.time / 1_000_000) ms" }.joined(separator: ", ")
    }
}
