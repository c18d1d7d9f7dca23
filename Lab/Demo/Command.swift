import ArgumentParser
import Lab
import ToolSupport

@main
struct Demo: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ringlight-demo",
        abstract: "Boot a guest, send frames and blink a light in it, and show what outside witnesses saw.",
        version: ringlightVersion)

    static func main() { Tool.run(Self.self) }

    func run() throws {
        let guest = try Guest()
        Output.line(try guest.output(of: "uname -a"))
    }
}
