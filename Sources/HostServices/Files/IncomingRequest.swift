import NIOCore
import NIOHTTP1

/// A request that comes in.
struct IncomingRequest {
    let head: HTTPRequestHead
    let peer: SocketAddress?
    /// No other request is answered on this connection.
    var isLast: Bool
    /// Where it goes; `nil` until it has been looked at.
    var target: RequestTarget?
    /// Who answers it; `nil` for a file.
    var route: HTTPRoute?
    /// Kept for a route only.
    private(set) var body = ByteBuffer()
    private var received = 0

    init(_ head: HTTPRequestHead, peer: SocketAddress?) {
        (self.head, self.peer) = (head, peer)
        // After one that asks for another protocol, the parser takes no more of ours.
        isLast = !head.isKeepAlive || head.headers.contains(name: "upgrade") || head.method == .CONNECT
    }

    /// Stands for one whose head cannot be read.
    static func unreadable(peer: SocketAddress?) -> Self {
        Self(HTTPRequestHead(version: .http1_1, method: .RAW(value: "-"), uri: "-", headers: ["Connection": "close"]), peer: peer)
    }

    /// Bytes that its body may have.
    var longestBody: Int { route?.longestBody ?? FileServerHandler.longestDrain }

    /// The length that it tells; `nil` when it tells none.
    var toldLength: Int? { head.headers.first(name: "content-length").map { Int($0) ?? .max } }

    var hasBody: Bool { (toldLength ?? 0) > 0 || head.headers.contains(name: "transfer-encoding") }

    /// It waits for our word before it sends its body (RFC 9110, 10.1.1).
    var wantsContinue: Bool {
        hasBody && head.version != .http1_0 && head.headers.first(name: "expect")?.lowercased() == "100-continue"
    }

    /// `false` when the body has become too long.
    mutating func take(_ part: ByteBuffer) -> Bool {
        received += part.readableBytes
        guard received <= longestBody else { return false }
        if route != nil { body.writeImmutableBuffer(part) }
        return true
    }
}

/// An answer on its way.
struct OutgoingReply {
    private let status: HTTPResponseStatus
    private let method: HTTPMethod
    private let target: String
    private let peer: SocketAddress?
    let isLast: Bool
    private var body: BodySource
    private var sent = 0

    init(_ reply: FullReply, to request: IncomingRequest, isLast: Bool) {
        (status, method, target, peer) = (reply.status, request.head.method, request.head.uri, request.peer)
        self.isLast = isLast
        body = BodySource(request.head.method == .HEAD ? .none : reply.body)
    }

    mutating func next(_ reader: FileReader, _ allocator: ByteBufferAllocator) throws(FileProblem) -> BodySource.Next {
        let next = try body.next(reader, allocator)
        if case .chunk(let chunk) = next { sent += chunk.readableBytes }
        return next
    }

    /// A part that was not at hand has been read.
    mutating func take(_ chunk: ByteBuffer) {
        body.skip(chunk.readableBytes)
        sent += chunk.readableBytes
    }

    func record(isComplete: Bool) -> AccessRecord {
        AccessRecord(peer: peer, method: method.rawValue, target: target, status: status.code, bytes: sent, isComplete: isComplete)
    }
}
