import Frames

/// What an answer says about its question (RFC 1034, 4.3.1 and 5.3.3).
enum DNSReply: Hashable {
    /// The addresses, the aliases passed on the way, and the shortest time of all these records, in seconds.
    case addresses([IPAddress], aliases: [DNSName], UInt32)
    /// Aliases, and no more about the last of them: it has to be asked for.
    case alias([DNSName], UInt32)
    /// The name, or its last alias, exists without such addresses; or does not exist.
    case noAddresses(DNSName)
    case noSuchName(DNSName)
    case truncated
    case failed(DNSResponseCode)
    /// The server names others instead.
    case notRecursive

    /// - Throws: when the message is not the answer to this question.
    init(_ payload: [UInt8], to question: DNSQuestion, identifier: UInt16) throws(DNSRefusal) {
        guard let message = DNSMessage(checking: payload.span.bytes) else { throw .malformed }
        guard message.isResponse, message.opcode == 0 else { throw .notAResponse }
        guard message.identifier == identifier else { throw .otherIdentifier(message.identifier) }
        let code = message.responseCode
        let isFailure = code != .noError && code != .nameError
        var sections = message.sections
        if message.questionCount == 0 {
            // A server that did not understand the question may not repeat it.
            guard isFailure else { throw .otherQuestion }
        } else {
            guard let repeated = sections.nextQuestion() else { throw .malformed }
            guard message.questionCount == 1, repeated == question else { throw .otherQuestion }
        }
        if isFailure {
            self = .failed(code)
            return
        }
        if message.isTruncated {
            self = .truncated
            return
        }
        var records = DNSRecords(type: question.type)
        while let (section, record) = sections.nextRecord() { records.add(record, section) }
        guard !sections.isMalformed else { throw .malformed }
        let found = records.follow(question.name)
        if !found.addresses.isEmpty {
            self = .addresses(found.addresses, aliases: found.aliases, found.seconds)
        } else if code == .nameError {
            // Of the last alias, if there are some (RFC 6604, 3).
            self = .noSuchName(found.aliases.last ?? question.name)
        } else if records.hasStartOfAuthority {
            self = .noAddresses(found.aliases.last ?? question.name)
        } else if !found.aliases.isEmpty {
            self = .alias(found.aliases, found.seconds)
        } else if records.hasNameServers, !message.isAuthoritative, !message.recursionAvailable {
            self = .notRecursive
        } else {
            self = .noAddresses(question.name)
        }
    }
}

/// The records of an answer that matter to a question for addresses.
private struct DNSRecords {
    /// `a` or `aaaa`: the other addresses were not asked for.
    private let type: DNSRecordType
    private var addresses: [DNSName: [(IPAddress, UInt32)]] = [:]
    /// A name has one alias (RFC 1034, 3.6.2): the first counts.
    private var aliases: [DNSName: (DNSName, UInt32)] = [:]
    /// In the authority section: what the answer is a "no" of, or whom it refers to (RFC 2308, 2.2).
    private(set) var hasStartOfAuthority = false
    private(set) var hasNameServers = false

    init(type: DNSRecordType) { self.type = type }

    mutating func add(_ record: DNSRecord, _ section: DNSMessage.Section) {
        guard record.recordClass == 1 else { return }
        switch (section, record.data) {
        case (.answer, .a(let address)) where type == .a: addresses[record.name, default: []].append((.v4(address), record.timeToLive))
        case (.answer, .aaaa(let address)) where type == .aaaa: addresses[record.name, default: []].append((.v6(address), record.timeToLive))
        case (.answer, .cname(let alias)): if aliases[record.name] == nil { aliases[record.name] = (alias, record.timeToLive) }
        case (.authority, .soa): hasStartOfAuthority = true
        case (.authority, .ns): hasNameServers = true
        // Additional records answer nothing that was asked.
        default: break
        }
    }

    /// From a name over its aliases to addresses. Ends at a name that is not in the answer, and in a loop when it is too long.
    func follow(_ start: DNSName) -> (addresses: [IPAddress], aliases: [DNSName], seconds: UInt32) {
        var (name, passed, seconds): (DNSName, [DNSName], UInt32) = (start, [], .max)
        while addresses[name] == nil, let (alias, time) = aliases[name], passed.count <= DNSClient.longestChain {
            passed.append(alias)
            seconds = min(seconds, time)
            name = alias
        }
        var found: [IPAddress] = []
        for (address, time) in addresses[name] ?? [] where found.count < DNSAnswer.mostAddresses && !found.contains(address) {
            found.append(address)
            seconds = min(seconds, time)
        }
        return (found, passed, seconds)
    }
}
