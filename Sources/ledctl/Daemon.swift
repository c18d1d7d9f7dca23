import ArgumentParser
import LightClaims
import LightClient
import ToolSupport

/// Whether ledd is asked, or the nodes are used.
struct DaemonChoice: ParsableArguments {
    @Flag(name: .customLong("no-daemon"), help: "Do not ask ledd; use the module's nodes.")
    var noDaemon = false

    /// A connection to ledd; `nil` where nobody listens, or `--no-daemon` is given.
    ///
    /// - Throws: a ledd that is there but cannot be used is no reason to go round it: lights that it drives would hide what
    ///   the nodes are told.
    func connect() throws -> LightDaemon? {
        guard !noDaemon else { return nil }
        do throws(LightDaemonError) {
            return try LightDaemon()
        } catch {
            if case .absent = error { return nil }
            guard case .notPermitted(let path) = error else { throw error }
            throw Problem(
                path, "ledd runs, but this user may not talk to it",
                remedy: "use sudo, or join the group 'ringlight' and log in again; --no-daemon goes to the nodes")
        }
    }

    /// A connection, for what only ledd can do.
    ///
    /// - Parameter option: what asks for that, as the user wrote it.
    func require(for option: String) throws -> LightDaemon {
        guard !noDaemon else { throw Problem.usage(option, "only ledd can do that", remedy: "leave --no-daemon out") }
        guard let daemon = try connect() else {
            throw Problem(
                option, "only ledd can do that, and it does not listen at \(LightDaemon.socketPath)",
                remedy: "run 'systemctl start ledd.socket' as root, or leave the option out")
        }
        return daemon
    }
}

/// The claims that `set` makes: one a light, whoever calls it, as with a node's lasting claim.
enum LastingClaim {
    static let source = "ledctl"
    static let id = "set"
    /// Below notifications of normal urgency, above those of low urgency.
    static let priority = 4

    static func request(_ effect: Effect, on light: String, repeats: Int?) throws -> Request {
        Request(
            try Claim(
                id: id, source: source, light: light, priority: priority, effect: effect, lifetime: Claim.Lifetime(repeats: repeats)))
    }

    static func release(_ light: String) -> Request {
        var request = Request(.release)
        (request.id, request.source, request.light) = (id, source, light)
        return request
    }
}
