import ArgumentParser
import ToolSupport

@main
struct LEDDaemon: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "ledd", abstract: "To be written.", version: ringlightVersion)

    static func main() { Tool.run(Self.self) }

    func run() throws {}
}
