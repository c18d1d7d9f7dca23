import ArgumentParser
import Clocks
import KeyboardLights
import LightClaims
import ToolSupport

extension LEDCtl {
    struct Notify: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "notify",
            abstract: "Play a pattern on a light, then leave it as it was.",
            discussion: """
                Patterns, once through:
                  blink      500 ms on, 500 ms off
                  pulse      a flash of 100 ms a second
                  heartbeat  two flashes of 100 ms a second
                  morse:TEXT International Morse code, a dot is 150 ms
                  STEPS      on:MS and off:MS, separated by commas

                A step takes 20 to 60000 ms, a pattern at most an hour. Morse has signs for letters, figures, spaces and \
                . , : ? ' - / ( ) " = + × @

                Not patterns, but taken as well; they stay until --timeout, or until they are released or stopped:
                  on, off    no pattern at all
                  trigger:NAME [SETTING=VALUE …]
                             one of the kernel's own, such as trigger:disk-activity

                A pattern plays three times, or as --repeat says, or until --timeout.

                Where ledd runs, the notification is a claim: this program returns as soon as ledd has taken it, or with \
                --wait when it has ended. Of several claims for a light the one with the highest --priority (0 to 9; by \
                default 2, 5 or 8, as --urgency is low, normal or critical) shows, and equals take turns; a pattern that is \
                covered waits. A claim with the --id of an earlier one takes its place; --replace names one to take the \
                place of. 'ledctl list' shows claims, 'ledctl release --id ID' ends one. A light that no keyboard has yet is \
                claimed as well, and shows when one is plugged in.

                Without ledd this program holds the light by itself and returns at the end; then the newest notification \
                is the one that shows, --urgency and --source mean nothing, and --id, --replace and --priority are refused. \
                The light goes back to what it was also when this program is killed, because the kernel then ends its \
                claim. The kernel plays patterns of up to 256 steps by itself, the longer ones need a program that wakes.

                MESSAGE goes to ledd, which shows it in its lists, and is printed on standard error, for a terminal or the \
                journal.

                Exit codes: 0 when ledd has the claim, or with --wait and without ledd when it was played to its end, when \
                its time was over, when it was released, or, without an end of its own, when it was stopped; 1 when another \
                claim took its place, or it failed; 130 when it was interrupted, which releases it.

                Examples:
                  ledctl notify
                  ledctl notify --pattern heartbeat --repeat 10 "build is done"
                  ledctl notify --light numlock --pattern on:100,off:100,on:100,off:700
                  ledctl notify --urgency critical --id disk --timeout 600 --pattern morse:DISK "disk is full"
                  make; ledctl notify --wait --pattern morse:OK --repeat 1
                """)

        @Option(help: "The light, or a wildcard; may be given several times.", completion: .lights)
        var light: [String] = ["capslock"]

        @Option(help: "The pattern.", completion: .patterns)
        var pattern = "blink"

        @Option(name: .customLong("repeat"), help: "How many times the pattern plays; 0 for no limit. (default: 3, without --timeout)")
        var repeats: Int?

        @Option(help: ArgumentHelp("End it after this time, seen or not.", valueName: "seconds"))
        var timeout: Double?

        @Option(name: .shortAndLong, help: "How much it matters: low, normal or critical.")
        var urgency = Urgency.normal

        @Option(help: "Its rank among claims, 0 to 9, instead of the urgency's.")
        var priority: Int?

        @Option(help: "What it is known by: a newer one of this name takes its place.", completion: .claims(\.id))
        var id: String?

        @Option(help: ArgumentHelp("Take the place of the claim with this id.", valueName: "id"), completion: .claims(\.id))
        var replace: String?

        @Option(help: "Who it comes from, for lists.", completion: .claims(\.source))
        var source = "ledctl"

        @Flag(help: "Return when it has ended, not when ledd has taken it.")
        var wait = false

        @OptionGroup var ledd: DaemonChoice

        @Argument(help: "What the light is about.")
        var message: [String] = []

        func run() throws {
            let notification = try Notification(self)
            if let option = optionOfDaemon {
                return try notification.hand(to: try ledd.require(for: option), lights: lightsToClaim(), wait: wait)
            }
            if let daemon = try ledd.connect() { return try notification.hand(to: daemon, lights: lightsToClaim(), wait: wait) }
            try NodeNotification(notification, on: LightCatalog.ofEnvironment.lightsToSet(light)).run()
        }

        private func lightsToClaim() throws -> [String] { try LightCatalog.ofEnvironment.lightsToClaim(light) }

        /// The first option that means nothing to the nodes, and matters.
        private var optionOfDaemon: String? {
            if let id { return "--id \(id)" }
            if let replace { return "--replace \(replace)" }
            if let priority { return "--priority \(priority)" }
            return nil
        }
    }
}

extension Urgency: ExpressibleByArgument {}

/// What `notify` is to do, once its command line has been found good.
struct Notification {
    /// Of any light, and with some id if the user gave none.
    private let claim: Claim
    private let hasID: Bool
    let effect: Effect
    let lifetime: Claim.Lifetime
    let message: String?

    init(_ arguments: LEDCtl.Notify) throws {
        effect = try Effect.fromCommandLine(arguments.pattern)
        message = arguments.message.isEmpty ? nil : arguments.message.joined(separator: " ")
        hasID = arguments.id != nil
        var lifetime = Claim.Lifetime()
        if case .pattern = effect {
            lifetime.repeats = try repeats(fromCommandLine: arguments.repeats ?? (arguments.timeout == nil ? 3 : 0))
        } else if let count = arguments.repeats, count != 0 {
            throw Problem.usage("--repeat \(count)", "'\(effect.text)' is no pattern that could be repeated", remedy: "use --timeout")
        }
        if let timeout = arguments.timeout {
            guard timeout > 0, timeout <= Claim.longestTime else {
                throw Problem.usage(
                    "--timeout \(timeout)", "no time to show it", remedy: "use more than 0 and at most \(Int(Claim.longestTime)) seconds")
            }
            lifetime.time = max(1, Int64(timeout * 1e9))
        }
        self.lifetime = lifetime
        do throws(ClaimError) {
            claim = try Claim(
                id: arguments.id ?? "-", source: arguments.source, light: Light.names[0], priority: arguments.priority,
                urgency: arguments.urgency, effect: effect, lifetime: lifetime, replaces: arguments.replace, message: message)
        } catch {
            throw Self.usage(error, arguments)
        }
    }

    /// Whether it ends only when somebody ends it.
    var isEndless: Bool { lifetime.repeats == nil && lifetime.time == nil }

    func request(light: String, id: String?, wait: Bool) -> Request {
        var request = Request(claim, wait: wait)
        request.light = light
        request.id = hasID ? claim.id : id
        // Whoever waits for it holds it: a killed program leaves no light behind.
        if wait { request.until = "disconnect" }
        return request
    }

    func printMessage() {
        if let message { Output.note(message) }
    }

    private static func usage(_ error: ClaimError, _ arguments: LEDCtl.Notify) -> any Error {
        guard case .badField(let field, let why) = error else { return error }
        return switch field {
        case "id": Problem.usage("--id '\(arguments.id ?? "")'", why, remedy: "use letters, figures and dashes")
        case "replaces": Problem.usage("--replace '\(arguments.replace ?? "")'", why, remedy: "'ledctl list' shows the claims there are")
        case "source": Problem.usage("--source '\(arguments.source)'", why, remedy: "use letters, figures and dashes")
        case "priority": Problem.usage("--priority \(arguments.priority ?? 0)", why, remedy: "use 0 for the lowest to 9 for the highest")
        case "message": Problem.usage("the message", why, remedy: "make it shorter")
        default: Problem.usage(field, why, remedy: "see 'ledctl notify --help'")
        }
    }
}
