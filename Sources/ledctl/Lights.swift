import ArgumentParser
import Glibc
import KeyboardLights
import ToolSupport

extension LightCatalog {
    /// The lights to write to: names, and wildcards, which choose among the lights that a keyboard has.
    func lightsToSet(_ patterns: [String]) throws -> [Light] {
        let present = Swift.Set(entries().filter { !$0.keyboards.isEmpty }.map(\.light))
        let lights = try nodes(matching: patterns).filter { present.contains($0) || patterns.contains($0.name) }
        guard !lights.isEmpty else { throw LightError.noKeyboard(patterns.joined(separator: " ")) }
        return lights
    }
}

/// Does `body` to each light. One that fails is reported and does not keep the others from it.
func forEach(_ lights: [Light], _ body: (Light) throws(LightError) -> Void) throws {
    var failed = false
    for light in lights {
        do throws(LightError) {
            try body(light)
        } catch {
            Output.note("ledctl: \(error)")
            failed = true
        }
    }
    if failed { throw ExitCode.failure }
}

extension Bool {
    /// How a light's state is written.
    var word: String { self ? "on" : "off" }
}

extension Pattern {
    /// The pattern that `--pattern` and `--repeat` mean.
    static func fromCommandLine(_ text: String, repeats: Int) throws -> Pattern {
        let pattern: Pattern
        do {
            pattern = try Pattern(parsing: text)
        } catch {
            throw Problem.usage(error.what, error.why, remedy: error.remedy)
        }
        guard (0...PatternPlayer.mostRepeats).contains(repeats) else {
            throw Problem.usage(
                "--repeat \(repeats)", "the pattern cannot play so many times",
                remedy: "use 1 to \(PatternPlayer.mostRepeats), or 0 until stopped")
        }
        return pattern
    }
}
