// DNS, field by field.
extension FrameDescription {
    /// Lines of records: a datagram has room for thousands of the smallest.
    private static let mostRecords = 64

    /// RFC 1035, 4.1.
    static func dns(_ bytes: RawSpan, _ outline: inout Outline) {
        outline.header("DNS, \(bytes.byteCount) bytes")
        guard let message = DNSMessage(checking: bytes) else {
            outline.fault(.cut)
            return outline.data(bytes)
        }
        outline.field("identifier", message.identifier)
        outline.field("kind", message.isResponse ? "response, \(message.responseCode)" : "query")
        if message.opcode != 0 { outline.field("opcode", message.opcode) }
        outline.flags(
            "flags",
            [
                (message.isAuthoritative, "authoritative"), (message.isTruncated, "truncated"),
                (message.recursionDesired, "recursion desired"), (message.recursionAvailable, "recursion available"),
                (message.isAuthenticated, "authenticated"), (message.checkingDisabled, "checking disabled"),
            ])
        outline.field(
            "counts",
            "\(message.questionCount) questions, \(message.answerCount) answers, \(message.authorityCount) authorities, "
                + "\(message.additionalCount) additional")
        var sections = message.sections
        var count = 0
        while count < mostRecords, let question = sections.nextQuestion() {
            outline.field("question", "\(question.name) \(question.type)\(name(question.recordClass))")
            count += 1
        }
        while count < mostRecords, let (section, record) = sections.nextRecord() {
            let names: [DNSMessage.Section: String] = [.answer: "answer", .authority: "authority", .additional: "additional"]
            let text =
                record.type == .opt
                ? "OPT, datagrams of up to \(record.recordClass) bytes"
                : "\(record.name) \(record.timeToLive) s \(record.type)\(name(record.recordClass)) \(record.data)"
            outline.field(names[section] ?? "record", text)
            count += 1
        }
        let announced = message.questionCount + message.answerCount + message.authorityCount + message.additionalCount
        if count == mostRecords, announced > count { outline.field("more", "\(announced - count) announced, not shown") }
        if sections.isMalformed { outline.fault(.bad("a name or a record that cannot be, or that is cut")) }
    }

    /// Nothing for the Internet's.
    private static func name(_ recordClass: UInt16) -> String { recordClass == 1 ? "" : " class \(recordClass)" }
}
