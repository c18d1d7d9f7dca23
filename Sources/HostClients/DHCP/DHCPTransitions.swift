import Frames

// What leads from one state to the next (RFC 2131, 4.4, figure 5).
extension DHCPClient {
    /// Does what is due: each state has one deadline, and is left or waits anew when it has come.
    mutating func advance(_ now: Int64) -> [Action] {
        var actions: [Action] = []
        while let deadlines, let deadline = deadlines.next(in: state), deadline <= now {
            switch state {
            case .bound: actions += extend(.renewing, at: now)
            case .renewing: actions += extend(.rebinding, at: now)
            default: actions += lose(.expired) + begin(after: 0, at: now)
            }
        }
        guard let time = retransmission, time <= now else { return actions }
        switch state {
        case .initial: actions += discover(at: now)
        case .selecting: actions += sendDiscovery(at: now)
        // 3.1, step 5: four times, a minute in all; then from the start.
        case .requesting: actions += attempts < 4 ? sendRequest(at: now) : discover(at: now)
        case .renewing, .rebinding: actions += sendExtension(at: now)
        case .stopped, .probing, .bound: retransmission = nil
        }
        return actions
    }

    /// INIT: at once, or after some time.
    mutating func begin(after delay: Int64, at now: Int64) -> [Action] {
        forget()
        state = .initial
        guard delay > 0 else { return discover(at: now) }
        retransmission = now.adding(delay)
        return []
    }

    /// 4.4.1: to SELECTING.
    private mutating func discover(at now: Int64) -> [Action] {
        forget()
        state = .selecting
        newExchange(at: now)
        return sendDiscovery(at: now)
    }

    /// 4.4.1: to REQUESTING, with the numbers of the discovery.
    mutating func request(_ offer: DHCPLease, at now: Int64) -> [Action] {
        state = .requesting
        lease = offer
        requested = now
        attempts = 0
        return sendRequest(at: now)
    }

    /// 3.1, step 5: before a new address is used, it is looked for.
    mutating func probe(_ acknowledged: DHCPLease) -> [Action] {
        accept(acknowledged)
        state = .probing
        return [.probe(acknowledged.address)]
    }

    /// To BOUND; from an extension without a probe.
    mutating func bind() -> [Action] {
        guard let lease else { return [] }
        state = .bound
        (denials, conflicts) = (0, 0)
        return [.configure(lease)]
    }

    mutating func accept(_ acknowledged: DHCPLease) {
        lease = acknowledged
        retransmission = nil
        deadlines = DHCPDeadlines(acknowledged, requested: requested, using: &random)
    }

    /// 4.4.5: to RENEWING or REBINDING, with a new exchange.
    private mutating func extend(_ next: State, at now: Int64) -> [Action] {
        state = next
        newExchange(at: now)
        requested = now
        // One whose turn is over by now goes straight on.
        guard let deadline = deadlines?.next(in: next), deadline > now else { return [] }
        return sendExtension(at: now)
    }

    /// 3.1, step 4: the address is not to be used, from the start again. At once; when it happens again, later and later.
    mutating func denied(at now: Int64) -> [Action] {
        denials += 1
        let delay = denials == 1 ? 0 : retransmissionDelay(denials - 2)
        return lose(.denied) + begin(after: delay, at: now)
    }

    /// 4.4.1, and 3.1, step 5: not before ten seconds are over; after ten conflicts a minute (RFC 5227, 2.1.1: MAX_CONFLICTS).
    mutating func decline(at now: Int64) -> [Action] {
        guard isUsable || state == .probing else { return [] }
        conflicts += 1
        let farewell = sendDecline(at: now)
        return farewell + lose(.conflict) + begin(after: .seconds(conflicts > 10 ? 60 : 10), at: now)
    }

    /// 4.4.6.
    mutating func release(at now: Int64) -> [Action] { (isUsable ? sendRelease(at: now) : []) + stop() }

    mutating func stop() -> [Action] {
        let actions = lose(.stopped)
        forget()
        state = .stopped
        return actions
    }

    /// The caller uses the address.
    private var isUsable: Bool { [.bound, .renewing, .rebinding].contains(state) }

    private func lose(_ reason: Reason) -> [Action] { isUsable ? [.deconfigure(reason)] : [] }

    private mutating func forget() { (lease, deadlines, retransmission) = (nil, nil, nil) }

    private mutating func newExchange(at now: Int64) {
        transaction = .random(in: .min ... .max, using: &random)
        (began, seconds, attempts) = (now, 0, 0)
    }
}
