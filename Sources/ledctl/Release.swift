import ArgumentParser
import KeyboardLights
import LightClaims
import LightClient
import ToolSupport

extension LEDCtl {
    struct Release: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "release",
            abstract: "Give lights back to what drove them before 'set', or end ledd's claims.",
            usage: "ledctl release LIGHT... [--no-daemon]\n       ledctl release [LIGHT...] [--id ID] [--source SOURCE]\n"
                + "       ledctl release --all [--no-daemon]",
            discussion: """
                Ends what 'set' has made of the lights, with ledd or without: a light then shows its lock key again, or \
                whatever trigger it had. A light that is not held stays as it is, without an error. A notification that \
                plays is not touched.

                With --id or --source, or both, the claims of that name end, whoever made them, on all lights or on those \
                that are given. --all ends every claim on every light, whoever made it; without ledd, what 'set' has made.

                Examples:
                  ledctl release capslock
                  ledctl release --id disk
                  ledctl release --source backup numlock
                  ledctl release --all
                """)

        @Argument(help: "The lights, or wildcards.", completion: .lights)
        var lights: [String] = []

        @Option(help: "End the claims of this id.", completion: .claims(\.id))
        var id: String?

        @Option(help: "End the claims of this source.", completion: .claims(\.source))
        var source: String?

        @Flag(help: "Release every light.")
        var all = false

        @OptionGroup var ledd: DaemonChoice

        func run() throws {
            if all, let other = lights.isEmpty ? (id.map { _ in "--id" } ?? source.map { _ in "--source" }) : "names of lights" {
                throw Problem.usage("--all", "it goes without \(other)", remedy: "leave one of them out")
            }
            guard all || !lights.isEmpty || id != nil || source != nil else {
                throw Problem.usage("release", "no light is given", remedy: "name lights, or use --all")
            }
            if let option = id.map({ "--id \($0)" }) ?? source.map({ "--source \($0)" }) {
                var daemon = try ledd.require(for: option)
                return try releaseClaims(&daemon)
            }
            guard var daemon = try ledd.connect() else {
                return try releaseNodes(of: all ? ["*"] : lights) { error throws(LightError) in throw error }
            }
            if all {
                var request = Request(.release)
                request.all = true
                _ = try daemon.ask(request)
            } else {
                for light in try LightCatalog.ofEnvironment.lightsToClaim(lights) { _ = try daemon.ask(LastingClaim.release(light)) }
            }
            // What was set while ledd did not run lasts beneath its claims. Who may use ledd alone cannot have set it.
            try? releaseNodes(of: all ? ["*"] : lights) { _ in }
        }

        private func releaseClaims(_ daemon: inout LightDaemon) throws {
            var count = 0
            let chosen: [String?] = lights.isEmpty ? [nil] : try LightCatalog.ofEnvironment.lightsToClaim(lights)
            for light in chosen {
                var request = Request(.release)
                (request.id, request.source, request.light) = (id, source, light)
                count += try daemon.ask(request).released ?? 0
            }
            if count == 0 { Output.note("ledctl: no claim fits; nothing has changed ('ledctl list' shows the claims there are)") }
        }

        private func releaseNodes(of patterns: [String], _ failed: (LightError) throws(LightError) -> Void) throws {
            try forEach(try LightCatalog.ofEnvironment.nodes(matching: patterns)) { light throws(LightError) in
                do throws(LightError) {
                    try LightNode(light, for: .write).release()
                } catch {
                    // Chosen by a wildcard, or --all: without a keyboard there is nothing to give back.
                    if error != .noKeyboard(light.name) || lights.contains(light.name) { try failed(error) }
                }
            }
        }
    }
}
