import ArgumentParser
import Glibc
import Logging
import Systemd
import ToolSupport

@main
struct LEDDaemon: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ledd",
        abstract: "Share the keyboard's lights between many who want them.",
        discussion: """
            Takes claims for the lights (from 'ledctl notify', from other programs by its socket, and from the event \
            sources of its configuration) and shows the highest one on each light; equals take turns. A claim ends by \
            time, by command, or with its program. A light without claims is its lock key's. When ledd ends, however it \
            ends, the lights are given back.

            Usually the service manager starts it: 'systemctl enable --now ledd.socket'. Then the socket is the \
            manager's; else ledd makes its own, at --socket. SIGHUP has the configuration read anew; claims stay.

            Examples:
              ledd --check
              sudo ledd --log-level debug
              ledd --config ./ledd.toml --socket /tmp/ledd.sock

            Environment: RINGLIGHT_LIGHT_DIRECTORY (instead of /dev/ringlight) and RINGLIGHT_SYSFS (instead of /sys) \
            point to other folders.

            Exit codes: 0 stopped, or the configuration is good; 1 failed, or it is not; 64 unusable command line.
            """,
        version: ringlightVersion)

    /// Where the configuration is unless `--config` says otherwise; it need not exist.
    static let standardConfiguration = "/etc/ringlight/ledd.toml"

    @Option(help: ArgumentHelp("The configuration. Default: \(standardConfiguration), if it exists.", valueName: "file"), completion: .file())
    var config: String?

    @Flag(help: "Only check the configuration: print each fault with its line and column.")
    var check = false

    @Option(help: ArgumentHelp("Where to make the socket. Default: the configuration's.", valueName: "path"), completion: .file())
    var socket: String?

    @Option(name: .customLong("log-level"), help: "How much to log: debug, info, notice, warning or error.")
    var logLevel: Logger.Level = .info

    static func main() { Tool.run(Self.self) }

    func run() throws {
        let configuration = try ConfigurationFile(config)
        let content: Configuration
        do throws(ConfigurationProblems) {
            content = try configuration.read()
        } catch {
            // A line each; where an editor looks for them.
            Output.note("\(error)")
            throw ExitCode.failure
        }
        if check {
            Output.note("ledd: \(configuration.path): no fault found")
            return
        }
        LoggingSystem.bootstrap { [logLevel] _ in
            var log = JournalLog()
            log.logLevel = logLevel
            return log
        }
        try Daemon(configuration, content, socket: socket).run()
    }
}

/// Which file configures the daemon.
struct ConfigurationFile {
    let path: String
    /// The usual file may be missing; one that was asked for may not.
    private let mayBeMissing: Bool

    init(_ path: String?) throws {
        self.path = path ?? LEDDaemon.standardConfiguration
        mayBeMissing = path == nil
    }

    func read() throws(ConfigurationProblems) -> Configuration {
        if mayBeMissing && access(path, F_OK) != 0 { return .standard }
        return try Configuration.read(path: path)
    }
}

extension Logger.Level: @retroactive ExpressibleByArgument {}
