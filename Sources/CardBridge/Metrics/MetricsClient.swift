import Glibc

/// Somebody who wants counters: says nothing and gets them, or asks by HTTP.
struct MetricsClient {
    /// A client that says nothing in this time has nothing to say.
    private static let silence: Int64 = 100_000_000
    /// For a request, and then for the reading of its answer.
    private static let patience: Int64 = 2_000_000_000
    private static let longestRequest = 8192

    enum Request: Equatable {
        /// Somebody who does not speak HTTP.
        case plain
        case get, head
        case notFound, notAllowed, bad
    }

    let descriptor: Int32
    /// What is left to send; `nil` before the request is known.
    private(set) var answer: ArraySlice<UInt8>?
    /// When it has to be done with what it does.
    private(set) var deadline: Int64
    private let patienceEnd: Int64
    private var received: [UInt8] = []

    /// - Parameter descriptor: does not block; whoever made this value closes it.
    init(_ descriptor: Int32, now: Int64) {
        self.descriptor = descriptor
        deadline = now + Self.silence
        patienceEnd = now + Self.patience
    }

    /// - Returns: what it asks for, once that is known.
    mutating func read(now: Int64) -> Request? {
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = recv(descriptor, &bytes, bytes.count, 0)
        let isOver = count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR)
        if count > 0 {
            received += bytes[..<count]
            deadline = patienceEnd
        }
        if let request = Self.request(received) { return request }
        guard isOver || now >= deadline else { return nil }
        // The end of half a request is one that cannot be answered.
        return Self.isHTTP(received) ? .bad : .plain
    }

    /// - Returns: `nil` while it is not complete.
    private static func request(_ bytes: [UInt8]) -> Request? {
        guard let end = bytes.firstIndex(of: UInt8(ascii: "\n")) else { return bytes.count >= longestRequest ? .plain : nil }
        guard isHTTP(bytes) else { return .plain }
        guard hasBlankLine(bytes) else { return bytes.count >= longestRequest ? .bad : nil }
        let words = bytes[..<end].split(separator: UInt8(ascii: " ")).map { String(decoding: $0, as: UTF8.self) }
        guard words.count == 3 else { return .bad }
        let path = words[1].split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)[0]
        switch words[0] {
        case "GET", "HEAD":
            guard path == "/" || path == "/metrics" else { return .notFound }
            return words[0] == "GET" ? .get : .head
        default: return .notAllowed
        }
    }

    private static func isHTTP(_ bytes: [UInt8]) -> Bool {
        let line = bytes.prefix { $0 != UInt8(ascii: "\n") }
        return String(decoding: line, as: UTF8.self).contains(" HTTP/1.")
    }

    private static func hasBlankLine(_ bytes: [UInt8]) -> Bool {
        var wasEnd = false
        for byte in bytes where byte != UInt8(ascii: "\r") {
            if byte == UInt8(ascii: "\n") {
                if wasEnd { return true }
                wasEnd = true
            } else {
                wasEnd = false
            }
        }
        return false
    }

    mutating func reply(_ request: Request, _ text: @autoclosure () throws -> String, now: Int64) rethrows {
        deadline = now + Self.patience
        switch request {
        case .plain: answer = Array(try text().utf8)[...]
        case .get, .head:
            let body = try text()
            let header = Self.header("200 OK", OpenMetrics.contentType, body.utf8.count)
            answer = Array((request == .get ? header + body : header).utf8)[...]
        case .notFound: answer = Self.refusal("404 Not Found", "there is /metrics only")
        case .notAllowed: answer = Self.refusal("405 Method Not Allowed", "use GET", "Allow: GET, HEAD\r\n")
        case .bad: answer = Self.refusal("400 Bad Request", "this is no request")
        }
    }

    private static func header(_ status: String, _ type: String, _ length: Int, _ more: String = "") -> String {
        "HTTP/1.1 \(status)\r\nContent-Type: \(type)\r\nContent-Length: \(length)\r\n\(more)Connection: close\r\n\r\n"
    }

    private static func refusal(_ status: String, _ why: String, _ more: String = "") -> ArraySlice<UInt8> {
        Array((header(status, "text/plain; charset=utf-8", why.utf8.count + 1, more) + why + "\n").utf8)[...]
    }

    /// Sends what it takes.
    ///
    /// - Returns: true when it has everything, or its time is over, or it has gone.
    mutating func isDone(now: Int64) -> Bool {
        guard var answer else { return now >= patienceEnd }
        defer { self.answer = answer }
        while !answer.isEmpty {
            let count = answer.withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            if count < 0 {
                if errno == EINTR { continue }
                return errno != EAGAIN || now >= deadline
            }
            answer = answer.dropFirst(count)
        }
        return true
    }
}
