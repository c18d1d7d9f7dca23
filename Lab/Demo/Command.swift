import ArgumentParser
import KeyboardLights
import Lab
import ToolSupport

@main
struct Demo: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ringlight-demo",
        abstract: "Boot a guest, blink a light and send frames in it, serve a page without one, and show what outside witnesses saw.",
        discussion: """
            In a QEMU guest with ringlight.ko, 'ledctl notify' blinks a light and 'e1000-uio send' transmits through the \
            UIO-mapped card. Outside, QEMU's VNC server tells what the keyboard's lights did, and QEMU's wire capture \
            holds the frames. Then 'e1000-uio serve' serves a file of random bytes on QEMU's card without a guest, and curl fetches it. \
            Needs neither root nor KVM; 'make demo' prepares and builds what is missing.

            Exit codes: 0 if all witnesses saw what was commanded, 1 if not, 130 when it was interrupted.

            Examples:
              ringlight-demo
              ringlight-demo --light numlock --pattern on:200,off:300 --repeat 5 --count 100
              ringlight-demo --json
            """,
        version: ringlightVersion)

    static func main() { Tool.run(Self.self) }

    @Option(help: "The light: \(Light.names.joined(separator: ", ")).")
    var light = "capslock"

    @Option(help: "The light's pattern, as 'ledctl notify' takes it.")
    var pattern = "blink"

    @Option(name: .customLong("repeat"), help: "How many times the pattern plays, 1 to 100.")
    var repeats = 3

    @Option(help: "Frames to send, 1 to 1000.")
    var count = 10

    @Flag(help: "The result as JSON on standard output; what happens meanwhile goes to standard error.")
    var json = false

    func run() throws {
        guard let light = LockLight(rawValue: light) else {
            throw Problem.usage("--light \(light)", "no such light", remedy: "use \(Light.names.joined(separator: ", "))")
        }
        guard (1...100).contains(repeats) else {
            throw Problem.usage("--repeat \(repeats)", "out of range", remedy: "use 1 to 100")
        }
        guard (1...1000).contains(count) else { throw Problem.usage("--count \(count)", "out of range", remedy: "use 1 to 1000") }
        let steps: Pattern
        do {
            steps = try Pattern(parsing: pattern)
        } catch {
            throw Problem.usage(error.what, error.why, remedy: error.remedy)
        }
        let demonstration = Demonstration(
            light: light, patternText: pattern, commanded: CommandedLight(pattern: steps, repeats: repeats), repeats: repeats,
            count: count,
            tell: { line in json ? Output.note(line) : Output.line(line) })
        let report: Report
        do {
            report = try demonstration.run()
        } catch {
            // What was interrupted did not fail.
            if Interruption.requested { throw ExitCode(130) }
            throw error
        }
        if json { try Output.json(report) } else { Output.text(report.table) }
        if !report.ok { throw ExitCode(1) }
    }
}
