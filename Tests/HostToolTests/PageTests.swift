import Glibc
import Lab
import TestSupport
import Testing

/// A browser looks at the page that comes through the card it shows. 'make test-page' installs one.
@Suite("The status page in a browser", .serialized, .enabled(if: Browser.path != nil, "there is no chromium; see 'make test-page'"))
struct PageTests {
    /// Where the pictures stay for a person to judge, if one wants them.
    private static let pictures = getenv("RINGLIGHT_PICTURES").map { String(cString: $0) }

    private func withPage(_ body: (Browser, RunningTool) throws -> Void) throws {
        let browser = try Browser()
        try withTool(["serve", "--quiet", "--status", "."], hostPort: 80, ready: "serving", options: ["--mac", "52:54:00:0a:0b:0c"]) { tool in
            try browser.visit("http://127.0.0.1:\(tool.port)/_ringlight/")
            try browser.wait(until: "document.getElementById('state')?.textContent === 'Live'")
            try body(browser, tool)
        }
    }

    private func text(_ browser: Browser) throws -> String { try #require(try browser.value(of: "document.body.innerText").string) }

    @Test("Its numbers are the card's, live; a server that is gone is told, one that is back is shown")
    func numbers() throws {
        try withPage { browser, tool in
            // Frames of this very look.
            try browser.wait(until: "document.getElementById('frames').innerText.includes('10.0.2.15.80 > 10.0.2.2.')")
            let text = try text(browser)
            for part in ["52:54:00:0a:0b:0c", "82540EM", "10.0.2.15", "ESTABLISHED", "1000 Mbit/s", "Missed by the card"] {
                #expect(text.contains(part), "\(part) is not in:\n\(text)")
            }
            // Without --lights there is nothing to press but Pause.
            #expect(try browser.value(of: "document.querySelectorAll('button:not([hidden] *)').length") == 1)
            let frames = "Number(document.getElementById('counters').rows[0].cells[1].textContent.replaceAll(',', ''))"
            let before = try #require(try browser.value(of: frames).integer)
            try browser.wait(until: "\(frames) > \(before)")
            kill(tool.pid, SIGSTOP)
            try browser.wait(until: "document.getElementById('state').textContent.startsWith('The server is gone')")
            kill(tool.pid, SIGCONT)
            try browser.wait(until: "document.getElementById('state').textContent === 'Live'")
        }
    }

    @Test("On a desk, on phones, bright and dark: nothing sticks out, nothing is too small for a finger, every text has its contrast")
    func sizes() throws {
        try withPage { browser, _ in
            try browser.wait(until: "document.getElementById('frames').children.length > 40", within: 60)
            // A phone of today, and the narrowest that a page is to bear (WCAG 2.2, 1.4.10).
            for (name, width) in [("desk", 1280), ("phone", 390), ("narrow", 320)] {
                try browser.resize(width: width, height: 800, isPhone: width < 500)
                let height = try #require(try browser.value(of: "document.documentElement.scrollHeight").integer)
                #expect(height < 6000, "\(name): nobody scrolls so far")
                // All of it, for the picture.
                try browser.resize(width: width, height: Int(height), isPhone: width < 500)
                #expect(try browser.value(of: PageChecks.layout(width: width)) == [], "\(name)")
                for (tone, isDark) in [("bright", false), ("dark", true)] {
                    try browser.setDark(isDark)
                    #expect(try browser.value(of: PageChecks.text) == [], "\(name), \(tone)")
                    let picture = try browser.picture()
                    #expect(picture.count > 20_000, "\(name), \(tone): no picture of a page")
                    if let folder = Self.pictures { try write(picture, to: "\(folder)/status-\(name)-\(tone).png") }
                }
            }
        }
    }

    @Test("To those who hear it and to those who have only keys it is all there")
    func accessible() throws {
        try withPage { browser, _ in
            #expect(try browser.value(of: PageChecks.structure) == [])
            let heard = Set(try browser.heard())
            for role in ["main", "heading", "region", "image", "table", "columnheader", "button", "status"] {
                #expect(heard.contains { $0.role == role }, "no \(role)")
            }
            let mute = heard.filter { ["heading", "region", "image", "table", "columnheader", "button", "link"].contains($0.role) && $0.name.isEmpty }
            #expect(mute.isEmpty, "\(mute)")
            // A ring is told in words.
            #expect(heard.contains { $0.role == "image" && $0.name.contains(/The card owns \d+ of \d+ descriptors/) }, "\(heard)")
            // Tab leads to the button, space presses it.
            try browser.press("Tab", code: 9)
            #expect(try browser.value(of: "document.activeElement.id") == "pause")
            #expect(try browser.value(of: "getComputedStyle(document.activeElement).outlineStyle") == "solid")
            try browser.press(" ", code: 32)
            try browser.wait(until: "document.getElementById('state').textContent === 'Paused'")
            let pressed = Browser.Heard(role: "button", name: "Pause")
            #expect(try browser.heard().contains(pressed))
            #expect(try browser.value(of: "document.activeElement.getAttribute('aria-pressed')") == "true")
            let still = try text(browser)
            usleep(1_500_000)
            #expect(try text(browser) == still)
            try browser.press(" ", code: 32)
            try browser.wait(until: "document.getElementById('state').textContent === 'Live'")
        }
    }
}
