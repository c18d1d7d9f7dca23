import FoundationEssentials
import NIOCore
import NIOHTTP1

/// The page under `/_ringlight/`: what the card and the host on it do, live.
///
/// Give its `route` to a `FileServerConfiguration`.
public struct StatusPage: Sendable {
    /// The keyboard lights that the page may blink.
    public struct Lights: Sendable {
        public let names: [String]
        /// Blinks one of `names`, on the channel's event loop, which it must not block; its failure is told to the page.
        public let blink: @Sendable (_ name: String, _ loop: any EventLoop) -> EventLoopFuture<Void>

        public init(names: [String], blink: @escaping @Sendable (_ name: String, _ loop: any EventLoop) -> EventLoopFuture<Void>) {
            (self.names, self.blink) = (names, blink)
        }
    }

    public static let prefix = "/_ringlight/"

    private let snapshot: @Sendable () -> StatusSnapshot
    private let lights: Lights?
    private let hostNames: [String]
    private let token = PageToken()

    /// - Parameters:
    ///   - lights: `nil` for a page that only shows.
    ///   - hostNames: names, besides addresses and `localhost`, by which this host is asked; under another it answers nothing (403).
    ///   - snapshot: called on the channel's event loop for each look, twice a second for each page that is open; must not block.
    public init(lights: Lights? = nil, hostNames: [String] = [], snapshot: @escaping @Sendable () -> StatusSnapshot) {
        (self.lights, self.hostNames, self.snapshot) = (lights, hostNames, snapshot)
    }

    public var route: HTTPRoute {
        HTTPRoute(prefix: Self.prefix, longestBody: 1024) { request, loop in respond(request, loop) }
    }

    private func respond(_ request: HTTPRequest, _ loop: any EventLoop) -> EventLoopFuture<HTTPReply> {
        // Under a name that we do not know, somebody else's page may be reading: it is of our origin for the browser.
        if let problem = RequestOrigin.problem(withHostOf: request.head.headers, names: hostNames) {
            return loop.makeSucceededFuture(Self.problem(.forbidden, problem + "."))
        }
        return switch String(request.path.dropFirst(Self.prefix.count)) {
        case "": loop.makeSucceededFuture(Self.reading(request, page))
        case "status.json": loop.makeSucceededFuture(Self.reading(request, json))
        case "lights" where lights != nil: blink(request, loop)
        default: loop.makeSucceededFuture(Self.problem(.notFound, "there is no such page here."))
        }
    }

    private static func reading(_ request: HTTPRequest, _ reply: () -> HTTPReply) -> HTTPReply {
        guard request.head.method == .GET || request.head.method == .HEAD else { return notAllowed("GET, HEAD") }
        return reply()
    }

    private func page() -> HTTPReply {
        let nonce = PageToken.random()
        var reply = HTTPReply(.ok, headers: Self.headers)
        reply.headers.add(name: "Content-Type", value: "text/html; charset=utf-8")
        reply.headers.add(
            name: "Content-Security-Policy",
            value: "default-src 'none'; script-src 'nonce-\(nonce)'; style-src 'nonce-\(nonce)'; connect-src 'self'; img-src data:; "
                + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
        reply.body = ByteBuffer(string: StatusDocument.html(nonce: nonce, token: lights != nil ? token.text : ""))
        return reply
    }

    private func json() -> HTTPReply {
        var snapshot = snapshot()
        snapshot.lights = lights?.names
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let bytes = try? encoder.encode(snapshot) else { return Self.problem(.internalServerError, "the status is not finite.") }
        var reply = HTTPReply(.ok, headers: Self.headers, body: ByteBuffer(bytes: bytes))
        reply.headers.add(name: "Content-Type", value: "application/json")
        return reply
    }

    private struct BlinkRequest: Decodable {
        let light: String
    }

    private func blink(_ request: HTTPRequest, _ loop: any EventLoop) -> EventLoopFuture<HTTPReply> {
        let head = request.head
        guard head.method == .POST else { return loop.makeSucceededFuture(Self.notAllowed("POST")) }
        let type = head.headers.first(name: "content-type")?.split(separator: ";").first
        // In this order, so that nobody learns anything who may not ask at all.
        let refusal: HTTPReply? =
            if let problem = RequestOrigin.problem(head.headers, names: hostNames) {
                Self.problem(.forbidden, problem + ".")
            } else if head.headers["x-ringlight-token"].count != 1 || !token.matches(head.headers["x-ringlight-token"][0]) {
                Self.problem(.forbidden, "the token is not that of this start; load the page again.")
            } else if type?.trimmed.lowercased() != "application/json" {
                Self.problem(.unsupportedMediaType, "send JSON, as application/json.")
            } else {
                nil
            }
        if let refusal { return loop.makeSucceededFuture(refusal) }
        guard let lights, let wanted = try? JSONDecoder().decode(BlinkRequest.self, from: Data(request.body.readableBytesView)) else {
            return loop.makeSucceededFuture(Self.problem(.badRequest, "send {\"light\": NAME}."))
        }
        guard lights.names.contains(wanted.light) else { return loop.makeSucceededFuture(Self.problem(.notFound, "there is no such light.")) }
        return lights.blink(wanted.light, loop).map { HTTPReply(.noContent, headers: Self.headers) }
            .flatMapErrorThrowing { Self.problem(.badGateway, "the light was not blinked: \($0)") }
    }

    private static func notAllowed(_ methods: String) -> HTTPReply {
        var reply = problem(.methodNotAllowed, "use \(methods).")
        reply.headers.add(name: "Allow", value: methods)
        return reply
    }

    private static func problem(_ status: HTTPResponseStatus, _ sentence: String) -> HTTPReply {
        var reply = HTTPReply(status, "\(status.code): \(sentence)")
        reply.headers.add(name: "Cache-Control", value: "no-store")
        return reply
    }

    private static let headers: HTTPHeaders = [
        "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer",
        "Cross-Origin-Resource-Policy": "same-origin", "X-Frame-Options": "DENY",
    ]
}
