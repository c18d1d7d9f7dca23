import ArgumentParser
import KeyboardLights
import LightClaims
import LightClient
import ToolSupport

/// `set` where ledd runs.
enum DaemonSetter {
    /// - Throws: exit code 1 when a light does not show it for a reason that ledd knows, after telling that.
    static func set(_ daemon: inout LightDaemon, _ lights: [String], _ wish: Wish) throws {
        let requests = try lights.map { try request(wish, on: $0) }
        for request in requests { _ = try daemon.ask(request) }
        try tell(try daemon.ask(Request(.list)), of: lights)
    }

    private static func request(_ wish: Wish, on light: String) throws -> Request {
        switch wish {
        case .show(let effect, let repeats):
            return try LastingClaim.request(effect, on: light, repeats: repeats)
        case .toggle:
            guard let shown = try LightCatalog.ofEnvironment.entries(matching: [light]).first?.isOn else { throw LightError.noKeyboard(light) }
            return try LastingClaim.request(shown ? .off : .on, on: light, repeats: nil)
        }
    }

    /// Says so where a light shows something else, now.
    private static func tell(_ reply: Reply, of lights: [String]) throws {
        var failed = false
        for state in reply.lights ?? [] where lights.contains(state.name) {
            if let trouble = state.trouble {
                Output.note("ledctl: \(trouble); ledd has the claim, and shows it when it can")
                failed = true
            } else if let shown = state.claim, shown != LastingClaim.id {
                let claim = (reply.claims ?? []).first { $0.id == shown && $0.light == state.name }
                let rank = claim.map { " of \($0.source), priority \($0.priority)," } ?? ""
                Output.note(
                    "ledctl: \(state.name): set, but the claim '\(shown)'\(rank) covers it while it lasts "
                        + "('ledctl release --id \(shown)' ends it)")
            }
        }
        if failed { throw ExitCode.failure }
    }
}
