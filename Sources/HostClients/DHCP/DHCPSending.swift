import Frames

// The messages that a client sends (RFC 2131, 4.4, table 5), and when it sends them again (4.1).
extension DHCPClient {
    /// 4 s, then 8, 16, 32, 64, each one second more or less.
    mutating func retransmissionDelay(_ attempt: Int) -> Int64 {
        .seconds(4 << UInt32(min(max(attempt, 0), 4))) + .random(in: -1_000_000_000...1_000_000_000, using: &random)
    }

    private mutating func sendAgainLater(_ now: Int64) {
        retransmission = now.adding(retransmissionDelay(attempts))
        attempts += 1
    }

    /// 4.4.1.
    mutating func sendDiscovery(at now: Int64) -> [Action] {
        seconds = UInt16(clamping: (now - began) / 1_000_000_000)
        var message = message(.discover)
        if let address = configuration.requestedAddress { message.add(.requestedAddress, address) }
        addWishes(&message)
        sendAgainLater(now)
        return [.send(message.bytes, to: .broadcast)]
    }

    /// 4.3.2: in SELECTING's answer, the server and the address are options, and `ciaddr` is zero.
    mutating func sendRequest(at now: Int64) -> [Action] {
        guard let lease else { return [] }
        var message = message(.request)
        message.add(.requestedAddress, lease.address)
        message.add(.serverIdentifier, lease.server)
        addWishes(&message)
        sendAgainLater(now)
        return [.send(message.bytes, to: .broadcast)]
    }

    /// 4.3.2: the address is in `ciaddr`, and no option says it. RENEWING asks the server, REBINDING all of them.
    ///
    /// 4.4.5: again after half of what is left, but not within a minute.
    mutating func sendExtension(at now: Int64) -> [Action] {
        guard let lease, let deadline = deadlines?.next(in: state) else { return [] }
        seconds = UInt16(clamping: (now - began) / 1_000_000_000)
        var message = message(.request)
        message.clientAddress = lease.address
        message.wantsBroadcast = false
        addWishes(&message)
        attempts += 1
        let next = now.adding(max((deadline - now) / 2, .seconds(60)))
        retransmission = next < deadline ? next : nil
        return [.send(message.bytes, to: state == .renewing ? .server(lease.server) : .broadcast)]
    }

    /// 4.4.4, table 5: to everybody, since the address is not to be used.
    mutating func sendDecline(at now: Int64) -> [Action] { sendFarewell(.decline) }

    /// 4.4.6, table 5: to the server alone.
    mutating func sendRelease(at now: Int64) -> [Action] { sendFarewell(.release) }

    private mutating func sendFarewell(_ kind: DHCPMessage.Kind) -> [Action] {
        guard let lease else { return [] }
        transaction = .random(in: .min ... .max, using: &random)
        seconds = 0
        var message = message(kind)
        message.wantsBroadcast = false
        if kind == .decline { message.add(.requestedAddress, lease.address) } else { message.clientAddress = lease.address }
        message.add(.serverIdentifier, lease.server)
        return [.send(message.bytes, to: kind == .decline ? .broadcast : .server(lease.server))]
    }

    /// What every message has. The client identifier is the same in all of them (RFC 2131, 2; RFC 2132, 9.14).
    private func message(_ kind: DHCPMessage.Kind) -> DHCPMessageBuilder {
        var message = DHCPMessageBuilder(kind, transaction: transaction, hardwareAddress: configuration.hardwareAddress)
        message.seconds = seconds
        message.wantsBroadcast = configuration.wantsBroadcast
        message.add(.clientIdentifier, [1] + configuration.hardwareAddress.bytes)
        return message
    }

    private func addWishes(_ message: inout DHCPMessageBuilder) {
        let wanted: [DHCPOptionCode] = [
            .subnetMask, .router, .domainNameServer, .domainName, .interfaceMTU, .leaseTime, .renewalTime, .rebindingTime,
        ]
        message.add(.parameterRequestList, wanted.map(\.rawValue))
        message.add(.maximumMessageSize, number: 1500 as UInt16)
        if let name = configuration.hostName, !name.isEmpty { message.add(.hostName, Array(name.utf8.prefix(255))) }
    }
}
