import ArgumentParser
import KeyboardLights
import LightClaims
import LightClient
import ToolSupport

extension LEDCtl {
    struct Set: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "set",
            abstract: "Turn lights on or off, or let them blink, and keep them so until 'release'.",
            usage: "ledctl set LIGHT... on|off|toggle [--no-daemon]\n       ledctl set LIGHT... --pattern PATTERN [--repeat COUNT] [--no-daemon]",
            discussion: """
                Takes each light from its lock key until 'ledctl release', also after this program has ended, and for \
                keyboards that are plugged in later. 'toggle' turns a light to the opposite of what it shows.

                With ledd this is a claim of the source 'ledctl' and the id 'set', one a light, with priority 4: claims of \
                higher priority (as notifications of normal urgency) cover it while they last, and it covers the lower ones. \
                It ends when ledd ends. Without ledd it is a claim of the node's that no program has to live for; a \
                notification covers it.

                With --pattern the light plays that (see 'ledctl notify --help') until something else is set or released; \
                this program need not run for it. With --repeat the light is then what it was before.

                Examples:
                  ledctl set capslock on
                  ledctl set capslock numlock off
                  ledctl set '*lock' toggle
                  ledctl set numlock --pattern heartbeat
                  ledctl set scrolllock --pattern trigger:disk-activity
                """)

        @Argument(
            help: ArgumentHelp("The lights or wildcards, then on, off or toggle.", valueName: "light... on|off|toggle"),
            completion: .list(Light.names + ["on", "off", "toggle"]))
        var words: [String] = []

        @Option(help: "Play this pattern, instead of a state.", completion: .patterns)
        var pattern: String?

        @Option(name: .customLong("repeat"), help: "How many times the pattern plays; 0 for without end.")
        var repeats = 0

        @OptionGroup var ledd: DaemonChoice

        func run() throws {
            let (lights, wish) = try parse()
            if var daemon = try ledd.connect() {
                try DaemonSetter.set(&daemon, LightCatalog.ofEnvironment.lightsToClaim(lights), wish)
            } else {
                try NodeSetter(catalog: .ofEnvironment).set(lights, wish)
            }
        }

        private func parse() throws -> (lights: [String], wish: Wish) {
            if let pattern {
                let effect = try Effect.fromCommandLine(pattern)
                let count = try countOfRepeats(effect)
                guard let last = words.last, State(rawValue: last) == nil else {
                    throw Problem.usage("--pattern", "it goes with lights, and no state", remedy: "write 'ledctl set capslock --pattern blink'")
                }
                return (words, .show(effect, repeats: count))
            }
            guard repeats == 0 else {
                throw Problem.usage("--repeat \(repeats)", "there is no pattern to repeat", remedy: "add --pattern")
            }
            guard let word = words.last, words.count > 1 else {
                throw Problem.usage(words.first ?? "set", "a light and a state are needed", remedy: "write 'ledctl set capslock on'")
            }
            guard let state = State(rawValue: word) else {
                throw Problem.usage(word, "this is no state", remedy: "end with on, off or toggle: 'ledctl set \(words[0]) on'")
            }
            let wish: Wish = switch state {
            case .on: .show(.on, repeats: nil)
            case .off: .show(.off, repeats: nil)
            case .toggle: .toggle
            }
            return (words.dropLast(), wish)
        }

        private func countOfRepeats(_ effect: Effect) throws -> Int? {
            let count = try ledctl.repeats(fromCommandLine: repeats)
            if case .pattern = effect { return count }
            guard count == nil else {
                throw Problem.usage("--repeat \(repeats)", "'\(effect.text)' is no pattern that could be repeated", remedy: "leave it out")
            }
            return nil
        }

        private enum State: String { case on, off, toggle }
    }
}

/// What `set` and `restore` make of a light.
enum Wish: Equatable {
    case toggle
    /// - repeats: of a pattern; `nil` for without end.
    case show(Effect, repeats: Int?)
}
