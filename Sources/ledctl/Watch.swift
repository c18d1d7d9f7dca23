import ArgumentParser
import Clocks
import Glibc
import KeyboardLights
import LightClaims
import ToolSupport

extension LEDCtl {
    struct Watch: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "watch",
            abstract: "Print a line each time that a light changes, and each time that ledd's claims do.",
            discussion: """
                For a light, a line is the time (UTC, RFC 3339), the seconds of the kernel's monotonic clock, the light, and \
                on, off, or absent when the last keyboard with the light was unplugged; with --json an object with "time", \
                "monotonic_ns", "light" and "on" (null for absent). A change that is undone before it can be read makes no \
                line.

                Where ledd runs, its news make lines too: the time, the light, and 'claimed ID', 'extended ID', \
                'ended ID' with the reason, or 'shows ID' ('shows -' for none); with --json an object with "time", "light", \
                "event", and "claim" (an object; of 'shows' the id or null) and "reason". Claims of a light that nobody \
                may read are watched all the same. A ledd that ends is waited for.

                Lines are written at once. 'watching …' with the states at the start goes to standard error when no change \
                can be missed any more. Ends with exit code 0 after --count lines, after --duration seconds, or when it is \
                stopped.

                Examples:
                  ledctl watch
                  ledctl watch capslock --count 1
                  ledctl watch --json --duration 60 > changes.jsonl
                """)

        @Argument(help: "The lights, or wildcards; all by default.", completion: .lights)
        var lights: [String] = []

        @Flag(help: "Print one JSON object a line.")
        var json = false

        @Option(name: .shortAndLong, help: "Stop after so many lines; 0 for no limit.")
        var count = 0

        @Option(help: ArgumentHelp("Stop after so much time.", valueName: "seconds"))
        var duration: Double?

        @OptionGroup var ledd: DaemonChoice

        func run() throws {
            guard count >= 0 else {
                throw Problem.usage("--count \(count)", "it is negative", remedy: "use 1 and more, or 0 for no limit")
            }
            if let duration, !(duration > 0 && duration <= 1e9) {
                throw Problem.usage("--duration \(duration)", "no time to watch", remedy: "use more than 0 and at most 1000000000 seconds")
            }
            var news = try DaemonNews(ledd)
            let watched = try watch(alsoWithoutNodes: news.isConnected)
            let states = watched.map { "\($0.light.name) (\($0.state?.word ?? "no keyboard"))" }
            Output.note("ledctl: watching \(states.joined(separator: ", "))" + (news.isConnected ? (states.isEmpty ? "ledd" : ", ledd") : ""))
            try follow(watched, &news, until: duration.map { Clocks.monotonic + Int64($0 * 1e9) } ?? .max)
        }

        /// - Parameter alsoWithoutNodes: there is something else to watch, so nodes that cannot be read are only told of.
        private func watch(alsoWithoutNodes: Bool) throws -> [Watched] {
            do {
                // A name must be watched, also one that no keyboard has yet.
                return try LightCatalog.ofEnvironment.nodes(matching: lights.isEmpty ? ["*"] : lights).map(Watched.init)
            } catch {
                guard alsoWithoutNodes, lights.allSatisfy(Light.names.contains) else { throw error }
                Output.note("ledctl: \(error); only ledd's news are shown")
                return []
            }
        }

        private func follow(_ watched: [Watched], _ news: inout DaemonNews, until deadline: Int64) throws {
            let names = Swift.Set(watched.isEmpty ? (lights.isEmpty ? Light.names : lights) : watched.map(\.light.name))
            var pollers = watched.map { pollfd(fd: $0.descriptor, events: Int16(POLLIN), revents: 0) }
            let last = pollers.count
            pollers += [-1, Interruption.descriptor].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
            var printed = 0
            while !Interruption.requested {
                // Before poll: some may have come with ledd's answer.
                for line in try news.next() where names.contains(line.light) {
                    try json ? Output.json(line, compact: true) : Output.line(line.text)
                    printed += 1
                    if printed == count { return }
                }
                let left = min(deadline, news.retry) - Clocks.monotonic
                guard deadline > Clocks.monotonic else { return }
                pollers[last].fd = news.descriptor
                // An hour at most, so that a long bound fits; rounded up, so that the end is not spun for.
                let ready = poll(&pollers, nfds_t(pollers.count), Int32(max(0, min(left / 1_000_000 + 1, 3_600_000))))
                guard ready > 0 else { continue }
                let (wall, monotonic) = (Clocks.realtime, Clocks.monotonic)
                for (light, poller) in zip(watched, pollers) where poller.revents != 0 {
                    guard try light.update() else { continue }
                    let change = Change(light: light.light.name, monotonic_ns: monotonic, on: light.state, time: Clocks.rfc3339(wall))
                    try json ? Output.json(change, compact: true) : Output.line(change.text)
                    printed += 1
                    if printed == count { return }
                }
            }
        }
    }
}
