import ArgumentParser
import KeyboardLights
import ToolSupport

extension LEDCtl {
    struct Set: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Turn lights on or off, or let them blink, and keep them so until 'release'.",
            usage: "ledctl set LIGHT... on|off|toggle\n       ledctl set LIGHT... --pattern PATTERN [--repeat COUNT]",
            discussion: """
                Takes each light from its lock key until 'ledctl release', also after this program has ended, and for \
                keyboards that are plugged in later. 'toggle' turns a light to the opposite of what it shows. While a \
                notification plays, the light shows that, and what was set afterwards.

                With --pattern the kernel plays the pattern (see 'ledctl notify --help'), until something else is set or \
                released; no program has to run for it. With --repeat the light is then what it was before.

                Examples:
                  ledctl set capslock on
                  ledctl set capslock numlock off
                  ledctl set '*lock' toggle
                  ledctl set numlock --pattern heartbeat
                """)

        @Argument(help: ArgumentHelp("The lights or wildcards, then on, off or toggle.", valueName: "light... on|off|toggle"))
        var words: [String] = []

        @Option(help: "Play this pattern, instead of a state.")
        var pattern: String?

        @Option(name: .customLong("repeat"), help: "How many times the pattern plays; 0 for without end.")
        var repeats = 0

        func run() throws {
            if let pattern { return try play(pattern) }
            guard repeats == 0 else {
                throw Problem.usage("--repeat \(repeats)", "there is no pattern to repeat", remedy: "add --pattern")
            }
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

        private func play(_ text: String) throws {
            let pattern = try Pattern.fromCommandLine(text, repeats: repeats)
            guard let last = words.last, State(rawValue: last) == nil else {
                throw Problem.usage("--pattern", "it goes with lights, and no state", remedy: "write 'ledctl set capslock --pattern blink'")
            }
            guard pattern.kernelLine(repeats: nil) != nil else {
                throw Problem.usage(
                    "--pattern", "the kernel plays at most 256 steps",
                    remedy: "make it shorter, or use 'ledctl notify', which plays longer ones itself")
            }
            try forEach(try LightCatalog.ofEnvironment.lightsToSet(words)) { light throws(LightError) in
                guard try LightNode(light, for: .write).play(pattern, repeats: repeats == 0 ? nil : repeats) else {
                    throw LightError.moduleTooOld(light.name)
                }
            }
        }

        private enum State: String { case on, off, toggle }
    }
}
