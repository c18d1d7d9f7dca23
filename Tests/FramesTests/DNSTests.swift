import Frames
import TestSupport
import Testing

@Suite struct DNSTests {
    // Names.

    @Test(arguments: [
        ("example.com", "example.com."), ("example.com.", "example.com."), (".", "."), ("a", "a."), ("A.b", "A.b."), ("a\\.b.c", "a\\.b.c."),
        ("a\\046b", "a\\.b."), ("a\\032b\\127", "a\\032b\\127."), ("a\\\\b", "a\\\\b."), ("_x._tcp", "_x._tcp."), ("a b", "a\\032b."),
    ])
    func names(text: String, canonical: String) throws {
        let name = try #require(DNSName(text))
        #expect("\(name)" == canonical)
        #expect(DNSName(canonical) == name)
    }

    @Test(arguments: [
        ("", .empty), ("..", .emptyLabel), (".a", .emptyLabel), ("a..b", .emptyLabel), ("a..", .emptyLabel), ("bücher.example", .notASCII("ü")),
        ("a\\", .badEscape), ("a\\12", .badEscape), ("a\\256", .badEscape), ("a\\1x2", .badEscape),
        (String(repeating: "a", count: 64), .labelTooLong(64)), (String(repeating: "a.", count: 128), .nameTooLong),
    ] as [(String, DNSNameError)])
    func notNames(text: String, error: DNSNameError) {
        #expect(throws: error) { try DNSName(parsing: text) }
        #expect(DNSName(text) == nil)
    }

    @Test func limitsOfNames() throws {
        for text in ["a.", "a"] { #expect(throws: DNSNameError.nameTooLong) { try DNSName(parsing: String(repeating: text, count: 100_000)) } }
        let label = String(repeating: "a", count: 63)
        #expect(try DNSName(parsing: label).wire.count == 65)
        #expect(try DNSName(parsing: "\(label).\(label).\(label).\(String(label.prefix(61)))").wire.count == 255)
        #expect(throws: DNSNameError.nameTooLong) { try DNSName(parsing: "\(label).\(label).\(label).\(String(label.prefix(62)))") }
        #expect(DNSName("ExAmPle.com") == DNSName("example.COM"))
        #expect(Set([DNSName("ExAmPle.com"), DNSName("example.COM")]).count == 1)
        #expect(DNSName("example.com") != DNSName("example.con"))
        #expect(DNSName("a.b")?.labels.map { Array($0) } == [[97], [98]])
    }

    // Messages.

    /// All that a walk finds, and whether it found the end.
    private func walk(_ bytes: [UInt8]) -> (questions: [DNSQuestion], records: [DNSRecord], isMalformed: Bool)? {
        guard let message = DNSMessage(checking: bytes.span.bytes) else { return nil }
        var walker = message.sections
        var (questions, records): ([DNSQuestion], [DNSRecord]) = ([], [])
        while let question = walker.nextQuestion() { questions.append(question) }
        while let (_, record) = walker.nextRecord() { records.append(record) }
        return (questions, records, walker.isMalformed)
    }

    @Test func query() throws {
        let bytes = DNSMessage.query(DNSQuestion(name: SampleFrames.name, type: .aaaa), identifier: 0x0102)
        #expect(bytes == [1, 2, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0] + SampleFrames.name.wire + [0, 28, 0, 1])
        let read = try #require(walk(bytes))
        #expect(read.questions == [DNSQuestion(name: SampleFrames.name, type: .aaaa)] && read.records.isEmpty && !read.isMalformed)
    }

    @Test func compressedAnswer() throws {
        let read = try #require(walk(SampleFrames.dnsAnswerMessage))
        let alias = try #require(DNSName("b.example.com"))
        #expect(!read.isMalformed)
        #expect(
            read.records == [
                DNSRecord(name: SampleFrames.name, type: .cname, timeToLive: 300, data: .cname(alias)),
                DNSRecord(name: alias, type: .a, timeToLive: 60, data: .a(IPv4Address("192.0.2.1")!)),
            ])
        for length in 12..<SampleFrames.dnsAnswerMessage.count {
            #expect(walk(Array(SampleFrames.dnsAnswerMessage.prefix(length)))?.isMalformed == true)
        }
        for length in 0..<12 { #expect(walk(Array(SampleFrames.dnsAnswerMessage.prefix(length))) == nil) }
    }

    @Test func everyKindOfRecord() throws {
        let name = try #require(DNSName("x.example"))
        let records = [
            DNSRecord(name: name, type: .a, timeToLive: 1, data: .a(.broadcast)),
            DNSRecord(name: name, type: .aaaa, timeToLive: 2, data: .aaaa(.loopback)),
            DNSRecord(name: name, type: .ns, timeToLive: 3, data: .ns(name)), DNSRecord(name: name, type: .ptr, timeToLive: 4, data: .ptr(.root)),
            DNSRecord(name: name, type: .mx, timeToLive: 5, data: .mx(preference: 10, name)),
            DNSRecord(name: name, type: .srv, timeToLive: 6, data: .srv(priority: 1, weight: 2, port: 3, name)),
            DNSRecord(name: name, type: .txt, timeToLive: 7, data: .txt([Array("a".utf8), []])),
            DNSRecord(name: name, type: .soa, timeToLive: 8, data: .soa(server: name, minimum: 9)),
            DNSRecord(name: name, type: .https, timeToLive: 9, data: .other([1, 2, 3])),
        ]
        var builder = DNSMessageBuilder(identifier: 1)
        for record in records { builder.add(record) }
        let read = try #require(walk(builder.bytes))
        #expect(read.records == records && !read.isMalformed)
        // RFC 2181, 8.
        #expect(DNSRecord(name: name, type: .a, timeToLive: 0x8000_0000, data: .a(.any)).timeToLive == 0)
    }

    /// Names that never end, end outside, or are too long; in the question of a message.
    @Test(arguments: [
        // To itself; to each other; forwards; into nothing; reserved label types; a label cut short; no end.
        [0xc0, 12], [0xc0, 14, 0xc0, 12], [0xc0, 20, 0, 0, 0, 0, 0, 0, 0], [0xff, 0xff], [0x40, 1, 0], [0x80, 1, 0], [5, 1, 2], [1, 97],
        // One label, then to its own start: 255 bytes are soon full.
        [1, 97, 0xc0, 12],
        [63] + [UInt8](repeating: 97, count: 63) + [0xc0, 12],
    ] as [[UInt8]])
    func hostileNames(bytes: [UInt8]) throws {
        let read = try #require(walk([0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0] + bytes + [0, 1, 0, 1]))
        #expect(read.isMalformed && read.questions.isEmpty)
        // And where the message ends with it.
        #expect(walk([0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0] + bytes)?.isMalformed == true)
    }

    @Test func aLongChainOfPointersIsNotFollowed() throws {
        func message(pointers: Int) -> [UInt8] {
            // A name in the data of a record, then pointers, each to the one before, and a record that uses the last one.
            var data: [UInt8] = [1, 97, 0]
            let start = 12 + 11
            for index in 0..<(pointers - 1) {
                let target = index == 0 ? start : start + 3 + 2 * (index - 1)
                data += [0xc0 | UInt8(target >> 8), UInt8(target & 0xff)]
            }
            let last = pointers == 1 ? start : start + 3 + 2 * (pointers - 2)
            return [0, 0, 0x80, 0, 0, 0, 0, 2, 0, 0, 0, 0] + [0, 0, 99, 0, 1, 0, 0, 0, 0, UInt8(data.count >> 8), UInt8(data.count & 0xff)] + data
                + [0xc0 | UInt8(last >> 8), UInt8(last & 0xff), 0, 99, 0, 1, 0, 0, 0, 0, 0, 0]
        }
        for count in [1, 2, 127] {
            let read = try #require(walk(message(pointers: count)))
            #expect(!read.isMalformed && read.records.last?.name == DNSName("a"))
        }
        #expect(try #require(walk(message(pointers: 128))).isMalformed)
    }

    @Test func dataThatIsNotItsTypes() throws {
        let contents: [(UInt8, [UInt8])] = [
            (1, [1, 2, 3]), (28, [1]), (5, [0, 0]), (5, []), (15, [0, 1]), (16, [5, 1]), (6, [0, 0, 1]), (33, [0]),
        ]
        for (type, data) in contents {
            let read = try #require(
                walk([0, 0, 0x80, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, type, 0, 1, 0, 0, 0, 0, 0, UInt8(data.count)] + data))
            #expect(read.isMalformed && read.records.isEmpty, "\(type)")
        }
    }
}
