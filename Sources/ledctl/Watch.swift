import ArgumentParser
import Clocks
import Glibc
import KeyboardLights
import ToolSupport

extension LEDCtl {
    struct Watch: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print a line each time that a light changes.",
            discussion: """
                A line is the time (UTC, RFC 3339), the seconds of the kernel's monotonic clock, the light, and on, off, \
                or absent when the last keyboard with the light was unplugged; with --json an object with "time", \
                "monotonic_ns", "light" and "on" (null for absent). Lines are written at once. 'watching …' with the \
                states at the start goes to standard error when no change can be missed any more. A change that is undone \
                before it can be read makes no line.

                Ends with exit code 0 after --count changes, after --duration seconds, or when it is stopped.

                Examples:
                  ledctl watch
                  ledctl watch capslock --count 1
                  ledctl watch --json --duration 60 > changes.jsonl
                """)

        @Argument(help: "The lights, or wildcards; all by default.")
        var lights: [String] = []

        @Flag(help: "Print one JSON object a line.")
        var json = false

        @Option(name: .shortAndLong, help: "Stop after so many changes; 0 for no limit.")
        var count = 0

        @Option(help: "Stop after so many seconds.")
        var duration: Double?

        func run() throws {
            guard count >= 0 else {
                throw Problem.usage("--count \(count)", "it is negative", remedy: "use 1 and more, or 0 for no limit")
            }
            if let duration, !(duration > 0 && duration <= 1e9) {
                throw Problem.usage("--duration \(duration)", "no time to watch", remedy: "use more than 0 and at most 1000000000 seconds")
            }
            let catalog = LightCatalog.ofEnvironment
            // A name must be watched, also one that no keyboard has yet.
            let watched = try catalog.nodes(matching: lights.isEmpty ? ["*"] : lights).map(Watched.init)
            let states = watched.map { "\($0.light.name) (\($0.state?.word ?? "no keyboard"))" }
            Output.note("ledctl: watching \(states.joined(separator: ", "))")
            try follow(watched, until: duration.map { Clocks.monotonic + Int64($0 * 1e9) } ?? .max)
        }

        private func follow(_ watched: [Watched], until deadline: Int64) throws {
            var pollers = watched.map { pollfd(fd: $0.descriptor, events: Int16(POLLIN), revents: 0) }
            pollers.append(pollfd(fd: Interruption.descriptor, events: Int16(POLLIN), revents: 0))
            var printed = 0
            while !Interruption.requested {
                let left = deadline - Clocks.monotonic
                guard left > 0 else { return }
                // An hour at most, so that a long bound fits; rounded up, so that the end is not spun for.
                guard poll(&pollers, nfds_t(pollers.count), Int32(min(left / 1_000_000 + 1, 3_600_000))) > 0 else { continue }
                let (wall, monotonic) = (Clocks.realtime, Clocks.monotonic)
                for (light, poller) in zip(watched, pollers) where poller.revents != 0 {
                    guard try light.update() else { continue }
                    try report(Change(light: light.light.name, monotonic_ns: monotonic, on: light.state, time: Clocks.rfc3339(wall)))
                    printed += 1
                    if printed == count { return }
                }
            }
        }

        private func report(_ change: Change) throws {
            if json { return try Output.json(change, compact: true) }
            let (seconds, rest) = change.monotonic_ns.quotientAndRemainder(dividingBy: 1_000_000_000)
            let digits = String(rest / 1000)
            let microseconds = String(repeating: "0", count: 6 - digits.count) + digits
            Output.line("\(change.time) \(seconds).\(microseconds) \(change.light) \(change.on?.word ?? "absent")")
        }
    }
}
