import ChildProcess
import Clocks
import Glibc
import GuestProtocol

/// A booted virtual machine with `ringlight.ko` at hand: runs commands, is watched from outside, ends with its owner.
///
/// ```swift
/// let guest = try Guest(.init(cards: 1))
/// defer { guest.end() }
/// let log = try guest.output(of: "modprobe ringlight && ls /dev/ringlight")
/// ```
public final class Guest: Sendable {
    let engine: GuestEngine
    /// The host's view of the cards' cables, in the order of `Options.cards`.
    public let wires: [Wire]

    /// The PCI address of a card in the guest; they count from 0.
    public static func address(ofCard number: Int) -> String {
        "0000:00:0\(QEMUCommand.firstCardSlot + number).0"
    }

    /// Boots, and returns when the guest takes commands.
    ///
    /// - Throws: `GuestError`: what is missing, QEMU's own words, the kernel's last ones, or that it took too long.
    public init(_ options: Options = Options()) throws(GuestError) {
        let deadline = Clocks.after(options.bootBound)
        let engine = try GuestEngine(options: options)
        self.engine = engine
        wires = engine.captures.map { Wire(capture: $0, engine: engine) }
        do throws(GuestError) {
            try openMonitor(until: deadline)
            let booted: Bool? = try engine.state.wait(until: deadline) { state throws(GuestError) in
                if let failure = state.failure { throw failure }
                return state.agentIsReady && state.lights != nil ? true : nil
            }
            guard booted == true else {
                throw GuestError.bootTimedOut(
                    seconds: options.bootBound.components.seconds, words: engine.qemuWords,
                    console: engine.state.withLock { $0.console.tail() })
            }
        } catch {
            engine.end()
            throw error
        }
    }

    deinit { engine.end() }

    /// Pulls the plug. Harmless when the guest is gone already.
    public func end() { engine.end() }

    /// Shuts down in order.
    /// - Returns: QEMU's exit status.
    @discardableResult
    public func powerOff(within bound: Duration = .seconds(10)) throws(GuestError) -> Int32 {
        engine.state.withLock { $0.isEnding = true }
        let deadline = Clocks.after(bound)
        try engine.send(.start(job: 0, command: "poweroff -f"), until: deadline)
        guard let status = engine.state.wait(until: deadline, { $0.status }) else {
            throw .timedOut("poweroff", seen: console)
        }
        if case .panicked? = engine.state.withLock({ $0.failure }) { try throwFailure() }
        return status
    }

    /// Waits until QEMU has ended.
    /// - Returns: why, as an error; `nil` if it still runs.
    public func waitForEnd(within bound: Duration) -> GuestError? {
        engine.state.wait(until: Clocks.after(bound)) { $0.status == nil ? nil : $0.failure }
    }

    /// QEMU's process, for tests that kill it.
    public var qemuProcess: pid_t { engine.qemu.pid }

    /// The serial console until now.
    public var console: String { engine.state.withLock { $0.console.text } }

    /// The last lines of the serial console.
    public var consoleTail: String { engine.state.withLock { $0.console.tail() } }

    /// What QEMU itself printed.
    public var qemuWords: String { engine.qemuWords }

    /// QEMU's monitor.
    public var monitor: Monitor { Monitor(engine: engine) }

    /// The keyboard's lights as the outside sees them.
    public var lights: Lights { Lights(engine: engine) }

    private func throwFailure() throws(GuestError) {
        if let failure = engine.state.withLock({ $0.failure }) { throw failure }
    }

    private func openMonitor(until deadline: Int64) throws(GuestError) {
        let greeted: Bool? = try engine.state.wait(until: deadline) { state throws(GuestError) in
            if let failure = state.failure { throw failure }
            return state.monitorIsReady ? true : nil
        }
        // A silent QEMU is told of by the caller, with the console.
        guard greeted == true else { return }
        let monitor = monitor
        try monitor.execute("qmp_capabilities", until: deadline)
        try engine.handOverEye { descriptor throws(GuestError) in
            try monitor.execute("getfd", ["fdname": "eye"], descriptor: descriptor, until: deadline)
            try monitor.execute("add_client", ["protocol": "vnc", "fdname": "eye", "skipauth": true], until: deadline)
        }
    }
}
