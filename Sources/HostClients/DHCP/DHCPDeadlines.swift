/// When a lease is to be renewed, rebound and given up (RFC 2131, 4.4.5).
struct DHCPDeadlines: Hashable, Sendable {
    let renewal: Int64
    let rebinding: Int64
    let expiry: Int64

    /// - Returns: `nil` for a lease without an end.
    ///
    /// - Parameter requested: when the lease was asked for.
    init?(_ lease: DHCPLease, requested: Int64, using random: inout some RandomNumberGenerator) {
        guard let duration = lease.duration else { return nil }
        expiry = requested.adding(.seconds(duration))
        // "With some random fuzz", so that hosts that started together do not ask together.
        func fuzzed(_ seconds: UInt32) -> Int64 {
            let time = Int64.seconds(seconds)
            return requested.adding(time - .random(in: 0...(time / 32), using: &random))
        }
        renewal = fuzzed(lease.renewalTime)
        rebinding = max(renewal, fuzzed(lease.rebindingTime))
    }

    /// The next one that matters.
    func next(in state: DHCPClient.State) -> Int64? {
        switch state {
        case .bound: renewal
        case .renewing: rebinding
        case .rebinding, .probing: expiry
        case .stopped, .initial, .selecting, .requesting: nil
        }
    }
}
