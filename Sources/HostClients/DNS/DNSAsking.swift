import Frames

// Whom to ask, and when to ask the next one (RFC 1035, 7.2).
extension DNSClient {
    var question: DNSQuestion { DNSQuestion(name: chain[chain.count - 1], type: family.type) }

    /// Asks for the last name of the chain. An identifier of its own: an answer to the question before is of no use.
    mutating func ask(at now: Int64) -> [Action] {
        identifier = .random(in: .min ... .max, using: &random)
        (asked, failures, turn) = ([], [:], 0)
        return send(at: now)
    }

    mutating func nextTurn(at now: Int64) -> [Action] {
        turn += 1
        return send(at: now)
    }

    /// The same question again has the same identifier: more of them in flight would be more to guess right (RFC 5452, 5).
    private mutating func send(at now: Int64) -> [Action] {
        let count = configuration.servers.count
        guard count > 0 else { return finish(.failure(.noServers)) }
        let turns = count * min(max(1, configuration.rounds), Self.mostRounds)
        // Those that cannot answer are passed over: a turn costs no time then.
        while turn < turns, failures[server] != nil { turn += 1 }
        guard turn < turns else { return finish(.failure(lastFailure)) }
        asked.insert(server)
        let (wait, overflow) = max(1, configuration.timeout).multipliedReportingOverflow(by: 1 << Int64(min(turn / count, 10)))
        turnEnd = now.adding(overflow ? .max : wait)
        return [.send(DNSMessage.query(question, identifier: identifier), to: server)]
    }

    /// Whose turn it is.
    var server: Server { configuration.servers[(firstServer + turn) % configuration.servers.count] }

    /// Of the servers that answered, the most preferred one's.
    var lastFailure: DNSFailure { configuration.servers.lazy.compactMap { failures[$0] }.first ?? .timedOut }

    mutating func finish(_ result: Result<DNSAnswer, DNSFailure>) -> [Action] {
        self.result = result
        turnEnd = nil
        return [.finish(result)]
    }
}
