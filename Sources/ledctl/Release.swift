import ArgumentParser
import KeyboardLights
import ToolSupport

extension LEDCtl {
    struct Release: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Give lights back to what drove them before 'set'.",
            discussion: """
                The light then shows its lock key again, or whatever trigger it had. A light that is not held stays as it \
                is, without an error. A notification that plays is not touched.

                Examples:
                  ledctl release capslock
                  ledctl release --all
                """)

        @Argument(help: "The lights, or wildcards.")
        var lights: [String] = []

        @Flag(help: "Release every light.")
        var all = false

        func run() throws {
            guard all != !lights.isEmpty else {
                throw all
                    ? Problem.usage("--all", "it goes without names of lights", remedy: "leave one of them out")
                    : Problem.usage("release", "no light is given", remedy: "name lights, or use --all")
            }
            try forEach(try LightCatalog.ofEnvironment.nodes(matching: all ? ["*"] : lights)) { light throws(LightError) in
                do throws(LightError) {
                    try LightNode(light, for: .write).release()
                } catch {
                    // Chosen by a wildcard, or --all: without a keyboard there is nothing to give back.
                    guard error == .noKeyboard(light.name), !lights.contains(light.name) else { throw error }
                }
            }
        }
    }
}
