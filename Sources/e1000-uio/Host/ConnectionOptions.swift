import ArgumentParser
import HostServices
import ToolSupport

/// How many connections a server takes.
struct ConnectionOptions: ParsableArguments {
    @Option(help: "Connections at once; what comes beyond is reset.")
    var connections = 2048

    func validate() throws {
        guard 1...100_000 ~= connections else { throw Problem.usage("--connections", "\(connections) connections", remedy: "use 1 to 100000") }
    }

    var limit: ConnectionLimit { ConnectionLimit(connections) { Output.noteLater($0) } }
}
