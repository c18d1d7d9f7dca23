import NIOCore
import NIOHTTP1

/// A reply whose body may be a part of a file.
struct FullReply: Sendable {
    enum Body: Sendable {
        case none
        case bytes(ByteBuffer)
        case file(OpenFile, Range<Int>)
    }

    var status: HTTPResponseStatus
    var headers: HTTPHeaders
    var body: Body

    init(status: HTTPResponseStatus, headers: HTTPHeaders, body: Body) {
        (self.status, self.headers, self.body) = (status, headers, body)
    }

    init(_ reply: HTTPReply) {
        self.init(status: reply.status, headers: reply.headers, body: .bytes(reply.body))
    }

    /// Bytes of the body.
    var length: Int {
        switch body {
        case .none: 0
        case .bytes(let bytes): bytes.readableBytes
        case .file(_, let part): part.count
        }
    }
}

/// A body on its way, a chunk at a time.
struct BodySource {
    /// Bytes that are read of a file, and handed to the channel, at once.
    static let chunk = 65536

    private var body: FullReply.Body

    init(_ body: FullReply.Body) { self.body = body }

    /// The next chunk; `nil` at the end.
    ///
    /// - Throws: when the file cannot be read, or has become shorter since its length was told.
    mutating func next(_ allocator: ByteBufferAllocator) throws(FileProblem) -> ByteBuffer? {
        switch body {
        case .none:
            return nil
        case .bytes(var bytes):
            guard let chunk = bytes.readSlice(length: min(Self.chunk, bytes.readableBytes)), chunk.readableBytes > 0 else { return nil }
            body = .bytes(bytes)
            return chunk
        case .file(let file, let part):
            guard !part.isEmpty else { return nil }
            let count = min(Self.chunk, part.count)
            let chunk = try file.read(count, at: part.lowerBound, allocator)
            guard chunk.readableBytes == count else { throw .truncated }
            body = .file(file, part.lowerBound + count..<part.upperBound)
            return chunk
        }
    }
}
