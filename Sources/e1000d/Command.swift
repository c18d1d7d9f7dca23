import ArgumentParser
import ToolSupport

@main
struct CardDaemon: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "e1000d", abstract: "To be written.", version: ringlightVersion)

    static func main() { Tool.run(Self.self) }

    func run() throws {}
}
