import KeyboardLights
import LightClaims
import ToolSupport

/// `set` without ledd: lasting claims of the nodes.
struct NodeSetter {
    let catalog: LightCatalog

    func set(_ patterns: [String], _ wish: Wish) throws {
        switch wish {
        case .toggle: try setStates(patterns, nil)
        case .show(.on, _): try setStates(patterns, true)
        case .show(.off, _): try setStates(patterns, false)
        case .show(.pattern(let pattern, _), let repeats): try play(pattern, repeats, on: patterns)
        case .show(.trigger(let words), _):
            try forEach(try catalog.lightsToSet(patterns)) { light throws(LightError) in
                guard try LightNode(light, for: .write).obey(trigger: words) else { throw LightError.moduleTooOld(light.name) }
            }
        }
    }

    /// - Parameter state: `nil` for the opposite of what a light shows.
    private func setStates(_ patterns: [String], _ state: Bool?) throws {
        var wanted: [Light: Bool] = [:]
        try forEach(try catalog.lightsToSet(patterns)) { light throws(LightError) in
            let node = try LightNode(light, for: state == nil ? .readAndWrite : .write)
            let on = if let state { state } else { try !(node.readChange() ?? false) }
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

    private func play(_ pattern: Pattern, _ repeats: Int?, on patterns: [String]) throws {
        guard pattern.kernelLine(repeats: nil) != nil else {
            throw Problem.usage(
                "--pattern", "the kernel plays at most 256 steps",
                remedy: "make it shorter, or use 'ledctl notify', which plays longer ones itself")
        }
        try forEach(try catalog.lightsToSet(patterns)) { light throws(LightError) in
            guard try LightNode(light, for: .write).play(pattern, repeats: repeats) else { throw LightError.moduleTooOld(light.name) }
        }
    }
}
