import ArgumentParser
import ToolSupport

@main
struct LEDCtl: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ledctl",
        abstract: "Set, read and blink the keyboard's lights.",
        version: ringlightVersion,
        subcommands: [])

    static func main() { Tool.run(Self.self) }
}
