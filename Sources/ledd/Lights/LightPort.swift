import CSystemd
import Glibc
import KeyboardLights
import LightClaims
import Logging
import Systemd

/// One light's way to the keyboards: shows what it is told, as soon as that is possible.
///
/// The node is open only while there is something to show: the module can be reloaded when there is not, and the kernel gives
/// the light back when this process ends, however it ends.
final class LightPort {
    /// How often a node that is missing is looked for.
    private static let retryInterval: Int64 = 500_000_000

    let light: Light
    /// Why the light does not show its claim: what, why and what to do; `nil` when it does.
    private(set) var trouble: String?

    private let catalog: LightCatalog
    private let log: Logger
    private let loop: EventLoop
    private var node: LightNode?
    private var news: EventWatch?
    private var retry: EventWatch?
    private var wanted: Arbiter.Showing?
    /// Plays what the kernel cannot: a pattern of too many steps.
    private var player: (PatternPlayer, timer: EventWatch)?

    init(_ light: Light, catalog: LightCatalog, loop: EventLoop, log: Logger) throws(SystemdError) {
        (self.light, self.catalog, self.loop, self.log) = (light, catalog, loop, log)
        retry = try loop.timer(at: nil) { [weak self] in self?.tryAgain() }
    }

    /// Shows a claim, or gives the light back to its lock key (`nil`).
    ///
    /// - Returns: the time from which on it shows; `nil` if it does not, yet.
    func show(_ showing: Arbiter.Showing?) -> Int64? {
        wanted = showing
        player = nil
        guard wanted != nil else {
            close()
            settle(nil)
            return nil
        }
        return apply()
    }

    private func apply() -> Int64? {
        guard let wanted else { return nil }
        do throws(LightError) {
            try open()
            let start = try play(wanted)
            settle(nil)
            return start
        } catch {
            // Without a keyboard the node stays open, and tells when one comes; else it is looked for.
            if case .noKeyboard = error {} else { close() }
            settle("\(error)")
            if node == nil { retry?.fire(at: Daemon.now + Self.retryInterval) }
            return nil
        }
    }

    private func open() throws(LightError) {
        guard node == nil else { return }
        guard access(light.node, F_OK) == 0 else { throw catalog.missing }
        let node = try LightNode(light, for: .readAndWrite)
        try node.claimUntilClose()
        news = try? loop.watch(node.descriptor, for: EPOLLIN.rawValue) { [weak self] _ in self?.look() }
        self.node = consume node
    }

    private func play(_ showing: Arbiter.Showing) throws(LightError) -> Int64 {
        switch showing.claim.effect {
        case .on, .off: try node!.set(showing.claim.effect == .on)
        case .trigger(let words):
            guard try node!.obey(trigger: words) else { throw .moduleTooOld(light.name) }
        case .pattern(let pattern, _):
            // Dark first: taking the light costs some 50 ms that are no part of the first step, and after its last the
            // kernel's pattern leaves what was before.
            try node!.set(false)
            if try !node!.play(pattern, repeats: showing.passes) { try playHere(pattern, showing) }
        }
        return Daemon.now
    }

    /// A keyboard came.
    private func look() {
        do throws(LightError) {
            while try node?.readChange() != nil {}
            _ = apply()
        } catch {
            // It went at once; anything else is a node that is gone.
            if case .noKeyboard = error {} else { tryAgain() }
        }
    }

    private func tryAgain() {
        close()
        _ = apply()
    }

    private func close() {
        news = nil
        node = nil
        retry?.fire(at: nil)
    }

    /// Tells of trouble once, and of its end.
    private func settle(_ new: String?) {
        // Read only to wait for a keyboard: a pattern is a change for each of its steps, which nobody here needs to be woken for.
        news?.isEnabled = new != nil
        guard new != trouble else { return }
        if let new { log.warning("\(new)") } else if trouble != nil, wanted != nil { log.notice("\(light.name): it shows its claim again") }
        trouble = new
    }

    // MARK: Patterns that are too long for the kernel

    private func playHere(_ pattern: Pattern, _ showing: Arbiter.Showing) throws(LightError) {
        let player = PatternPlayer(pattern, repeats: showing.passes, start: Daemon.now)
        guard let timer = try? loop.timer(at: Daemon.now, { [weak self] in self?.step() }) else {
            throw .system(light.node, "play a pattern", ENOMEM)
        }
        self.player = (player, timer)
    }

    private func step() {
        guard let (player, timer) = player else { return }
        let phase = player.next(now: Daemon.now)
        do throws(LightError) {
            try node?.set(phase?.on ?? false)
        } catch {
            if case .noKeyboard = error { settle("\(error)") } else { return tryAgain() }
        }
        timer.fire(at: phase?.deadline)
    }
}
