import FoundationEssentials
import HostServices
import NIOCore
import NIOEmbedded
import Synchronization
import Testing

@Suite("Status page")
struct StatusTests {
    private let folder: Folder
    private let blinked = Blinked()

    init() throws { folder = try Folder() }

    private func snapshot(connections: Int = 1, uptime: Double = 12.5) -> StatusSnapshot {
        StatusSnapshot(
            device: "e1000 <b>", mac: "52:54:00:12:34:56", link: .init(isUp: true, megabitsPerSecond: 1000, isFullDuplex: true),
            addresses: ["192.0.2.1/24"], uptime: uptime, transmitRing: .init(count: 64, head: 60, cardOwned: 8),
            receiveRing: .init(count: 256, head: 1, cardOwned: 255), transmitted: .init(frames: 1, bytes: 60),
            received: .init(frames: 2, bytes: .max),
            counters: [.init("Missed", 3)],
            connections: (0..<connections).map { .init(protocol: "TCP", local: "a:80", remote: "b:\($0)", state: "ESTABLISHED") },
            lastFrames: (0..<60).map { "frame \($0)" })
    }

    private func server(lights: Bool = true, names: [String] = [], _ snapshot: StatusSnapshot? = nil) throws -> EmbeddedServer {
        let shown = snapshot ?? self.snapshot()
        let blink = StatusPage.Lights(names: ["capslock", "numlock"]) { [blinked] name, loop in
            blinked.add(name)
            return name == "numlock" ? loop.makeFailedFuture(ChannelError.eof) : loop.makeSucceededVoidFuture()
        }
        var configuration = FileServerConfiguration()
        configuration.routes = [StatusPage(lights: lights ? blink : nil, hostNames: names) { shown }.route]
        return try EmbeddedServer(folder, configuration)
    }

    private func get(_ path: String, host: String = "192.0.2.1:80", _ server: EmbeddedServer) throws -> Answer {
        try server.ask("GET /_ringlight/\(path) HTTP/1.1\r\nHost: \(host)\r\n\r\n")
    }

    private func token(_ page: Answer) throws -> String {
        let parts = page.text.split(separator: "<meta name=\"ringlight-token\" content=\"", maxSplits: 1)
        return try String(#require(parts.count == 2 ? parts[1].prefix { $0 != "\"" } : nil))
    }

    @Test func `the page is one answer, and its policy lets nothing else in`() throws {
        let server = try server()
        let (first, second) = (try get("", server), try get("", server))
        #expect(first.status == 200 && first["content-type"] == "text/html; charset=utf-8" && first["cache-control"] == "no-store")
        let policy = try #require(first["content-security-policy"])
        #expect(policy != second["content-security-policy"], "a new nonce each time")
        let nonce = try #require(policy.split(separator: "'nonce-").dropFirst().first?.prefix { $0 != "'" })
        #expect(policy.hasPrefix("default-src 'none'; script-src 'nonce-\(nonce)'; style-src 'nonce-\(nonce)'; connect-src 'self';"))
        #expect(policy.contains("frame-ancestors 'none'") && !policy.contains("unsafe"))
        #expect(first.text.contains("<script nonce=\"\(nonce)\">") && first.text.contains("<style nonce=\"\(nonce)\">"))
        // Handlers and styles in attributes, or things from elsewhere, would be refused by the policy.
        for word in [" onclick=", " onload=", " style=\"", "innerHTML", "http://", "https://", "javascript:"] {
            #expect(!first.text.replacing("http://www.w3.org/2000/svg", with: "").contains(word), "\(word)")
        }
        for word in ["lang=\"en\"", "<main", "<header", "aria-live=\"polite\"", "prefers-reduced-motion", "prefers-color-scheme", "<noscript"] {
            #expect(first.text.contains(word), "\(word)")
        }
        #expect(try server.askAll("HEAD /_ringlight/ HTTP/1.1\r\nHost: 192.0.2.1\r\n\r\n", bodies: [false]).map(\.status) == [200])
        #expect(try server.get("/_ringlight")["location"] == "/_ringlight/")
        #expect(try get("none", server).status == 404)
    }

    @Test func `the numbers, bounded`() throws {
        let answer = try get("status.json", server(snapshot(connections: 150)))
        #expect(answer.status == 200 && answer["content-type"] == "application/json" && answer["cache-control"] == "no-store")
        var back = try JSONDecoder().decode(StatusSnapshot.self, from: Data(answer.body))
        #expect(back.lights == ["capslock", "numlock"])
        #expect(back.connections.count == 100 && back.connectionCount == 150)
        #expect(back.lastFrames.count == 50 && back.lastFrames.last == "frame 59")
        back = try JSONDecoder().decode(StatusSnapshot.self, from: Data(get("status.json", server(lights: false)).body))
        #expect(back == snapshot(), "without lights, what was given")
        #expect(try get("status.json", server(snapshot(uptime: .infinity))).status == 500)
        #expect(try server().ask("POST /_ringlight/status.json HTTP/1.1\r\nHost: 192.0.2.1\r\n\r\n")["allow"] == "GET, HEAD")
    }

    private func post(
        _ server: EmbeddedServer, _ token: String?, _ headers: [String] = [], host: String = "192.0.2.1:80", type: String = "application/json",
        body: String = "{\"light\":\"capslock\"}"
    ) throws -> Int {
        let own = ["Host: \(host)", "Content-Type: \(type)", "Content-Length: \(body.utf8.count)"]
        let lines = headers + (token.map { ["X-Ringlight-Token: \($0)"] } ?? []) + own
        return try server.ask("POST /_ringlight/lights HTTP/1.1\r\n" + lines.map { $0 + "\r\n" }.joined() + "\r\n" + body).status
    }

    @Test func `a light blinks for the page`() throws {
        let server = try server()
        let token = try token(get("", server))
        #expect(token.count == 32)
        #expect(try post(server, token) == 204)
        #expect(try post(server, token, ["Origin: http://192.0.2.1:80", "Sec-Fetch-Site: same-origin"]) == 204)
        #expect(try post(server, token, ["Origin: https://[2001:db8::1]"], host: "[2001:db8::1]") == 204)
        #expect(try post(server, token, host: "localhost:8080", type: "Application/JSON; charset=utf-8") == 204)
        #expect(blinked.names == Array(repeating: "capslock", count: 4))
        #expect(try post(server, token, body: "{\"light\":\"numlock\"}") == 502, "it failed, and that is told")
    }

    @Test func `a light does not blink for anybody else`() throws {
        let server = try server()
        let token = try token(get("", server))
        let last = try #require(token.last)
        let near = String(token.dropLast()) + (last == "0" ? "1" : "0")
        for wrong in [nil, "", String(token.dropLast()), near, token + "0", token.uppercased() + "x"] as [String?] {
            #expect(try post(server, wrong) == 403, "\(wrong ?? "none")")
        }
        #expect(try post(server, token, ["X-Ringlight-Token: \(token)"]) == 403, "twice")
        for header in [
            "Origin: http://evil.example", "Origin: null", "Origin: http://192.0.2.1:81", "Origin: http://192.0.2.1", "Sec-Fetch-Site: cross-site",
            "Sec-Fetch-Site: same-site", "Sec-Fetch-Site: none",
        ] { #expect(try post(server, token, [header]) == 403, "\(header)") }
        // A name that somebody has made to mean this address.
        for host in ["evil.example", "evil.example:80", "192.0.2.1.evil.example", "localhost.evil.example", "[::1", "a:b:c", "192.0.2.1:80:80"] {
            #expect(try post(server, token, ["Origin: http://\(host)"], host: host) == 403, "\(host)")
        }
        for type in ["text/plain", "application/x-www-form-urlencoded", "application/jsonp"] {
            #expect(try post(server, token, type: type) == 415, "\(type)")
        }
        for body in ["", "{}", "[]", "{\"light\":1}", "nonsense", "{\"light\":\"capslock\""] {
            #expect(try post(server, token, body: body) == 400, "\(body)")
        }
        #expect(try post(server, token, body: "{\"light\":\"../../x\"}") == 404)
        #expect(try server.ask("GET /_ringlight/lights HTTP/1.1\r\nHost: 192.0.2.1\r\n\r\n").status == 405)
        #expect(blinked.names.isEmpty)
        #expect(try post(server, token, body: String(repeating: " ", count: 1025)) == 413)
    }

    @Test func `another start has another token, and no lights have no door`() throws {
        let (one, other) = (try server(), try server())
        #expect(try token(get("", one)) != token(get("", other)))
        #expect(try post(one, token(get("", other))) == 403)
        let without = try server(lights: false)
        #expect(try token(get("", without)) == "")
        #expect(try post(without, "") == 404)
    }

    @Test func `under a foreign name nothing is told`() throws {
        let server = try server(names: ["Box.Local"])
        for path in ["", "status.json", "lights", "none"] {
            // A name that somebody has made to mean this address.
            for host in ["evil.example", "evil.example:80", "192.0.2.1.evil.example", "localhost.evil.example", "[::1", "a:b:c", ""] {
                let answer = try get(path, host: host, server)
                #expect(answer.status == 403 && !answer.text.contains("52:54"), "\(path) of '\(host)'")
            }
        }
        // Connections that end with the answer.
        #expect(try get("status.json", host: "192.0.2.1\r\nHost: evil.example", self.server()).status == 400, "two")
        #expect(try self.server().ask("GET /_ringlight/status.json HTTP/1.0\r\n\r\n").status == 403, "none")
        for host in ["192.0.2.1", "192.0.2.1:8080", "[2001:db8::1]", "[2001:db8::1]:80", "localhost", "LOCALHOST:8080", "box.local"] {
            #expect(try get("status.json", host: host, server).status == 200, "\(host)")
        }
        let token = try token(get("", host: "box.local:8080", server))
        #expect(token.count == 32)
        #expect(try post(server, token, ["Origin: http://box.local:8080"], host: "box.local:8080") == 204)
    }
}

private final class Blinked: Sendable {
    private let lights = Mutex<[String]>([])
    var names: [String] { lights.withLock { $0 } }
    func add(_ name: String) { lights.withLock { $0.append(name) } }
}
