import Frames

/// One question to the domain name system: which addresses does a name have? (RFC 1035; a stub resolver of RFC 1123, 6.1.3.1.)
///
/// No clock and no socket of its own: what happened comes in with its time, in nanoseconds of a clock that does not jump, and what is to
/// be done comes out. Call `handle(.timer, at:)` at `nextDeadline`. For addresses of both kinds, have two clients, each with its port.
///
///     var client = DNSClient(name, .a, DNSClient.Configuration(servers: [server]), sourcePort: port)
///     perform(client.handle(.start, at: now))
///
/// The source port and the identifier are all that a forger off the path has to guess (RFC 5452, 4 and 9.2): the caller takes a port at
/// random, and one socket for this question alone.
///
/// Not done here: TCP after a truncated answer, search lists, names beyond ASCII, `localhost`, a cache. Names with a dot at the end and
/// without are the same.
public struct DNSClient: Sendable {
    public struct Server: Hashable, Sendable {
        public let address: IPAddress
        public let port: UInt16

        public init(_ address: IPAddress, port: UInt16 = DNSMessage.port) { (self.address, self.port) = (address, port) }
    }

    /// Which addresses are wanted.
    public enum Family: Hashable, Sendable {
        case a, aaaa

        public var type: DNSRecordType { self == .a ? .a : .aaaa }
    }

    public struct Configuration: Sendable {
        /// The preferred one first; each is asked in each round, until it has said that it cannot answer.
        public var servers: [Server]
        /// Nanoseconds that a server has in the first round; in each further one twice as long (RFC 1035, 4.2.1; RFC 1536, 2).
        public var timeout: Int64 = 2_000_000_000
        /// 1...`mostRounds`; others count as the nearest of these.
        public var rounds = 3
        /// Nanoseconds for everything, aliases included.
        public var longestTime: Int64 = 30_000_000_000

        public init(servers: [Server]) { self.servers = servers }
    }

    public enum Event: Sendable {
        /// Ask. Only the first one counts.
        case start
        /// `nextDeadline` has come. Any other event does as well.
        case timer
        /// The payload of a datagram, where it came from, and the port that it came to.
        case received([UInt8], from: Server, to: UInt16)
        /// The answer is not needed any more.
        case cancel
    }

    public enum Action: Hashable, Sendable {
        /// The payload of a datagram, from `sourcePort`.
        case send([UInt8], to: Server)
        /// The last action: nothing follows.
        case finish(Result<DNSAnswer, DNSFailure>)
    }

    /// Names between a name and its addresses, at most: more is a mistake or malice.
    public static let longestChain = 16

    public static let mostRounds = 100

    public let family: Family
    public let configuration: Configuration
    public let sourcePort: UInt16
    /// The question's name, then its aliases' as they were followed.
    public internal(set) var chain: [DNSName]
    /// `nil` until it is known.
    public internal(set) var result: Result<DNSAnswer, DNSFailure>?
    /// Why the last message was not taken, and how many were not: many of them are an attack (RFC 5452, 9.3).
    public internal(set) var lastRefusal: DNSRefusal?
    public internal(set) var refusalCount = 0

    var random: any RandomNumberGenerator & Sendable
    var isStarted = false
    var identifier: UInt16 = 0
    /// Who has been asked the present question.
    var asked: Set<Server> = []
    /// Who has said that it cannot answer it, and how.
    var failures: [Server: DNSFailure] = [:]
    /// Turns that have been used: one is a server in a round. Whose is the first one.
    var turn = 0
    var firstServer = 0
    var turnEnd: Int64?
    var end: Int64 = .max
    /// The shortest time of the aliases that were followed, in seconds.
    var timeToLive: UInt32 = .max

    /// - Parameters:
    ///   - sourcePort: chosen by the caller, at random (RFC 6056).
    ///   - random: for identifiers.
    public init(
        _ name: DNSName, _ family: Family, _ configuration: Configuration, sourcePort: UInt16,
        random: any RandomNumberGenerator & Sendable = SystemRandomNumberGenerator()
    ) {
        (self.family, self.configuration, self.sourcePort, self.random) = (family, configuration, sourcePort, random)
        chain = [name]
    }

    /// When `timer` has something to do; `nil` for never.
    public var nextDeadline: Int64? { result == nil ? turnEnd.map { min($0, end) } : nil }

    /// Takes what happened.
    ///
    /// - Parameters:
    ///   - event: what; what is over by now is dealt with before it.
    ///   - now: nanoseconds, never less than the time before.
    /// - Returns: what is to be done, in this order.
    public mutating func handle(_ event: Event, at now: Int64) -> [Action] {
        var actions = advance(now)
        guard result == nil else { return actions }
        switch event {
        case .timer: break
        case .start:
            guard !isStarted else { break }
            isStarted = true
            end = now.adding(configuration.longestTime)
            actions += ask(at: now)
        case .received(let message, let server, let port): actions += receive(message, from: server, to: port, at: now)
        case .cancel: actions += finish(.failure(.cancelled))
        }
        return actions
    }

    private mutating func advance(_ now: Int64) -> [Action] {
        guard result == nil, let deadline = nextDeadline, deadline <= now else { return [] }
        return end <= now ? finish(.failure(lastFailure)) : nextTurn(at: now)
    }
}
