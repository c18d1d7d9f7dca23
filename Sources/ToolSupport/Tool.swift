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
            var command = try root.parseAsRoot()
            try command.run()
            exit(0)
        } catch {
            exit(report(error, of: root))
        }
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
                Output.note("\(program): \(message)" + (message.hasSuffix(")") ? "" : " (see '\(program) --help')"))
                return code.rawValue
            }
            Output.note("\(program): \(error)")
            return 1
        }
    }
}
