import Glibc
import KeyboardLights
import LightClaims
import TestSupport
import Testing

@testable import ledd

/// The writer of manual pages.
@Suite struct ManualPageTests {
    /// Runs the writer on a template, and on a dump if there is one.
    private func write(_ template: String, dump: String? = nil) throws -> ToolResult {
        var name = Array("/tmp/ringlight-manual-XXXXXX".utf8CString)
        let folder = try #require(mkdtemp(&name).map { String(cString: $0) })
        defer { _ = try? runTool("/bin/rm", ["-r", folder]) }
        for (file, text) in [("template", template), ("dump", dump ?? "")] {
            _ = try runTool("/bin/sh", ["-c", "cat > \(folder)/\(file)"], input: Array(text.utf8))
        }
        return try runTool("manual-page", ["\(folder)/template", "January 1, 2026", "9.9"] + (dump == nil ? [] : ["\(folder)/dump"]))
    }

    @Test("Options, values and literal text keep what roff would take for its own")
    func escapes() throws {
        let dump = #"""
            {"command": {"commandName": "tool", "abstract": "Do \\ it.", "discussion": "First.\n\nExamples:\n  tool --all 'a'\n  .hidden",
             "arguments": [{"kind": "option", "isOptional": true, "isRepeating": true, "valueName": "count", "defaultValue": "1",
               "names": [{"kind": "short", "name": "c"}, {"kind": "long", "name": "count"}], "preferredName": {"kind": "long", "name": "count"},
               "abstract": "How often; '-1' for ever."}]}}
            """#
        let page = try write(".Nd @ABSTRACT@ @VERSION@ @DATE@\n@SYNOPSIS@\n@DESCRIPTION@\n@OPTIONS@\n", dump: dump)
        #expect(page.status == 0, "\(page.errors)")
        #expect(
            page.text == #"""
                .Nd Do \e it 9.9 January 1, 2026
                .Nm
                .Op Fl -count Ar count ...
                First.
                .Pp
                Examples:
                .Bd -literal -offset indent
                tool \-\-all \(aqa\(aq
                \&.hidden
                .Ed
                .Bl -tag -width Ds
                .It Fl c Ar count , Fl -count Ar count
                How often; '\-1' for ever.
                Default: 1.
                .El

                """#)
    }

    @Test("A dump that is none, a place that nobody knows and a missing file are told of")
    func faults() throws {
        let broken = try write("@OPTIONS@\n", dump: "{}")
        #expect(broken.status == 1 && broken.errors.contains("tells of no command line"), "\(broken.errors)")
        let unknown = try write("@NOTHING@\n")
        #expect(unknown.status == 1 && unknown.errors.contains("@NOTHING@"), "\(unknown.errors)")
        #expect(try runTool("manual-page", ["/nonexistent", "today", "1"]).status == 1)
        #expect(try runTool("manual-page", []).status == 64)
    }
}

/// What the pages tell of the programs, against the programs.
@Suite struct ManualContentTests {
    private func page(_ name: String) throws -> [Substring] {
        try readText("\(packageFolder)/man/\(name)").split(separator: "\n", omittingEmptySubsequences: false)
    }

    /// Whether a page has a word as a literal or as the head of an item.
    private func tells(_ page: [Substring], _ word: String) -> Bool {
        page.contains { line in
            guard [".Ql ", ".Cm ", ".It Cm ", ".It Ql ", ".It Pa ", ".Pa "].contains(where: line.hasPrefix) else { return false }
            return line.split(separator: " ").dropFirst().contains { $0 == word || $0 == "\\(dq\(word)\\(dq:" }
        }
    }

    private func fields(_ value: some Any) -> [String] { Mirror(reflecting: value).children.compactMap(\.label) }

    @Test("ledd(8) has every operation, field, piece of news and reason of the protocol, and its bounds")
    func protocolOfDaemon() throws {
        let page = try page("ledd.8.in")
        let claim = try Claim(id: "a", source: "b", light: "capslock", effect: .on)
        var words = Request.Operation.allCases.map(\.rawValue) + Reply.News.allCases.map(\.rawValue) + Arbiter.EndReason.allCases.map(\.rawValue)
        words += fields(Request(.ping)) + fields(Reply()) + fields(Reply.Failure(code: "", message: ""))
        words += fields(ClaimState(claim, shown: true)) + fields(LightState(name: "capslock", on: nil, claim: nil))
        #expect(words.count > 50 && words.contains("secondsLeft") && words.contains("repeat"))
        for word in Set(words).sorted() { #expect(tells(page, word), "ledd(8) does not tell of '\(word)'") }
        let text = page.joined(separator: " ")
        let bounds = [
            Arbiter.mostClaims, Arbiter.mostClaimsOfUser, Arbiter.mostClaimsOfOwner, Listener.mostClients, Listener.mostClientsOfUser,
            Request.longestLine, Claim.longestMessage, Claim.longestName, PatternPlayer.mostRepeats, Int(Claim.longestTime),
            Client.longestBacklog >> 10, Client.longestBacklogOfAll >> 20,
        ]
        for bound in bounds { #expect(text.contains(try Regex("\\b\(bound)\\b")), "ledd(8) does not tell of \(bound)") }
    }

    @Test("ringlight(4) has every command of a light's node, and every attribute in sysfs")
    func module() throws {
        let page = try page("ringlight.4.in")
        let readme = try readText("\(packageFolder)/kmod/README.md")
        // The table's rows: | `1`, `0` | what it does |
        let rows = readme.split(separator: "\n").drop { !$0.hasPrefix("| write") }.dropFirst(2).prefix { $0.hasPrefix("| `") }
        let commands = rows.flatMap { row in row.split(separator: "|")[0].matches(of: #/`(\w+)[^`]*`/#).map { String($0.1) } }
        #expect(commands == ["1", "0", "trigger", "pattern", "release"])
        let items = page.filter { $0.hasPrefix(".It Ql ") }
        for command in commands {
            #expect(items.contains { $0.split(separator: " ").contains(Substring(command)) }, "ringlight(4) does not tell of '\(command)'")
        }
        let interface = try readText("\(packageFolder)/kmod/ABI/sysfs-class-misc-ringlight")
        let attributes = interface.matches(of: #/ringlight-<light>\/(\w+)/#).map { String($0.1) }
        #expect(attributes.count >= 8)
        for attribute in attributes { #expect(tells(page, attribute), "ringlight(4) does not tell of '\(attribute)'") }
    }
}
