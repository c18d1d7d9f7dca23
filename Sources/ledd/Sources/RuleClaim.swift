import Clocks
import LightClaims
import Logging
import Systemd

/// The one claim of a rule: a storm of events is a steady pattern.
final class RuleClaim {
    let rule: Rule
    let log: Logger
    private var gate = ClaimGate()
    private weak var desk: (any LightDesk)?
    private let loop: EventLoop
    /// Made when it is first wanted: most rules never wait.
    private var timer: EventWatch?

    init(_ rule: Rule, desk: (any LightDesk)?, loop: EventLoop, log: Logger) {
        (self.rule, self.desk, self.loop, self.log) = (rule, desk, loop, log)
    }

    /// It happened, or goes on: begins the claim, or lets it last longer.
    func raise(_ detail: String) { hand(gate.take(.claim(detail), now: Clocks.monotonic)) }

    /// It is over.
    func lower() { hand(gate.take(.release, now: Clocks.monotonic)) }

    /// The rule is gone.
    func end() {
        if gate.end() { desk?.release(id: rule.claim.id) }
        timer = nil
    }

    private func hand(_ wish: ClaimGate.Wish?) {
        switch wish {
        case .claim(let detail): desk?.claim(rule.claim(about: detail))
        case .release: desk?.release(id: rule.claim.id)
        case nil: break
        }
        guard let deadline = gate.deadline else { return }
        if let timer {
            timer.fire(at: deadline)
            return
        }
        do {
            timer = try loop.timer(at: deadline) { [weak self] in
                guard let self else { return }
                hand(gate.advance(now: Clocks.monotonic))
            }
        } catch {
            log.error("rule \(rule.name): \(error) (an event of it may show too briefly)")
        }
    }
}
