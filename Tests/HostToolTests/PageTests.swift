import ChildProcess
import Glibc
import TestSupport
import Testing

/// A browser looks at the page that comes through the card it shows. 'make test-page' installs one.
@Suite("The status page in a browser", .serialized, .enabled(if: ChildProcess.find("chromium") != nil, "there is no chromium; see 'make test-page'"))
struct PageTests {
    /// Where the pictures stay for a person to judge, if one wants them.
    private static let pictures = getenv("RINGLIGHT_PICTURES").map { String(cString: $0) }

    private func chromium(_ arguments: String, profile: String) throws -> ToolResult {
        try shell(
            "exec chromium --headless=new --no-sandbox --disable-gpu --disable-dev-shm-usage --no-first-run --disable-background-networking "
                + "--user-data-dir='\(profile)' --virtual-time-budget=4000 \(arguments) 2>'\(profile)/log'", bound: 90_000)
    }

    @Test("Its numbers are the card's, live; on a desk and on a phone")
    func page() throws {
        var template = Array("/tmp/ringlight-page-XXXXXX".utf8CString)
        try #require(mkdtemp(&template) != nil)
        let folder = String(decoding: template.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        defer { _ = try? shell("rm -rf '\(folder)'") }
        try withTool(["serve", "--quiet", "--status", folder], hostPort: 80, ready: "serving", options: ["--mac", "52:54:00:0a:0b:0c"]) { tool in
            let url = "http://127.0.0.1:\(tool.port)/_ringlight/"
            let dom = try chromium("--dump-dom \(url)", profile: folder)
            let text = dom.text
            #expect(dom.status == 0)
            for part in ["52:54:00:0a:0b:0c", "82540EM", "10.0.2.15", "ESTABLISHED", "1000 Mbit/s", "Missed by the card"] {
                #expect(text.contains(part), "\(part) is not in:\n\(text.suffix(6000))")
            }
            #expect(!text.contains("Waiting for the first numbers"))
            // Frames of this very look.
            #expect(text.contains("10.0.2.15.80 &gt; 10.0.2.2."))
            // Without --lights there is nothing to press.
            #expect(!text.contains("light-buttons\" class=\"buttons\"><button"))
            for (name, size) in [("desk", "1280,1500"), ("phone", "500,1700")] {
                let picture = "\(Self.pictures ?? folder)/status-\(name).png"
                _ = try chromium("--hide-scrollbars --window-size=\(size) --screenshot='\(picture)' \(url)", profile: folder)
                var status = stat()
                #expect(stat(picture, &status) == 0 && status.st_size > 20_000, "\(name): no picture of a page")
            }
        }
    }
}
