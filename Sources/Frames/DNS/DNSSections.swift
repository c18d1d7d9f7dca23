/// Goes through the questions and records of a DNS message.
///
/// Each step moves on by five bytes at least and no name leads forwards: a walk ends, whatever the counts say.
public struct DNSSectionWalker: ~Escapable {
    private let bytes: RawSpan
    private var offset = DNSMessage.headerLength
    private var questions: Int
    private var records: [Int]
    /// What the header announced is not there, or cannot be: the walk ended there.
    public private(set) var isMalformed = false

    @_lifetime(copy message)
    init(_ message: DNSMessage) {
        bytes = message.bytes
        questions = message.questionCount
        records = [message.answerCount, message.authorityCount, message.additionalCount]
    }

    /// The next question; `nil` after the last one.
    public mutating func nextQuestion() -> DNSQuestion? {
        guard questions > 0, !isMalformed else { return nil }
        guard let name = DNSName.read(bytes, at: &offset), offset + 4 <= bytes.byteCount else {
            isMalformed = true
            return nil
        }
        questions -= 1
        defer { offset += 4 }
        return DNSQuestion(name: name, type: DNSRecordType(rawValue: bytes.big16(offset)), recordClass: bytes.big16(offset + 2))
    }

    /// The next record, of all three sections; `nil` after the last one. Passes over the questions that are left.
    public mutating func nextRecord() -> (section: DNSMessage.Section, record: DNSRecord)? {
        while nextQuestion() != nil {}
        guard !isMalformed, let index = records.firstIndex(where: { $0 > 0 }) else { return nil }
        guard let record = readRecord() else {
            isMalformed = true
            return nil
        }
        records[index] -= 1
        return ([.answer, .authority, .additional][index], record)
    }

    private mutating func readRecord() -> DNSRecord? {
        guard let name = DNSName.read(bytes, at: &offset), offset + 10 <= bytes.byteCount else { return nil }
        let start = offset + 10
        let end = start + Int(bytes.big16(offset + 8))
        guard end <= bytes.byteCount else { return nil }
        let (type, recordClass) = (DNSRecordType(rawValue: bytes.big16(offset)), bytes.big16(offset + 2))
        let timeToLive = bytes.big32(offset + 4)
        offset = end
        guard let data = readContent(type, recordClass, start..<end) else { return nil }
        return DNSRecord(name: name, type: type, recordClass: recordClass, timeToLive: timeToLive, data: data)
    }

    /// - Returns: `nil` when the bytes are not what the type must have.
    private func readContent(_ type: DNSRecordType, _ recordClass: UInt16, _ range: Range<Int>) -> DNSRecord.Content? {
        let start = range.lowerBound
        switch type {
        case .a where recordClass == 1: return range.count == 4 ? .a(IPv4Address(rawValue: bytes.big32(start))) : nil
        case .aaaa where recordClass == 1: return range.count == 16 ? .aaaa(IPv6Address(bytes, at: start)) : nil
        case .cname: return name(range).map { .cname($0) }
        case .ns: return name(range).map { .ns($0) }
        case .ptr: return name(range).map { .ptr($0) }
        case .mx:
            guard range.count > 2, let name = name((start + 2)..<range.upperBound) else { return nil }
            return .mx(preference: bytes.big16(start), name)
        case .srv:
            guard range.count > 6, let name = name((start + 6)..<range.upperBound) else { return nil }
            return .srv(priority: bytes.big16(start), weight: bytes.big16(start + 2), port: bytes.big16(start + 4), name)
        case .txt: return strings(range).map { .txt($0) }
        case .soa:
            // Two names and five numbers, the last of which is MINIMUM (RFC 1035, 3.3.13).
            var place = start
            guard let server = DNSName.read(bytes, at: &place), DNSName.read(bytes, at: &place) != nil, place + 20 == range.upperBound
            else { return nil }
            return .soa(server: server, minimum: bytes.big32(place + 16))
        default: return .other(bytes.copy(range))
        }
    }

    /// The name that is all of these bytes.
    private func name(_ range: Range<Int>) -> DNSName? {
        var place = range.lowerBound
        guard let name = DNSName.read(bytes, at: &place), place == range.upperBound else { return nil }
        return name
    }

    /// Character strings (RFC 1035, 3.3): each after its length.
    private func strings(_ range: Range<Int>) -> [[UInt8]]? {
        var strings: [[UInt8]] = []
        var place = range.lowerBound
        while place < range.upperBound {
            let end = place + 1 + Int(bytes.byte(place))
            guard end <= range.upperBound else { return nil }
            strings.append(bytes.copy((place + 1)..<end))
            place = end
        }
        return strings
    }
}
