import ArgumentParser
import ToolSupport

/// How often somebody is asked, and how long an answer is waited for.
struct AskingOptions: ParsableArguments {
    @Option(name: .shortAndLong, help: "Questions; 0: until stopped.")
    var count: UInt32 = 0
    @Option(name: .shortAndLong, help: "Seconds between two of them.")
    var interval: Double = 1
    @Option(name: [.customShort("W"), .long], help: "Seconds to wait for an answer to the last one.")
    var timeout: Double = 2
    @Flag(help: "Print the totals as JSON on standard output, instead of lines.")
    var json = false

    func validate() throws {
        guard interval >= 0.001, interval <= 3600 else { throw Problem.usage("--interval", "\(interval) seconds", remedy: "use 0.001 to 3600") }
        guard timeout > 0, timeout <= 3600 else {
            throw Problem.usage("--timeout", "\(timeout) seconds", remedy: "use more than 0, up to 3600")
        }
    }
}
