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

    /// The lights to claim of ledd: names, also where no keyboard has them yet, and wildcards as above. Only wildcards are
    /// looked up in sysfs.
    func lightsToClaim(_ patterns: [String]) throws -> [String] {
        var chosen = Swift.Set(patterns.filter(Light.names.contains))
        let wildcards = patterns.filter { !Light.names.contains($0) }
        if !wildcards.isEmpty { chosen.formUnion(try entries(matching: wildcards).filter { !$0.keyboards.isEmpty }.map(\.light.name)) }
        guard !chosen.isEmpty else { throw LightError.noKeyboard(patterns.joined(separator: " ")) }
        return Light.names.filter(chosen.contains)
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
