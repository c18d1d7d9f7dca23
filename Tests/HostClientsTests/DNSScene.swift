import Frames
import HostClients
import TestSupport

/// A client, its time, and servers' answers.
struct DNSScene {
    static let second: Int64 = 1_000_000_000
    static let first = DNSClient.Server(.v4(IPv4Address("10.0.2.3")!))
    static let spare = DNSClient.Server(.v6(IPv6Address("fec0::3")!))
    static let port: UInt16 = 40_000
    static let name = DNSName("www.example.com")!
    static let address = IPv4Address("192.0.2.1")!

    var client: DNSClient
    var now: Int64 = 500 * second
    /// All that has been asked, when, and whom.
    var sent: [(time: Int64, identifier: UInt16, question: DNSQuestion?, server: DNSClient.Server)] = []

    init(
        _ name: DNSName = name, _ family: DNSClient.Family = .a, servers: [DNSClient.Server] = [first, spare], seed: UInt64 = 1,
        _ change: (inout DNSClient.Configuration) -> Void = { _ in }
    ) {
        var configuration = DNSClient.Configuration(servers: servers)
        change(&configuration)
        client = DNSClient(name, family, configuration, sourcePort: Self.port, random: SplitMix(seed: seed))
    }

    @discardableResult
    mutating func handle(_ event: DNSClient.Event) -> [DNSClient.Action] {
        let actions = client.handle(event, at: now)
        for case .send(let bytes, let server) in actions {
            guard let message = DNSMessage(checking: bytes.span.bytes) else { continue }
            var sections = message.sections
            sent.append((now, message.identifier, sections.nextQuestion(), server))
        }
        return actions
    }

    @discardableResult
    mutating func pass() -> [DNSClient.Action] {
        now = max(now, client.nextDeadline ?? now)
        return handle(.timer)
    }

    /// Lets the time go on until there is a result, but not for ever; the last actions.
    @discardableResult
    mutating func passAll() -> [DNSClient.Action] {
        var last: [DNSClient.Action] = []
        for _ in 0..<1_000 where client.result == nil { last = pass() }
        return last
    }

    /// A right answer to the last question, with these records, changed.
    func answer(_ records: [DNSRecord] = [], _ change: (inout DNSMessageBuilder) -> Void = { _ in }) -> [UInt8] {
        var message = DNSMessageBuilder(identifier: sent.last?.identifier ?? 0)
        (message.isResponse, message.recursionDesired, message.recursionAvailable) = (true, true, true)
        if let question = sent.last?.question { message.add(question) }
        for record in records { message.add(record) }
        change(&message)
        return message.bytes
    }

    /// Hands in an answer of the server that was asked last.
    @discardableResult
    mutating func receive(_ message: [UInt8], from server: DNSClient.Server? = nil, to port: UInt16 = port) -> [DNSClient.Action] {
        handle(.received(message, from: server ?? sent.last?.server ?? Self.first, to: port))
    }

    static func a(_ name: DNSName = name, _ address: IPv4Address = address, seconds: UInt32 = 300) -> DNSRecord {
        DNSRecord(name: name, type: .a, timeToLive: seconds, data: .a(address))
    }

    static func cname(_ name: String, _ target: String, seconds: UInt32 = 300) -> DNSRecord {
        DNSRecord(name: DNSName(name)!, type: .cname, timeToLive: seconds, data: .cname(DNSName(target)!))
    }

    static let soa = DNSRecord(name: DNSName("example.com")!, type: .soa, timeToLive: 60, data: .soa(server: .root, minimum: 60))
    static let ns = DNSRecord(name: DNSName("example.com")!, type: .ns, timeToLive: 60, data: .ns(DNSName("ns.example.com")!))
}
