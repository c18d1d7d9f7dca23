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
    /// How often it is looked whether a keyboard is left that shows a pattern whose passes count.
    private static let glanceInterval: Int64 = 250_000_000
    /// What the kernel refuses is tried again after 5 s, and then ever later, up to 5 minutes: each time costs it some 100 ms,
    /// and ledd all that it has to do meanwhile.
    private static let refusalWaits = Backoff(shortest: 5_000_000_000, longest: 300_000_000_000)
    /// What root has taken away is taken back after 2 s, and later if it happens again and again, up to 5 minutes.
    private static let lossWaits = Backoff(shortest: 2_000_000_000, longest: 300_000_000_000)
    /// From the end of one touch of the node to the next: a keyboard follows no faster, taking a light and giving it back costs
    /// the kernel some 50 ms, and whoever floods the socket must not keep everybody waiting for that.
    static let rest: Int64 = 50_000_000

    let light: Light
    /// Why the light does not show its claim: what, why and what to do; `nil` when it does.
    private(set) var trouble: String?
    /// Called when a claim shows, with the time from which on.
    var onBegin: (Arbiter.Showing, Int64) -> Void = { _, _ in }
    /// Called when it does not any more, without being told, and with the time: tells what is left to be shown.
    var onHide: (Arbiter.Showing, Int64) -> Arbiter.Showing? = { _, _ in nil }

    private let log: Logger
    private let loop: EventLoop
    private let hold: () throws(LightError) -> any HeldLight
    private var node: (any HeldLight)?
    private var news: EventWatch?
    /// The next touch of the node.
    private var timer: EventWatch?
    /// The node is left alone until then.
    private var restEnd: Int64 = 0
    private var wanted: Arbiter.Showing?
    /// What the keyboards show.
    private var shown: Arbiter.Showing?
    /// Looks whether there is still a keyboard, while a pattern is to be seen a number of times.
    private var glance: EventWatch?
    /// What the kernel has refused last, why, and when it is to be tried again.
    private var refusal: (effect: Effect, why: LightError, last: Int64, end: Int64)?
    private var refusals = LightPort.refusalWaits
    private let lossPath: String
    private var loss: LossWatch?
    private var losses = LightPort.lossWaits
    private var player: LongPattern?

    /// - Parameters:
    ///   - lossPath: the file that tells that the light was taken away; there need not be one.
    ///   - hold: opens the light's node.
    init(
        _ light: Light, lossPath: String, loop: EventLoop, log: Logger, hold: @escaping () throws(LightError) -> any HeldLight
    ) throws(SystemdError) {
        (self.light, self.lossPath, self.loop, self.log, self.hold) = (light, lossPath, loop, log, hold)
        timer = try loop.timer(at: nil) { [weak self] in self?.carryOut() }
        glance = try loop.timer(at: nil) { [weak self] in self?.look() }
    }

    /// Shows a claim, or gives the light back to its lock key (`nil`): at once, or when the node has rested, and then the newest.
    func show(_ showing: Arbiter.Showing?) {
        wanted = showing
        touch()
    }

    /// The claim that shows was made once more: it takes its light back, and what the kernel has refused is tried again.
    func reassert() {
        guard let wanted, Daemon.now >= restEnd else { return }
        if let refusal, refusal.effect == wanted.claim.effect {
            self.refusal!.end = min(refusal.end, refusal.last + refusals.shortest)
            touch(at: self.refusal!.end)
        } else if loss?.isLost == true {
            touch()
        }
    }

    /// Carries out what is wanted, at a time or when the node has rested; another time that was set is forgotten.
    private func touch(at time: Int64 = 0) {
        let time = max(time, restEnd)
        if time <= Daemon.now { carryOut() } else { timer?.fire(at: time) }
    }

    private func carryOut() {
        timer?.fire(at: nil)
        player = nil
        hide()
        guard let wanted else {
            close()
            return settle(nil)
        }
        if let refusal, refusal.effect == wanted.claim.effect, Daemon.now < refusal.end { return wait(for: refusal.end, refusal.why) }
        do throws(LightError) {
            try open()
            try play(wanted)
        } catch {
            return failed(wanted, error)
        }
        restEnd = Daemon.now + Self.rest
        if refusal?.effect == wanted.claim.effect { (refusal, refusals) = (nil, Self.refusalWaits) }
        settle(nil)
        shown = wanted
        onBegin(wanted, Daemon.now)
        if wanted.passes != nil { glance?.fire(at: Daemon.now + Self.glanceInterval) }
    }

    /// What shows is not to be seen any more.
    private func hide() {
        glance?.fire(at: nil)
        guard let shown else { return }
        self.shown = nil
        if let rest = onHide(shown, Daemon.now), rest.generation == wanted?.generation { wanted = rest }
    }

    private func failed(_ wanted: Arbiter.Showing, _ error: LightError) {
        let now = Daemon.now
        restEnd = now + Self.rest
        switch (error, wanted.claim.effect) {
        // The node stays open, and tells when one comes.
        case (.noKeyboard, _): settle("\(error)", waitsForKeyboard: true)
        // The node is there, so it is the trigger that cannot be had.
        case (_, .trigger) where node != nil:
            if refusal?.effect != wanted.claim.effect { refusals = Self.refusalWaits }
            refusal = (wanted.claim.effect, error, now, now + refusals.next(now: now))
            wait(for: refusal!.end, error)
        default: wait(for: now + Self.retryInterval, error)
        }
    }

    /// Leaves the node alone until it may be otherwise.
    private func wait(for time: Int64, _ why: LightError) {
        close()
        settle("\(why)")
        timer?.fire(at: time)
    }

    private func open() throws(LightError) {
        guard node == nil else { return }
        let node = try hold()
        loss = LossWatch(lossPath, loop: loop) { [weak self] in self?.lossChanged() }
        self.node = node
    }

    /// Root has taken the light away, or somebody has taken it back.
    func lossChanged() {
        guard shown != nil, loss?.isLost == true else { return }
        hide()
        player = nil
        let wait = losses.next(now: Daemon.now)
        settle("\(light.name): root has taken the light away (it is taken back in \(wait / 1_000_000_000) s; end whatever does that)")
        touch(at: Daemon.now + wait)
    }

    private func play(_ showing: Arbiter.Showing) throws(LightError) {
        switch showing.claim.effect {
        case .on, .off: try node!.set(showing.claim.effect == .on)
        case .trigger(let words):
            guard try node!.obey(trigger: words) else { throw .moduleTooOld(light.name) }
        case .pattern(let pattern, _):
            // Dark first: taking the light costs some 50 ms that are no part of the first step, and after its last the
            // kernel's pattern leaves what was before.
            try node!.set(false)
            if try !node!.play(pattern, repeats: showing.passes) { try playHere(pattern, repeats: showing.passes) }
        }
    }

    private func watchNode() -> EventWatch? {
        guard let descriptor = node?.descriptor else { return nil }
        return try? loop.watch(descriptor, for: EPOLLIN.rawValue) { [weak self] _ in self?.look() }
    }

    /// A keyboard came, or the last one may have gone.
    private func look() {
        do throws(LightError) {
            while try node?.readChange() != nil {}
            if shown == nil { touch() } else if shown?.passes != nil { glance?.fire(at: Daemon.now + Self.glanceInterval) }
        } catch {
            unreachable(error)
        }
    }

    /// The light cannot be reached any more.
    private func unreachable(_ error: LightError) {
        hide()
        // The node tells when a keyboard comes; anything else is a node that is gone.
        if case .noKeyboard = error { settle("\(error)", waitsForKeyboard: true) } else { tryAgain() }
    }

    private func tryAgain() {
        close()
        touch()
    }

    private func close() {
        if node != nil {
            (news, loss) = (nil, nil)
            node = nil
            restEnd = Daemon.now + Self.rest
        }
        player = nil
    }

    /// Tells of trouble once, and of its end.
    private func settle(_ new: String?, waitsForKeyboard: Bool = false) {
        // Else not watched: a pattern is a change for each of its steps, which nobody here needs to be woken for, and the kernel
        // looks at a light ten times a second while somebody watches it.
        if !waitsForKeyboard { news = nil } else if news == nil { news = watchNode() }
        guard new != trouble else { return }
        if let new { log.warning("\(new)") } else if trouble != nil, wanted != nil { log.notice("\(light.name): it shows its claim again") }
        trouble = new
    }

    private func playHere(_ pattern: Pattern, repeats: Int?) throws(LightError) {
        do throws(SystemdError) {
            player = try LongPattern(pattern, repeats: repeats, loop: loop) { [weak self] in self?.step($0) ?? false }
        } catch {
            throw .system(light.node, "play a pattern", error.number)
        }
    }

    private func step(_ on: Bool) -> Bool {
        do throws(LightError) {
            try node?.set(on)
            return true
        } catch {
            unreachable(error)
            return false
        }
    }
}
