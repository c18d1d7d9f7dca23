import Frames

// What a client takes of what it hears (RFC 2131, 4.4.1, 4.4.5 and table 3). Anybody on the wire may have sent it.
extension DHCPClient {
    mutating func receive(_ payload: [UInt8], at now: Int64) -> [Action] {
        do throws(DHCPRefusal) {
            return try take(payload, at: now)
        } catch {
            lastRefusal = error
            refusalCount += 1
            return []
        }
    }

    private mutating func take(_ payload: [UInt8], at now: Int64) throws(DHCPRefusal) -> [Action] {
        guard let message = DHCPMessage(checking: payload.span.bytes) else { throw .malformed }
        guard message.operation == .reply else { throw .notAReply }
        let kind = message.kind
        guard [.selecting, .requesting, .renewing, .rebinding].contains(state) else { throw .unexpected(kind) }
        guard message.transaction == transaction else { throw .otherTransaction(message.transaction) }
        guard message.hardwareAddress == configuration.hardwareAddress else { throw .otherStation(message.hardwareAddress) }
        switch (kind, state) {
        case (.offer, .selecting): return request(try DHCPLease(message), at: now)
        case (.ack, .requesting): return probe(try acknowledged(message))
        case (.ack, .renewing), (.ack, .rebinding):
            accept(try acknowledged(message))
            return bind()
        case (.nak, .requesting), (.nak, .renewing), (.nak, .rebinding):
            try checkServer(DHCPOptionValues(message).server)
            return denied(at: now)
        default: throw .unexpected(kind)
        }
    }

    /// The lease that was asked for, from whom it was asked for.
    private func acknowledged(_ message: borrowing DHCPMessage) throws(DHCPRefusal) -> DHCPLease {
        let given = try DHCPLease(message)
        try checkServer(given.server)
        guard given.address == lease?.address else { throw .otherAddress(given.address) }
        return given
    }

    /// In REBINDING any server may answer (4.4.5); else it is the one that was asked.
    private func checkServer(_ server: IPv4Address?) throws(DHCPRefusal) {
        guard let server, server.isHost else { throw .noServer }
        guard state == .rebinding || server == lease?.server else { throw .otherServer(server) }
    }
}
