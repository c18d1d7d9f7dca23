import NIOCore
import NIOHTTP1

/// A request that has come in whole, with its bounded body.
public struct HTTPRequest: Sendable {
    public let head: HTTPRequestHead
    /// The path, percent-decoded, with one slash between components and one in front.
    public let path: String
    /// What follows `?`, as it came.
    public let query: String?
    public let body: ByteBuffer
    public let peer: SocketAddress?

    public init(head: HTTPRequestHead, path: String, query: String? = nil, body: ByteBuffer = ByteBuffer(), peer: SocketAddress? = nil) {
        (self.head, self.path, self.query, self.body, self.peer) = (head, path, query, body, peer)
    }
}

/// The answer to a request. The server adds `Date`, `Server`, `Content-Length` and `Connection`; to HEAD it sends no body.
public struct HTTPReply: Sendable {
    public var status: HTTPResponseStatus
    public var headers: HTTPHeaders
    public var body: ByteBuffer

    public init(_ status: HTTPResponseStatus, headers: HTTPHeaders = HTTPHeaders(), body: ByteBuffer = ByteBuffer()) {
        (self.status, self.headers, self.body) = (status, headers, body)
    }

    /// A sentence as plain text.
    public init(_ status: HTTPResponseStatus, _ sentence: String) {
        let headers: HTTPHeaders = ["Content-Type": "text/plain; charset=utf-8", "X-Content-Type-Options": "nosniff"]
        self.init(status, headers: headers, body: ByteBuffer(string: sentence + "\n"))
    }
}

/// Paths that are answered by code instead of a file.
public struct HTTPRoute: Sendable {
    /// Begins and ends with a slash; answers every path that begins so.
    public let prefix: String
    /// Bytes of a request's body; a longer one is refused with 413 before this route sees it.
    public let longestBody: Int
    /// Called on the channel's event loop, which it must not block; a failure is answered with 500.
    public let respond: @Sendable (HTTPRequest, any EventLoop) -> EventLoopFuture<HTTPReply>

    public init(prefix: String, longestBody: Int = 0, respond: @escaping @Sendable (HTTPRequest, any EventLoop) -> EventLoopFuture<HTTPReply>) {
        precondition(prefix.hasPrefix("/") && prefix.hasSuffix("/"), "'\(prefix)' does not begin and end with a slash")
        (self.prefix, self.longestBody, self.respond) = (prefix, longestBody, respond)
    }
}

/// One line of an access log.
public struct AccessRecord: Sendable {
    public let peer: SocketAddress?
    public let method: String
    /// The target as it came; has no control characters, but anything else. `-` when it could not be read.
    public let target: String
    public let status: UInt
    /// Bytes of the body that were handed to the channel.
    public let bytes: Int
    /// Whether that was all.
    public let isComplete: Bool
}
