/// What watches for a rule's events, from its start to its end.
protocol EventSource: AnyObject {
    func start()
    /// Ends the rule's claim as well.
    func stop()
}

/// A claim without an event: the kernel's own trigger goes on by itself.
final class StandingClaim: EventSource {
    private let claim: RuleClaim

    init(_ claim: RuleClaim) { self.claim = claim }

    func start() { claim.raise("") }
    func stop() { claim.end() }
}
