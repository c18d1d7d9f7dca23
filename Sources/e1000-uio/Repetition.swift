import ArgumentParser
import Clocks
import ToolSupport

/// `--watch`: the same again, until the user interrupts.
struct Repetition: ParsableArguments {
    @Option(help: ArgumentHelp("Show it again every so many seconds, until interrupted.", valueName: "seconds"))
    var watch: Double?

    func validate() throws {
        if let watch, !(watch >= 0.05 && watch <= 86400) {
            throw Problem.usage("--watch", "\(watch) seconds", remedy: "use a number from 0.05 to 86400")
        }
    }

    /// - Parameter body: is told whether it is the first time.
    func run(_ body: (_ isFirst: Bool) throws -> Void) throws {
        try body(true)
        guard let watch else { return }
        let step = Int64(watch * 1e9)
        var next = Clocks.monotonic + step
        while Interruption.sleep(nanoseconds: max(1, next - Clocks.monotonic)) {
            next += step
            try body(false)
        }
    }
}
