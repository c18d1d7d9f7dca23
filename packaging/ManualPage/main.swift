// Writes a manual page from its hand-written part and, for a program, from what the program tells of its command line.
// Usage: manual-page TEMPLATE DATE VERSION [DUMP]
//   TEMPLATE  mdoc(7) source; @DATE@, @VERSION@ and @ABSTRACT@ anywhere, and as lines of their own
//             @SYNOPSIS@ @DESCRIPTION@ @OPTIONS@ @COMMANDS@
//   DUMP      what 'PROGRAM --experimental-dump-help' printed
import FoundationEssentials
import Glibc
import ToolSupport

func fail(_ words: String, exitCode: Int32 = 1) -> Never {
    Output.note("manual-page: \(words)")
    exit(exitCode)
}

func contents(of path: String) -> String {
    guard let data = try? Data(contentsOf: URL(filePath: path)) else { fail("\(path): cannot be read (does it exist?)") }
    return String(decoding: data, as: UTF8.self)
}

let arguments = CommandLine.arguments
guard (4...5).contains(arguments.count) else { fail("usage: manual-page TEMPLATE DATE VERSION [DUMP]", exitCode: 64) }
let template = contents(of: arguments[1])
var page: Page?
if arguments.count == 5 {
    guard let info = try? JSONDecoder().decode(ToolInfo.self, from: Data(contents(of: arguments[4]).utf8)) else {
        fail("\(arguments[4]): tells of no command line (was it written by 'PROGRAM --experimental-dump-help'?)")
    }
    page = Page(command: info.command)
}

var result = ""
for line in template.split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
    if line.hasPrefix("@"), line.hasSuffix("@"), line.count > 2 {
        guard let section = page?.section(line.dropFirst().dropLast()) else {
            fail("\(arguments[1]): \(line): nothing is known to put there (see packaging/ManualPage/main.swift)")
        }
        for line in section { result += line + "\n" }
    } else {
        // An abstract ends without a stop in a page's NAME.
        var abstract = page?.command.abstract ?? ""
        if abstract.hasSuffix(".") { abstract.removeLast() }
        result += line.replacing("@DATE@", with: arguments[2]).replacing("@VERSION@", with: arguments[3])
            .replacing("@ABSTRACT@", with: Mdoc.escaped(abstract)) + "\n"
    }
}
Output.text(result)
