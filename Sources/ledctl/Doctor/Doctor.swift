import ArgumentParser
import Glibc
import KeyboardLights
import ToolSupport

extension LEDCtl {
    struct Doctor: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "doctor",
            abstract: "Say in plain words why a light does not light, and how to mend it.",
            discussion: """
                Looks at the kernel module, its nodes and who may write to them, the keyboards and their lights, who has \
                grabbed them or taken them away, ledd, its socket, claims and configuration. Changes nothing. A line for \
                each thing that is wrong: what, why (what to do). As root it sees more: which programs have a grabbed \
                keyboard open.

                Exit codes: 0 nothing was found, 1 something was.

                Examples:
                  ledctl doctor
                  sudo ledctl doctor capslock
                  ledctl doctor --json | jq -r '.[].remedy'
                """)

        @Argument(help: "The lights that should light, or wildcards; by default those that a keyboard has.", completion: .lights)
        var lights: [String] = []

        @Flag(help: "Print one JSON array of {\"kind\", \"about\", \"why\", \"remedy\"}, empty when nothing was found.")
        var json = false

        @OptionGroup var ledd: DaemonChoice

        func run() throws {
            let wanted = try lights.flatMap { pattern in
                let matches = Light.names.filter { fnmatch(pattern, $0, 0) == 0 }
                guard !matches.isEmpty else { throw LightError.unknownLight(pattern, known: Light.names) }
                return matches
            }
            let daemon = ledd.noDaemon ? DaemonExamination() : DaemonExamination(Surroundings())
            let lights = LightExamination(Surroundings(), wanted: wanted, daemon)
            let findings = lights.findings + daemon.findings + daemon.troubles(besides: lights.findings)
            if json {
                try Output.json(findings)
            } else if findings.isEmpty {
                Output.line("nothing found: \(lights.usable.joined(separator: ", ")) can be set\(daemon.reply == nil ? "" : ", ledd answers")")
            } else {
                findings.forEach { Output.line($0.text) }
            }
            if !findings.isEmpty { throw ExitCode.failure }
        }
    }
}

/// Where the doctor looks.
struct Surroundings {
    var catalog = LightCatalog.ofEnvironment
    var processes = "/proc"
    var unitFolders = [
        "/etc/systemd/system", "/run/systemd/system", "/usr/local/lib/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system",
    ]
}
