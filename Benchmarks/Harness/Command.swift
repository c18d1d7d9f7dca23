import ArgumentParser
import ToolSupport

@main
struct Bench: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ringlight-bench",
        abstract: "Measure the packet path.",
        version: ringlightVersion)

    static func main() { Tool.run(Self.self) }
}
