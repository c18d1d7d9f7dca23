import CLinux
import Clocks
import Glibc
import LightClaims
import Logging
import Systemd

/// A command on a timer; its exit status makes the claim, or ends it.
///
/// It leads a process group of its own, which is killed as a whole when it ends or takes too long, and dies with this thread.
final class CommandSource: EventSource {
    /// From SIGTERM to SIGKILL.
    static let patience: Int64 = 2_000_000_000

    private let rule: CommandRule
    private let claim: RuleClaim
    private let loop: EventLoop
    private var timer: EventWatch?
    private var next: Int64 = 0
    private var run: Run?
    /// What it told last.
    private var wasFailure: Bool?

    /// One run of it; keeps itself until the process has ended.
    private final class Run {
        let process: pid_t
        var exit: EventWatch?
        var bound: EventWatch?
        var isLate = false
        /// Nobody wants to know any more when `nil`.
        var ended: ((Int32, Int32) -> Void)?

        init(_ process: pid_t) { self.process = process }

        /// The leader is not reaped before its exit has been told: until then the group's number is its own.
        func signal(_ number: Int32) { kill(-process, number) }
    }

    init(_ rule: CommandRule, claim: RuleClaim, loop: EventLoop) {
        (self.rule, self.claim, self.loop) = (rule, claim, loop)
    }

    func start() {
        next = Clocks.monotonic
        do {
            timer = try loop.timer(at: next) { [weak self] in self?.tick() }
        } catch {
            claim.log.error("rule \(claim.rule.name): \(error) (restart ledd)")
        }
    }

    func stop() {
        timer = nil
        run?.ended = nil
        run?.signal(SIGKILL)
        run = nil
        claim.end()
    }

    private func tick() {
        let now = Clocks.monotonic
        // Counted from the start, so that lateness does not add up; what was slept through is left out.
        next += rule.interval * max(1, (now - next) / rule.interval + 1)
        timer?.fire(at: next)
        if run == nil { launch() }
    }

    private func launch() {
        let null = open("/dev/null", O_RDWR | O_CLOEXEC)
        guard null >= 0 else {
            claim.log.warning("rule \(claim.rule.name): /dev/null: \(String(cString: strerror(errno))) (it is tried again at the next interval)")
            return
        }
        defer { close(null) }
        var arguments: [UnsafeMutablePointer<CChar>?] = rule.arguments.map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        let process = ringlight_spawn(rule.arguments[0], &arguments, environ, [null, null, null], 3)
        guard process > 0 else {
            let path = rule.arguments[0]
            if wasFailure != true {
                let why = String(cString: strerror(-process))
                claim.log.warning(
                    "rule \(claim.rule.name): \(path): cannot be started: \(why) (check that it is installed and executable)")
            }
            take(isFailure: true, "\(path): cannot be started")
            return
        }
        watch(Run(process))
    }

    private func watch(_ run: Run) {
        do {
            run.exit = try loop.onExit(of: run.process) { code, status in
                // What it left behind; the number is still its own, since it is reaped after this.
                run.signal(SIGKILL)
                run.ended?(code, status)
                (run.exit, run.bound, run.ended) = (nil, nil, nil)
            }
            run.bound = try loop.timer(at: Clocks.monotonic + rule.timeout) { [weak run] in
                guard let run else { return }
                run.signal(run.isLate ? SIGKILL : SIGTERM)
                if !run.isLate { run.bound?.fire(at: Clocks.monotonic + Self.patience) }
                run.isLate = true
            }
        } catch {
            claim.log.warning("rule \(claim.rule.name): \(error) (it is tried again at the next interval)")
            run.signal(SIGKILL)
            if run.exit == nil { _ = ringlight_wait(run.process) }
            return
        }
        run.ended = { [weak self, weak run] code, status in
            guard let self, let run else { return }
            self.run = nil
            ended(code, status, isLate: run.isLate)
        }
        self.run = run
    }

    private func ended(_ code: Int32, _ status: Int32, isLate: Bool) {
        let path = rule.arguments[0]
        if isLate { return take(isFailure: true, "\(path): took too long") }
        if code != CLD_EXITED { return take(isFailure: true, "\(path): ended by signal \(status)") }
        take(isFailure: status != 0, "\(path): exit status \(status)")
    }

    private func take(isFailure: Bool, _ detail: String) {
        if wasFailure != isFailure { claim.log.info("rule \(claim.rule.name): \(detail)") }
        let isTurn = wasFailure != isFailure
        wasFailure = isFailure
        if isFailure == (rule.outcome == .failure) {
            // With a time of its own the claim is news: of the turn only.
            if isTurn || claim.rule.claim.lifetime.time == nil { claim.raise(detail) }
        } else if isTurn {
            claim.lower()
        }
    }
}
