import ArgumentParser
import Glibc

/// Runs a program: parses, runs the subcommand, reports in one line, exits.
///
/// Exit codes: 0 done, 1 failed, 64 unusable command line. An error that is not a `Problem` must describe
/// itself as `what: why (what to do)`.
public enum Tool {
    public static func run(_ root: any ParsableCommand.Type) -> Never {
        // A reader that closes the pipe (`| head`) is an EPIPE error, not a silent death.
        signal(SIGPIPE, SIG_IGN)
        Interruption.install()
        do {
            var command = try parse(root)
            try command.run()
            exit(0)
        } catch {
            exit(report(error, of: root))
        }
    }

    /// Parses the subcommand alone, and only what that refuses (help, too) with the whole tree, which says why.
    ///
    /// The parser looks up types at run time, for each option of each subcommand: two thirds of a short program's start.
    private static func parse(_ root: any ParsableCommand.Type) throws -> any ParsableCommand {
        let arguments = CommandLine.arguments.dropFirst()
        if let name = arguments.first, let subcommand = root.configuration.subcommands.first(where: { $0.configuration.commandName == name }),
            let command = try? subcommand.parse(Array(arguments.dropFirst())) {
            return command
        }
        return try root.parseAsRoot()
    }

    private static func report(_ error: any Error, of root: any ParsableCommand.Type) -> Int32 {
        let program = root.configuration.commandName ?? "\(root)"
        switch error {
        case let problem as Problem:
            Output.note("\(program): \(problem)")
            return 1
        case let code as ExitCode:
            return code.rawValue
        default:
            let code = root.exitCode(for: error)
            // Help and --version come as errors too; those are data.
            if code == .success {
                Output.text(root.fullMessage(for: error))
                return 0
            }
            if code == .validationFailure {
                let message = root.message(for: error)
                // Our own say what to do; the parser's do not.
                Output.note("\(program): \(message)" + (message.hasSuffix(")") ? "" : " (see '\(program)\(subcommand(of: root)) --help')"))
                return code.rawValue
            }
            Output.note("\(program): \(error)")
            return 1
        }
    }

    /// The subcommand that the user named, after a space; empty for none.
    private static func subcommand(of root: any ParsableCommand.Type) -> String {
        guard let name = CommandLine.arguments.dropFirst().first,
            root.configuration.subcommands.contains(where: { $0._commandName == name || $0.configuration.aliases.contains(name) })
        else { return "" }
        return " " + name
    }
}
