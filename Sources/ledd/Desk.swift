import Clocks
import LightClaims
import Logging
import Systemd

/// Takes claims in, has the arbiter decide, and the lights show it.
final class Desk: LightDesk {
    /// Called with each change, for those who watch.
    var onNews: (Reply) -> Void = { _ in }
    /// Called with each claim that has ended, for those who wait for it.
    var onEnd: (ClaimName, Reply) -> Void = { _, _ in }

    private let ports: [String: LightPort]
    private let log: Logger
    private var arbiter = Arbiter()
    private var timer: EventWatch?
    private var names: UInt64 = 0

    init(ports: [String: LightPort], loop: EventLoop, log: Logger) throws(SystemdError) {
        (self.ports, self.log) = (ports, log)
        timer = try loop.timer(at: nil) { [weak self] in
            guard let self else { return }
            carryOut(arbiter.advance(now: Daemon.now))
        }
        for (light, port) in ports {
            port.onBegin = { [weak self] in self?.began($0, on: light, at: $1) }
            port.onHide = { [weak self] in self?.hid($0, on: light, at: $1) }
        }
    }

    var claims: [ClaimState] { arbiter.claims.map(state) }

    func shownClaim(on light: String) -> String? { arbiter.showing(light)?.claim.id }

    /// An id for a claim that has none.
    func newName() -> String {
        names += 1
        return "claim-\(names)"
    }

    /// - Parameter isAwaited: somebody waits for its end, or for that of one of its name.
    func claim(_ claim: Claim, owner: Arbiter.Owner, isAwaited: Bool = false) throws(ClaimError) {
        carryOut(try arbiter.claim(claim, owner: owner, isAwaited: isAwaited, now: Daemon.now))
    }

    func claim(_ claim: Claim) {
        do throws(ClaimError) {
            try self.claim(claim, owner: .rules)
        } catch {
            log.warning("\(claim.source): \(claim.id): \(error)")
        }
    }

    func release(id: String) { release(id: id, source: nil, light: nil) }

    /// - Returns: how many claims ended.
    @discardableResult
    func release(id: String?, source: String?, light: String?) -> Int {
        let changes = arbiter.release(id: id, source: source, light: light, now: Daemon.now)
        carryOut(changes)
        return changes.count { if case .ended(_, .released) = $0 { true } else { false } }
    }

    func disconnect(_ owner: Arbiter.Owner) { carryOut(arbiter.disconnect(owner, now: Daemon.now)) }

    private func carryOut(_ changes: [Arbiter.Change]) {
        // Lights first; and of several showings that follow each other at once, only the last.
        for (light, showing) in Self.lastShowings(changes) {
            ports[light]?.show(showing)
        }
        for case .extended(let claim) in changes where arbiter.showing(claim.light)?.claim.id == claim.id { ports[claim.light]?.reassert() }
        for change in changes { tell(change) }
        timer?.fire(at: arbiter.nextDeadline)
    }

    private func began(_ showing: Arbiter.Showing, on light: String, at time: Int64) {
        arbiter.began(showing.generation, light: light, at: time)
        timer?.fire(at: arbiter.nextDeadline)
    }

    private func hid(_ showing: Arbiter.Showing, on light: String, at time: Int64) -> Arbiter.Showing? {
        defer { timer?.fire(at: arbiter.nextDeadline) }
        return arbiter.hid(showing.generation, light: light, at: time)
    }

    private static func lastShowings(_ changes: [Arbiter.Change]) -> [(String, Arbiter.Showing?)] {
        var last: [(String, Arbiter.Showing?)] = []
        for case .shows(let light, let showing) in changes {
            last.removeAll { $0.0 == light }
            last.append((light, showing))
        }
        return last
    }

    private func tell(_ change: Arbiter.Change) {
        var news = Reply()
        news.time = Clocks.rfc3339(Clocks.realtime)
        switch change {
        case .claimed(let claim):
            news.event = Reply.News.claimed.rawValue
            news.claim = state(claim)
        case .extended(let claim):
            news.event = Reply.News.extended.rawValue
            news.claim = state(claim)
        case .ended(let claim, let reason):
            (news.event, news.reason) = (Reply.News.ended.rawValue, reason.rawValue)
            news.claim = state(claim)
            onEnd(ClaimName(claim), news)
        case .shows(let light, let showing):
            news.event = Reply.News.shows.rawValue
            news.light = LightState(name: light, on: nil, claim: showing?.claim.id, trouble: ports[light]?.trouble)
        }
        onNews(news)
    }

    private func state(_ claim: Claim) -> ClaimState {
        ClaimState(
            claim, shown: arbiter.showing(claim.light)?.claim.id == claim.id,
            left: claim.lifetime.time == nil ? nil : arbiter.deadline(of: claim).map { $0 - Daemon.now })
    }
}
