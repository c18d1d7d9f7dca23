import ArgumentParser
import FoundationEssentials
import KeyboardLights
import LightClaims
import LightClient
import ToolSupport

extension LEDCtl {
    struct Save: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "save",
            abstract: "Write down what 'set' has made of the lights, for 'restore'.",
            discussion: """
                FILE is JSON, - is standard output; by default it is $XDG_STATE_HOME/ringlight/lights.json, or \
                ~/.local/state/ringlight/lights.json. It is written whole or not at all.

                With ledd, the patterns and states that 'set' claimed are saved; notifications and other programs' claims \
                are not. Without ledd, a light that is held is saved as on or off, as it shows at that moment, since a node \
                does not tell its pattern. A light that is not held is saved as released. Nothing is restored by itself: \
                have a unit or a login script run 'ledctl restore'.

                Examples:
                  ledctl save
                  ledctl save --light numlock /tmp/numlock.json
                  ledctl save - | jq .lights
                """)

        @Argument(help: ArgumentHelp("Where to, - for standard output.", valueName: "file"), completion: .file(extensions: ["json"]))
        var file: String?

        @Option(help: "Only this light, or those that a wildcard chooses; may be given several times.", completion: .lights)
        var light: [String] = ["*"]

        @OptionGroup var ledd: DaemonChoice

        func run() throws {
            let catalog = LightCatalog.ofEnvironment
            let saved: SavedLights
            if var daemon = try ledd.connect() {
                let chosen = light == ["*"] ? Light.names : try catalog.lightsToClaim(light)
                saved = SavedLights(try daemon.ask(Request(.list)), chosen)
            } else {
                saved = SavedLights(try catalog.entries(matching: light))
            }
            guard let path = file else { return try saved.write(to: SavedLights.standardPath(), makingFolders: true) }
            if path == "-" { try Output.json(saved) } else { try saved.write(to: path, makingFolders: false) }
        }
    }

    struct Restore: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "restore",
            abstract: "Make lights again what they were at 'save'.",
            discussion: """
                FILE as 'save' wrote it; - is standard input; by default the file that 'save' writes. Lights that were saved \
                as released are released, those that are not in FILE stay as they are. A file that is not good in every \
                part changes nothing.

                Examples:
                  ledctl restore
                  ledctl restore /tmp/numlock.json
                """)

        @Argument(help: ArgumentHelp("Where from, - for standard input.", valueName: "file"), completion: .file(extensions: ["json"]))
        var file: String?

        @OptionGroup var ledd: DaemonChoice

        func run() throws {
            let path = try file ?? SavedLights.standardPath()
            let wishes = try SavedLights(contentsOf: path).wishes(from: path)
            if var daemon = try ledd.connect() {
                for (light, effect) in wishes {
                    let request = try effect.map { try LastingClaim.request($0, on: light, repeats: nil) } ?? LastingClaim.release(light)
                    _ = try daemon.ask(request)
                }
                return
            }
            let catalog = LightCatalog.ofEnvironment
            var failed = false
            for (light, effect) in wishes {
                do {
                    if let effect {
                        try NodeSetter(catalog: catalog).set([light], .show(effect, repeats: nil))
                    } else {
                        for light in try catalog.nodes(matching: [light]) { try LightNode(light, for: .write).release() }
                    }
                } catch let error as LightError {
                    // A light that is released has nothing to lose.
                    if effect == nil, error == .noKeyboard(light) { continue }
                    Output.note("ledctl: \(error)")
                    failed = true
                } catch is ExitCode {
                    failed = true
                }
            }
            if failed { throw ExitCode.failure }
        }
    }
}

extension SavedLights {
    /// What ledd knows.
    init(_ reply: Reply, _ lights: [String]) {
        let claims = (reply.claims ?? []).filter { $0.id == LastingClaim.id && $0.source == LastingClaim.source && $0.repeat == nil }
        self.init(lights: Dictionary(uniqueKeysWithValues: lights.map { light in (light, claims.first { $0.light == light }?.pattern) }))
    }

    /// What sysfs shows.
    init(_ entries: [LightCatalog.Entry]) {
        self.init(lights: Dictionary(uniqueKeysWithValues: entries.map { ($0.light.name, $0.isHeld == true ? $0.isOn?.word : nil) }))
    }
}
