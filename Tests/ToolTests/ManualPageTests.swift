import Glibc
import TestSupport
import Testing

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
