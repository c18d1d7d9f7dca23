import ArgumentParser
import ToolSupport

struct Lights: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lights",
        abstract: "Measure how soon a light is seen on: through sysfs, a node, ledd's socket, and ledctl.",
        discussion: """
            In one guest, the four in turns. The guest says through an I/O port when it begins; QEMU's VNC server shows the \
            keyboard's lights; both are stamped by one clock, outside.

            Examples:
              ringlight-bench lights --rounds 500
            """)

    @Option(help: "How often each is measured.")
    var rounds = 200
    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
        if !(1...100_000).contains(rounds) { throw Problem.usage("--rounds", "\(rounds)", remedy: "use 1 to 100000") }
    }

    func run() throws {
        let latencies = try LightLatency.measure(rounds: rounds)
        if json { try Output.json(latencies) } else { LightLatency.lines(latencies).forEach(Output.line) }
    }
}
