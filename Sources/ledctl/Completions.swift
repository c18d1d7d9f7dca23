import ArgumentParser
import KeyboardLights
import LightClaims
import LightClient

// What a shell offers. Nothing here may fail, or wait for long: somebody has pressed the Tab key.

extension CompletionKind {
    static var lights: CompletionKind { .list(Light.names) }

    static var patterns: CompletionKind {
        .custom { _, _, _ in
            ["on", "off", "blink", "pulse", "heartbeat", "morse:", "on:"] + triggers.map { "trigger:\($0)" }
        }
    }

    /// What of ledd's claims a shell offers for an option.
    static func claims(_ part: @escaping @Sendable (ClaimState) -> String) -> CompletionKind {
        .custom { _, _, _ in
            guard var daemon = try? LightDaemon(), let claims = try? daemon.ask(Request(.list)).claims else { return [] }
            return Swift.Set(claims.map(part)).sorted()
        }
    }

    /// The kernel's triggers, as a keyboard's LED offers them.
    private static var triggers: [String] { LightCatalog.ofEnvironment.triggers }
}
