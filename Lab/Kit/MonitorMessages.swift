/// Cuts what QEMU's monitor (QMP) sends into lines and sorts them.
struct MonitorMessages: Sendable {
    enum Message: Equatable, Sendable {
        case greeting
        /// The answer to the command with this id.
        case answer(id: Int64, JSONValue)
        case refusal(id: Int64?, String)
        case event(String, JSONValue)
    }

    /// Longest line taken, in bytes.
    private static let limit = 8 << 20
    private var bytes: [UInt8] = []

    mutating func receive(_ more: some Sequence<UInt8>) throws(GuestError) -> [Message] {
        bytes += more
        var messages: [Message] = []
        while let end = bytes.firstIndex(of: UInt8(ascii: "\n")) {
            let line = bytes[..<end]
            if !line.allSatisfy({ $0 == UInt8(ascii: "\r") || $0 == UInt8(ascii: " ") }) {
                messages.append(try Self.message(line))
            }
            bytes.removeFirst(end + 1)
        }
        guard bytes.count <= Self.limit else { throw .malformed("QEMU's monitor: a line of \(bytes.count) bytes") }
        return messages
    }

    private static func message(_ line: ArraySlice<UInt8>) throws(GuestError) -> Message {
        guard let value = JSONValue(line: line) else {
            throw .malformed("QEMU's monitor: \(String(decoding: line.prefix(200), as: UTF8.self))")
        }
        if value["QMP"] != nil { return .greeting }
        if let event = value["event"]?.string { return .event(event, value["data"] ?? .null) }
        let id = value["id"]?.integer
        if let error = value["error"] { return .refusal(id: id, error["desc"]?.string ?? "no reason given") }
        if let result = value["return"], let id { return .answer(id: id, result) }
        throw .malformed("QEMU's monitor: \(String(decoding: line.prefix(200), as: UTF8.self))")
    }
}
