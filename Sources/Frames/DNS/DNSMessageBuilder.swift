/// A DNS message to be sent (RFC 1035, 4.1): header, questions, records. Names are not compressed.
public struct DNSMessageBuilder: Hashable, Sendable {
    /// As in the question that is answered, or hard to guess.
    public var identifier: UInt16
    /// QR: an answer.
    public var isResponse = false
    /// AA: out of the server's own zone.
    public var isAuthoritative = false
    /// TC: the whole would be longer than a datagram.
    public var isTruncated = false
    /// RD: the server is to ask others.
    public var recursionDesired = false
    /// RA: the server would ask others.
    public var recursionAvailable = false
    /// RCODE: how the question ended.
    public var responseCode = DNSResponseCode.noError
    private var questions: [DNSQuestion] = []
    private var records: [DNSMessage.Section: [DNSRecord]] = [:]

    /// A message without questions, records or flags.
    public init(identifier: UInt16) { self.identifier = identifier }

    /// Adds a question, behind those that are there.
    public mutating func add(_ question: DNSQuestion) { questions.append(question) }

    /// Adds a record at the end of a section.
    public mutating func add(_ record: DNSRecord, to section: DNSMessage.Section = .answer) { records[section, default: []].append(record) }

    /// The payload of a UDP datagram.
    public var bytes: [UInt8] {
        let sections = [DNSMessage.Section.answer, .authority, .additional].map { records[$0] ?? [] }
        var message: [UInt8] = []
        message.appendBig(identifier)
        message.append(
            (isResponse ? 0x80 : 0) | (isAuthoritative ? 0x04 : 0) | (isTruncated ? 0x02 : 0) | (recursionDesired ? 0x01 : 0))
        message.append((recursionAvailable ? 0x80 : 0) | responseCode.rawValue)
        for count in [questions.count] + sections.map(\.count) { message.appendBig(UInt16(count)) }
        for question in questions {
            message += question.name.wire
            message.appendBig(question.type.rawValue)
            message.appendBig(question.recordClass)
        }
        for record in sections.joined() {
            let data = record.data.wire
            message += record.name.wire
            message.appendBig(record.type.rawValue)
            message.appendBig(record.recordClass)
            message.appendBig(record.timeToLive)
            message.appendBig(UInt16(data.count))
            message += data
        }
        return message
    }
}

extension DNSRecord.Content {
    fileprivate var wire: [UInt8] {
        var bytes: [UInt8] = []
        switch self {
        case .a(let address): bytes.appendBig(address.rawValue)
        case .aaaa(let address): bytes = address.bytes
        case .cname(let name), .ns(let name), .ptr(let name): bytes = name.wire
        case .mx(let preference, let name):
            bytes.appendBig(preference)
            bytes += name.wire
        case .srv(let priority, let weight, let port, let name):
            for field in [priority, weight, port] { bytes.appendBig(field) }
            bytes += name.wire
        case .txt(let strings):
            for string in strings.map({ $0.prefix(255) }) { bytes += [UInt8(string.count)] + string }
        case .soa(let server, let minimum):
            // The mailbox of nobody, and no times but the one that counts for a "no".
            bytes = server.wire + DNSName.root.wire + [UInt8](repeating: 0, count: 16)
            bytes.appendBig(minimum)
        case .other(let other): bytes = other
        }
        return bytes
    }
}
