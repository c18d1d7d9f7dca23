import ArgumentParser
import KeyboardLights
import ToolSupport

extension LEDCtl {
    struct Set: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Turn lights on or off, and keep them so until 'release'.",
            usage: "ledctl set LIGHT... on|off|toggle",
            discussion: """
                Takes each light from its lock key until 'ledctl release', also after this program has ended, and for \
                keyboards that are plugged in later. 'toggle' turns a light to the opposite of what it shows. While a \
                notification plays, the light shows that, and what was set afterwards.

                Examples:
                  ledctl set capslock on
                  ledctl set capslock numlock off
                  ledctl set '*lock' toggle
                """)

        @Argument(help: ArgumentHelp("The lights or wildcards, then on, off or toggle.", valueName: "light... on|off|toggle"))
        var words: [String] = []

        func run() throws {
            guard let word = words.last, words.count > 1 else {
                throw Problem.usage(words.first ?? "set", "a light and a state are needed", remedy: "write 'ledctl set capslock on'")
            }
            guard let state = State(rawValue: word) else {
                throw Problem.usage(word, "this is no state", remedy: "end with on, off or toggle: 'ledctl set \(words[0]) on'")
            }
            let catalog = LightCatalog.ofEnvironment
            var wanted: [Light: Bool] = [:]
            try forEach(try catalog.lightsToSet(words.dropLast())) { light throws(LightError) in
                let node = try LightNode(light, for: state == .toggle ? .readAndWrite : .write)
                let on = state == .toggle ? !(try node.readChange() ?? false) : state == .on
                try node.set(on)
                wanted[light] = on
            }
            for entry in catalog.entries() {
                guard let on = wanted[entry.light], let shown = entry.isOn, on != shown else { continue }
                Output.note(
                    "ledctl: \(entry.light.name): set to \(on.word), but still \(shown.word): a notification plays on it, "
                        + "or another program has grabbed the keyboard (it follows when they end)")
            }
        }

        private enum State: String { case on, off, toggle }
    }
}
