import ArgumentParser
import KeyboardLights
import ToolSupport

extension LEDCtl {
    struct Get: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "get",
            abstract: "Print whether a light is on or off.",
            discussion: """
                The light's real state, whoever drives it; the kernel module is not needed. One light given by its name \
                prints 'on' or 'off', several or a wildcard print 'NAME on' or 'NAME off' a line.

                Examples:
                  ledctl get capslock
                  ledctl get '*lock'
                  ledctl get capslock --json
                """)

        @Argument(help: "The light, or several, or wildcards.")
        var lights: [String]

        @Flag(help: "Print one JSON array of {\"light\", \"on\"}.")
        var json = false

        func run() throws {
            let entries = try LightCatalog.ofEnvironment.entries(matching: lights)
            // A light that was asked for by its name must have a state; a wildcard chooses among those that have.
            if let dark = entries.first(where: { $0.isOn == nil && lights.contains($0.light.name) }) {
                throw LightError.noKeyboard(dark.light.name)
            }
            let states = entries.compactMap { entry in entry.isOn.map { State(light: entry.light.name, on: $0) } }
            guard !states.isEmpty else { throw LightError.noKeyboard(lights.joined(separator: " ")) }
            if json {
                try Output.json(states)
            } else if lights == states.map(\.light), states.count == 1 {
                Output.line(states[0].on.word)
            } else {
                states.forEach { Output.line("\($0.light) \($0.on.word)") }
            }
        }

        private struct State: Encodable {
            let light: String
            let on: Bool
        }
    }
}
