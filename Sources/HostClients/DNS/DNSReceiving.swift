import Frames

// What a client takes of what it hears (RFC 5452, 9.1). Anybody may have sent it.
extension DNSClient {
    mutating func receive(_ payload: [UInt8], from server: Server, to port: UInt16, at now: Int64) -> [Action] {
        let reply: DNSReply
        do throws(DNSRefusal) {
            guard port == sourcePort else { throw .otherPort(port) }
            guard asked.contains(server) else { throw .otherServer(server) }
            reply = try DNSReply(payload, to: question, identifier: identifier)
        } catch {
            lastRefusal = error
            refusalCount += 1
            return []
        }
        switch reply {
        case .addresses(let addresses, let aliases, let seconds):
            if let failure = follow(aliases) { return finish(.failure(failure)) }
            let answer = DNSAnswer(name: chain[chain.count - 1], addresses: addresses, timeToLive: min(seconds, timeToLive))
            return finish(.success(answer))
        case .alias(let aliases, let seconds):
            if let failure = follow(aliases) { return finish(.failure(failure)) }
            timeToLive = min(timeToLive, seconds)
            // Who knew this is the first to be asked for more.
            firstServer = configuration.servers.firstIndex(of: server) ?? 0
            return ask(at: now)
        case .noAddresses(let name): return finish(.failure(.noAddresses(name)))
        case .noSuchName(let name): return finish(.failure(.noSuchName(name)))
        case .truncated: return finish(.failure(.truncated(server)))
        case .failed(let code): return fail(.serverFailed(server, code), server, at: now)
        case .notRecursive: return fail(.notRecursive(server), server, at: now)
        }
    }

    /// One that is late, when another's turn has come, does not end that turn.
    private mutating func fail(_ failure: DNSFailure, _ server: Server, at now: Int64) -> [Action] {
        failures[server] = failure
        return self.server == server ? nextTurn(at: now) : []
    }

    private mutating func follow(_ aliases: [DNSName]) -> DNSFailure? {
        for alias in aliases {
            guard !chain.contains(alias) else { return .loop(chain[0]) }
            guard chain.count <= Self.longestChain else { return .chainTooLong(chain[0]) }
            chain.append(alias)
        }
        return nil
    }
}
