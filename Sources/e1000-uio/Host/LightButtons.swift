import Dispatch
import HostServices
import KeyboardLights
import LightClaims
import LightClient
import NIOCore
import ToolSupport

/// The page's buttons: each asks ledd to blink a light.
enum LightButtons {
    /// Seconds that a light blinks.
    private static let time: Int64 = 3_000_000_000

    /// - Throws: `Problem` when ledd cannot be reached.
    static func page() throws -> StatusPage.Lights {
        do {
            var daemon = try LightDaemon()
            let names = try daemon.ask(Request(.list)).lights?.map(\.name) ?? []
            return StatusPage.Lights(names: names) { name, loop in
                let promise = loop.makePromise(of: Void.self)
                // ledd answers soon, but who waits for it is not the loop.
                DispatchQueue.global().async {
                    promise.completeWith(Result { try blink(name) })
                }
                return promise.futureResult
            }
        } catch {
            throw Problem("--lights", "\(error)")
        }
    }

    private static func blink(_ light: String) throws {
        var daemon = try LightDaemon()
        let claim = try Claim(
            id: "status-page-\(light)", source: "e1000-uio", light: light, priority: nil, urgency: .normal, effect: try Effect(parsing: "blink"),
            lifetime: Claim.Lifetime(time: time), replaces: nil, message: "asked for on the status page")
        _ = try daemon.ask(Request(claim))
    }
}
