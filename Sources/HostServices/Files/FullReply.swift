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

    enum Next {
        case chunk(ByteBuffer)
        /// This part of a file is not at hand: whoever has read it says so (`skip`).
        case part(OpenFile, Range<Int>)
        case end
    }

    /// The next chunk, if it is at hand.
    ///
    /// - Throws: when the file cannot be read, or has become shorter since its length was told.
    mutating func next(_ reader: FileReader, _ allocator: ByteBufferAllocator) throws(FileProblem) -> Next {
        switch body {
        case .none:
            return .end
        case .bytes(var bytes):
            guard let chunk = bytes.readSlice(length: min(Self.chunk, bytes.readableBytes)), chunk.readableBytes > 0 else { return .end }
            body = .bytes(bytes)
            return .chunk(chunk)
        case .file(let file, let part):
            guard !part.isEmpty else { return .end }
            let first = part.prefix(Self.chunk)
            guard let chunk = try reader.bytesAtHand(of: file, first, allocator) else { return .part(file, first) }
            body = .file(file, part.dropFirst(chunk.readableBytes))
            return .chunk(chunk)
        }
    }

    /// So many of the file's next bytes were read elsewhere.
    mutating func skip(_ count: Int) {
        guard case .file(let file, let part) = body else { return }
        body = .file(file, part.dropFirst(count))
    }
}
