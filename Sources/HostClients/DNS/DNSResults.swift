import Frames

/// The addresses of a name.
public struct DNSAnswer: Hashable, Sendable {
    /// The name that has them: the one that was asked for, or the last of its aliases.
    public let name: DNSName
    /// In the server's order, each once; at least one, at most `mostAddresses`.
    public let addresses: [IPAddress]
    /// How long it may be kept: the shortest time of all records that led here, in seconds.
    public let timeToLive: UInt32

    public static let mostAddresses = 64

    public init(name: DNSName, addresses: [IPAddress], timeToLive: UInt32) {
        (self.name, self.addresses, self.timeToLive) = (name, addresses, timeToLive)
    }
}

/// Why there is no answer.
public enum DNSFailure: Error, Hashable, Sendable {
    /// There is no such name (NXDOMAIN): the one that was asked for, or an alias of it.
    case noSuchName(DNSName)
    /// The name exists, and has no addresses of this kind (RFC 2308, 2.2).
    case noAddresses(DNSName)
    /// No server answered.
    case timedOut
    /// All servers that answered could not: the last one, and what it said.
    case serverFailed(DNSClient.Server, DNSResponseCode)
    /// A server does not ask others for us: it names those that would know (RFC 1034, 4.3.1).
    case notRecursive(DNSClient.Server)
    /// The answer is longer than a datagram.
    case truncated(DNSClient.Server)
    /// Aliases that lead to each other.
    case loop(DNSName)
    /// More than `DNSClient.longestChain` aliases in a row.
    case chainTooLong(DNSName)
    case noServers
    case cancelled
}

extension DNSFailure: CustomStringConvertible {
    public var description: String {
        switch self {
        case .noSuchName(let name): "\(name): there is no such name (check its spelling)"
        case .noAddresses(let name): "\(name): it has no address of this kind (ask for the other: A or AAAA)"
        case .timedOut: "no server answered (check the servers' addresses and the way to them)"
        case .serverFailed(let server, let code): "\(server): could not answer: \(code) (ask another server)"
        case .notRecursive(let server): "\(server): does not ask other servers for its clients (ask one that does)"
        case .truncated(let server): "\(server): the answer is longer than a datagram (ask for less, or over TCP with another program)"
        case .loop(let name): "\(name): its aliases lead back to each other (tell the owner of the zone)"
        case .chainTooLong(let name): "\(name): more than \(DNSClient.longestChain) aliases in a row (tell the owner of the zone)"
        case .noServers: "there is no server to ask (give one)"
        case .cancelled: "given up"
        }
    }
}

extension DNSClient.Server: CustomStringConvertible {
    public var description: String {
        guard port != DNSMessage.port else { return "\(address)" }
        return if case .v6 = address { "[\(address)]:\(port)" } else { "\(address):\(port)" }
    }
}

/// Why a message that came was not taken. It changes nothing: the right one may still come (RFC 5452, 9.1).
public enum DNSRefusal: Error, Hashable, Sendable {
    /// It came to another port than the question was sent from.
    case otherPort(UInt16)
    /// It came from somebody that was not asked.
    case otherServer(DNSClient.Server)
    /// Not a DNS message, or one that is damaged.
    case malformed
    /// A question, or an operation that is no query.
    case notAResponse
    case otherIdentifier(UInt16)
    /// An answer to something else.
    case otherQuestion
}

extension DNSRefusal: CustomStringConvertible {
    public var description: String {
        switch self {
        case .otherPort(let port): "an answer to port \(port), from which nothing was asked"
        case .otherServer(let server): "an answer from \(server), which was not asked"
        case .malformed: "a message that is no DNS, or damaged"
        case .notAResponse: "a message that is no answer"
        case .otherIdentifier(let identifier): "an answer with the identifier \(identifier), which was not sent"
        case .otherQuestion: "an answer to another question"
        }
    }
}
