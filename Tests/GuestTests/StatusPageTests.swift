import Clocks
import Glibc
import Lab
import LabWeb
import TestSupport
import Testing

/// The buttons of the status page: from a client outside, through the card, to a light that is seen from outside.
@Suite(.serialized, .showsConsole)
struct StatusPageTests {
    /// A guest with keyboard, card, ledd and `serve --status --lights`.
    private func withPage(_ body: (Guest, _ url: String) throws -> Void) throws {
        let client = WebClient(port: try WebClient.freePort())
        var options = Guest.Options(modules: ["ringlight"])
        options.cards = [Guest.Card(network: .netdev(client.network))]
        try withGuest(options) { guest in
            try guest.output(of: "e1000-uio bind \(Guest.address(ofCard: 0)) && mkdir /srv && echo here > /srv/index.html")
            let ledd = try guest.startLightDaemon()
            let server = try guest.start("exec e1000-uio serve --device uio0 --dhcp --status --lights -q /srv")
            try server.wait(for: "serving /srv")
            try client.waitForServer()
            try body(guest, client.url("_ringlight/"))
            for (job, signal) in [(server, SIGINT), (ledd, SIGTERM)] {
                try job.signal(signal)
                #expect(try job.wait(within: .seconds(10)).status == 0)
            }
        }
    }

    /// Somebody asked for three seconds of blinking.
    private func expectBlinking(_ guest: Guest, _ light: LockLight, since begun: Int64) throws {
        try guest.lights.wait(forTransitions: 4, of: light, since: begun)
        let other: LockLight = light == .capslock ? .numlock : .capslock
        #expect(guest.lights.transitions(of: other, since: begun).isEmpty)
        try guest.waitForTrigger("kbd-\(light.rawValue)", of: light)
        try guest.waitFor(light, on: false)
    }

    private func curl(_ arguments: [String]) throws -> String {
        let result = try runTool("/usr/bin/curl", ["-sS", "--max-time", "30"] + arguments)
        try #require(result.status == 0, "\(result.errors)")
        return result.text
    }

    @Test("Who has the page's token and is of its origin blinks a light; nobody else does, and the page tells why")
    func asked() throws {
        try withPage { guest, url in
            func post(_ light: String, token: String, _ more: String...) throws -> String {
                let headers = ["X-Ringlight-Token: \(token)", "Content-Type: application/json"] + more
                return try curl(["-w", " %{http_code}", "-d", "{\"light\": \"\(light)\"}"] + headers.flatMap { ["-H", $0] } + [url + "lights"])
            }
            let page = try curl([url])
            let token = try String(#require(page.firstMatch(of: /ringlight-token" content="([0-9a-f]{16,})"/)).1)
            let begun = Clocks.monotonic
            #expect(try post("capslock", token: "00").hasSuffix(" 403"))
            #expect(try post("capslock", token: token, "Origin: http://example.org").hasSuffix(" 403"))
            #expect(try post("capslock", token: token, "Sec-Fetch-Site: cross-site").hasSuffix(" 403"))
            #expect(try post("nolight", token: token).hasSuffix(" 404"))
            #expect(try post("capslock", token: token) == " 204")
            #expect(try guest.daemon(#"{"v":1,"op":"list"}"#).contains(#""id":"status-page-capslock""#))
            try expectBlinking(guest, .capslock, since: begun)
        }
    }

    @Test("A button that is pressed in a browser", .enabled(if: Browser.path != nil, "there is no chromium; see 'make test-page'"))
    func pressed() throws {
        let browser = try Browser()
        try withPage { guest, url in
            try browser.visit(url)
            let button = "[...document.querySelectorAll('#light-buttons button')].find(node => node.textContent === 'Blink Num Lock')"
            try browser.wait(until: "\(button) !== undefined")
            let begun = Clocks.monotonic
            try browser.value(of: "\(button).click()")
            try browser.wait(until: "document.getElementById('light-state').textContent === 'Num Lock blinks.'")
            try expectBlinking(guest, .numlock, since: begun)
        }
    }
}
