import ArgumentParser
import ToolSupport

struct Shares: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Count where the instructions of a request to a web server on the card go: SwiftNIO, lwIP, what is between them, the driver.",
        discussion: """
            The release build of 'e1000-uio serve' runs under callgrind on QEMU's bare card, wrk asks for a file of 100 bytes on 8 \
            connections. What the Swift runtime and the C library execute is counted for whoever called them. The goal is named, and \
            nothing fails.

            Examples:
              ringlight-bench shares
              ringlight-bench shares --seconds 60 --json
            """)

    @Option(help: "Seconds of requests; some hundred a second are answered under callgrind.")
    var seconds = 20
    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
        if !(1...3600).contains(seconds) { throw Problem.usage("--seconds", "\(seconds)", remedy: "use 1 to 3600") }
    }

    func run() throws {
        let shares = try RequestShares.measure(seconds: seconds)
        if json { try Output.json(shares) } else { shares.lines.forEach(Output.line) }
    }
}
