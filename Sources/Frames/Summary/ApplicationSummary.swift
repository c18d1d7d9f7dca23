// What UDP carries, in a few words: DHCP and DNS.
extension FrameSummary {
    /// RFC 2131, 2. What tcpdump says only with `-v`, the kind of message and what it is about, stands at the end.
    static func dhcp(_ bytes: RawSpan, _ length: Int) -> String {
        let message: DHCPMessage
        do throws(HeaderFault) {
            message = try DHCPMessage(header: bytes)
        } catch .cut {
            return "BOOTP/DHCP, [|bootp], length \(length)"
        } catch {
            return "BOOTP, length \(length)"
        }
        let text =
            switch message.operation {
            case .request: "BOOTP/DHCP, Request from \(message.hardwareAddress), length \(length)"
            case .reply: "BOOTP/DHCP, Reply, length \(length)"
            case nil: "BOOTP/DHCP, unknown (\(bytes.byte(0))), length \(length)"
            }
        guard let kind = message.kind else { return text }
        let about: IPv4Address? =
            switch kind {
            case .offer, .ack: message.yourAddress
            case .release, .inform: message.clientAddress
            default: address(message.value(.requestedAddress)) ?? (message.clientAddress == .any ? nil : message.clientAddress)
            }
        let server = address(message.value(.serverIdentifier)).map { " server \($0)" } ?? ""
        return "\(text): \(kind.name)\(about.map { " \($0)" } ?? "")\(server)"
    }

    private static func address(_ value: [UInt8]?) -> IPv4Address? {
        guard let value, value.count == 4 else { return nil }
        return IPv4Address(rawValue: value.span.bytes.big32(0))
    }

    /// Records of an answer that are said: a longer one is not for a line.
    private static let mostRecords = 8

    /// RFC 1035, 4.1. The marks are tcpdump's: a query with `+` wants recursion; an answer has `*` from the zone's own server, `-` without
    /// recursion, `|` cut short, `$` authenticated; records by section; bytes.
    static func dns(_ bytes: RawSpan, _ length: Int) -> String {
        guard let message = DNSMessage(checking: bytes) else { return "[|domain]" }
        var sections = message.sections
        let counts = "\(message.answerCount)/\(message.authorityCount)/\(message.additionalCount)"
        let operation = message.opcode == 0 ? "" : " op\(message.opcode)"
        var text = "\(message.identifier)\(operation)"
        if message.isResponse {
            if message.responseCode != .noError { text += " \(message.responseCode)" }
            text += message.isAuthoritative ? "*" : ""
            text += message.recursionAvailable ? "" : "-"
            text += (message.isTruncated ? "|" : "") + (message.isAuthenticated ? "$" : "")
            if message.questionCount != 1 { text += " [\(message.questionCount)q]" }
            text += " \(counts)"
            var records: [String] = []
            while records.count < min(mostRecords, message.answerCount), let (_, record) = sections.nextRecord() { records.append(record.summary) }
            if !records.isEmpty { text += " " + records.joined(separator: ", ") }
            if message.answerCount > mostRecords { text += ", …" }
        } else {
            text += (message.recursionDesired ? "+" : "") + (message.checkingDisabled ? "%" : "")
            if message.questionCount != 1 { text += " [\(message.questionCount)q]" }
            if message.additionalCount > 0 { text += " [\(message.additionalCount)au]" }
            if let question = sections.nextQuestion() { text += " \(question.type)? \(question.name)" }
        }
        return text + (sections.isMalformed ? " [|domain]" : "") + " (\(length))"
    }
}

extension DHCPMessage.Kind {
    /// As RFC 2132, 9.6 has it, less its `DHCP`.
    var name: String {
        switch self {
        case .discover: "Discover"
        case .offer: "Offer"
        case .request: "Request"
        case .decline: "Decline"
        case .ack: "ACK"
        case .nak: "NAK"
        case .release: "Release"
        case .inform: "Inform"
        }
    }
}

extension DNSRecord {
    /// Type and data.
    var summary: String { "\(type) \(data)" }
}

extension DNSRecord.Content: CustomStringConvertible {
    /// Printable ASCII only.
    public var description: String {
        switch self {
        case .a(let address): "\(address)"
        case .aaaa(let address): "\(address)"
        case .cname(let name), .ns(let name), .ptr(let name): "\(name)"
        case .mx(let preference, let name): "\(name) \(preference)"
        case .srv(let priority, let weight, let port, let name): "\(name):\(port) \(priority) \(weight)"
        case .txt(let strings): strings.prefix(4).map { "\"\(printable($0))\"" }.joined(separator: " ") + (strings.count > 4 ? " …" : "")
        case .soa(let server, let minimum): "\(server) minimum \(minimum)"
        case .other(let bytes): "\(bytes.count) bytes"
        }
    }
}
