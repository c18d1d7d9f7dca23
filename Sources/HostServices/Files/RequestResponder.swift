import NIOCore
import NIOHTTP1

/// Decides what a request is answered with.
struct RequestResponder {
    private let files: FileResponder
    private let configuration: FileServerConfiguration

    init(root: FileRoot, _ configuration: FileServerConfiguration) {
        files = FileResponder(
            root: root, index: configuration.index.map { Array($0.utf8) }, listsFolders: configuration.listsFolders,
            servesHidden: configuration.servesHidden)
        self.configuration = configuration
    }

    /// Looks at a request's head: finds out where it goes, and returns the answer to one that is not to be read further.
    func inspect(_ request: inout IncomingRequest) -> HTTPReply? {
        let head = request.head
        guard head.uri.utf8.count <= RequestTarget.longest else {
            return HTTPReply(.uriTooLong, "414: the address is longer than \(RequestTarget.longest) bytes.")
        }
        if case .RAW = head.method { return HTTPReply(.notImplemented, "501: this method is not known here.") }
        // RFC 9112, 3.2: exactly one.
        let hosts = head.headers["host"].count
        guard hosts == 1 || (hosts == 0 && head.version == .http1_0) else { return HTTPReply(.badRequest, "400: a request has one Host header.") }
        let coding = head.headers["transfer-encoding"]
        // Two lengths are how requests are smuggled (RFC 9112, 6.1).
        guard coding.isEmpty || request.toldLength == nil else { return HTTPReply(.badRequest, "400: the body has two lengths.") }
        guard coding.isEmpty || (coding.count == 1 && coding[0].lowercased() == "chunked") else {
            return HTTPReply(.notImplemented, "501: of transfer codings, only chunked is known here.")
        }
        let expectations = head.headers["expect"]
        guard expectations.isEmpty || (expectations.count == 1 && expectations[0].lowercased() == "100-continue") else {
            return HTTPReply(.expectationFailed, "417: of expectations, only 100-continue is known here.")
        }
        // Their targets are no paths: `*`, `host:port`.
        if head.method == .CONNECT || (head.method == .OPTIONS && head.uri == "*") { return FileResponder.notAllowed }
        do {
            let target = try RequestTarget(head.uri)
            request.target = target
            request.route = configuration.routes.first { target.text.hasPrefix($0.prefix) }
        } catch .outside {
            return HTTPReply(.forbidden, "403: an address has no '..'; leave it out.")
        } catch {
            return HTTPReply(.badRequest, "400: the address cannot be read.")
        }
        if request.hasBody, request.route == nil, head.method != .GET, head.method != .HEAD { return FileResponder.notAllowed }
        guard (request.toldLength ?? 0) <= request.longestBody else {
            return HTTPReply(.payloadTooLarge, "413: the body is longer than \(request.longestBody) bytes.")
        }
        return nil
    }

    func answer(_ request: IncomingRequest, on loop: any EventLoop) -> EventLoopFuture<FullReply> {
        guard let target = request.target else { return loop.makeSucceededFuture(FileResponder.notFound) }
        if let route = request.route {
            let whole = HTTPRequest(head: request.head, path: target.text, query: target.query, body: request.body, peer: request.peer)
            return route.respond(whole, loop).map(FullReply.init).hop(to: loop)
        }
        if !target.isFolder, configuration.routes.contains(where: { $0.prefix == target.text + "/" }) {
            var reply = HTTPReply(.movedPermanently, "301: its address ends with a slash.")
            reply.headers.add(name: "Location", value: target.encodedPath + "/")
            return loop.makeSucceededFuture(FullReply(reply))
        }
        let (files, head, now, reader) = (files, request.head, configuration.now(), configuration.reader)
        guard !files.isAtHand(head, target, reader) else { return loop.makeSucceededFuture(files.reply(to: head, target, now: now)) }
        return reader.run(on: loop) { files.reply(to: head, target, now: now) }
    }

    func head(of reply: FullReply, isLast: Bool, to request: IncomingRequest) -> HTTPResponseHead {
        var headers = reply.headers
        headers.replaceOrAdd(name: "Date", value: HTTPDate.text(configuration.now()))
        headers.replaceOrAdd(name: "Server", value: configuration.serverName)
        headers.replaceOrAdd(name: "Content-Length", value: String(reply.length))
        if isLast {
            headers.replaceOrAdd(name: "Connection", value: "close")
        } else if request.head.version == .http1_0 {
            headers.replaceOrAdd(name: "Connection", value: "keep-alive")
        }
        return HTTPResponseHead(version: .http1_1, status: reply.status, headers: headers)
    }

    /// The answer to bytes that are no request.
    static func answer(to error: HTTPParserError) -> HTTPReply {
        switch error {
        case .headerOverflow: HTTPReply(.requestHeaderFieldsTooLarge, "431: the headers are too long, or too many.")
        // HTTP/2's first line, without having been asked for, is a pause to the parser.
        case .invalidVersion, .paused: HTTPReply(.httpVersionNotSupported, "505: only HTTP/1.1 and 1.0 are spoken here.")
        case .invalidMethod: HTTPReply(.notImplemented, "501: this method is not known here.")
        default: HTTPReply(.badRequest, "400: this is no request of HTTP/1.1.")
        }
    }
}
