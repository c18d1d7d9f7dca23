import ArgumentParser
import KeyboardLights
import LightClaims
import LightClient
import ToolSupport

extension LEDCtl {
    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list",
            abstract: "Show every light: state, whether it is held, by whom, trigger, grabs, keyboards; and ledd's claims.",
            discussion: """
                A line for each light, without privileges: its name; on, off, or - when no keyboard has it; 'held' when \
                Ringlight drives it, 'lost' when root has taken it away meanwhile, else 'free'; the kernel's trigger that \
                drives it; the process that holds it; whether another program has grabbed a keyboard of it, and so decides \
                what that one shows; the keyboards. What is not known is shown as '-'.

                Where ledd runs, a line for each claim follows, those that show first: id, source, light, rank, pattern, \
                'shown' or 'waits', the time left, and the message. Without the kernel module, and where ledd refuses, what \
                can be known is shown, with a remark on standard error.

                Examples:
                  ledctl list
                  ledctl list --json | jq -r '.[] | select(.held) | .light'
                  ledctl list --json | jq '.[].claims[] | select(.shown)'
                """)

        @Flag(help: "Print one JSON array, empty when there is no light; \"claims\" is null where ledd does not answer.")
        var json = false

        @OptionGroup var ledd: DaemonChoice

        func run() throws {
            let catalog = LightCatalog.ofEnvironment
            let reply = askDaemon()
            var entries = catalog.entries()
            // Claimed, but not to be seen: no node and no keyboard.
            let claimed = Swift.Set((reply?.claims ?? []).map(\.light))
            for light in catalog.all where claimed.contains(light.name) && !entries.contains(where: { $0.light == light }) {
                entries.append(LightCatalog.Entry(light: light, hasNode: false, keyboards: [], account: nil))
            }
            if json {
                try Output.json(entries.map { LightRow($0, reply) })
            } else {
                LightTable.lines(entries, reply).forEach(Output.line)
            }
            if !entries.contains(where: \.hasNode) { Output.note("ledctl: \(catalog.missing)") }
        }

        /// - Returns: `nil` where ledd does not run, or does not answer, which is told.
        private func askDaemon() -> Reply? {
            do {
                guard var daemon = try ledd.connect() else { return nil }
                return try daemon.ask(Request(.list))
            } catch {
                Output.note("ledctl: \(error)")
                return nil
            }
        }
    }
}
