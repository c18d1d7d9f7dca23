import ArgumentParser
import Clocks
import Glibc
import KeyboardLights
import ToolSupport

extension LEDCtl {
    struct Notify: ParsableCommand {
        static let configuration = CommandConfiguration(
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

                The light goes dark, the pattern plays, and the light is what it was before: after the last repeat, after \
                Ctrl-C, and also when this program is killed, because the kernel then ends its claim. The newest \
                notification is the one that shows; the others go on beneath it. The kernel plays patterns of up to 256 \
                steps by itself, this program the longer ones.

                MESSAGE is printed on standard error when the pattern starts, for a terminal or the journal.

                Exit codes: 0 when the pattern was played to its end, or with --repeat 0 until it was stopped; 130 when it \
                was interrupted.

                Examples:
                  ledctl notify
                  ledctl notify --pattern heartbeat --repeat 10 "build is done"
                  ledctl notify --light numlock --pattern on:100,off:100,on:100,off:700
                  make; ledctl notify --pattern morse:OK --repeat 1
                """)

        @Option(help: "The light, or a wildcard; may be given several times.")
        var light: [String] = ["capslock"]

        @Option(help: "The pattern.")
        var pattern = "blink"

        @Option(name: .customLong("repeat"), help: "How many times the pattern plays; 0 until stopped.")
        var repeats = 3

        @Argument(help: "What the light is about.")
        var message: [String] = []

        func run() throws {
            let pattern = try Pattern.fromCommandLine(self.pattern, repeats: repeats)
            // Dark first: the first "on" of a pattern is seen, also on a light that was on, and taking the light,
            // which costs the kernel some 50 ms, is not part of the first step.
            let claims = try LightCatalog.ofEnvironment.lightsToSet(light).map(Claim.init)
            if !message.isEmpty { Output.note(message.joined(separator: " ")) }
            if try !playInKernel(pattern, on: claims) { try play(pattern, on: claims) }
            if Interruption.requested && repeats > 0 { throw ExitCode(130) }
        }

        /// Costs no wake-ups until the end. - Returns: false if the kernel cannot, which leaves all to `play`.
        private func playInKernel(_ pattern: Pattern, on claims: [Claim]) throws(LightError) -> Bool {
            for claim in claims {
                guard try claim.play(pattern, repeats: repeats == 0 ? nil : repeats) else { return false }
            }
            var pollers = claims.map { pollfd(fd: $0.descriptor, events: Int16(POLLPRI), revents: 0) }
            pollers.append(pollfd(fd: Interruption.descriptor, events: Int16(POLLIN), revents: 0))
            while !Interruption.requested, pollers.dropLast().contains(where: { $0.fd >= 0 }) {
                guard poll(&pollers, nfds_t(pollers.count), -1) > 0 else { continue }
                // Over, or of no use any more.
                for index in claims.indices where pollers[index].revents != 0 { pollers[index].fd = -1 }
            }
            return true
        }

        private func play(_ pattern: Pattern, on claims: [Claim]) throws(LightError) {
            let player = PatternPlayer(pattern, repeats: repeats == 0 ? nil : repeats, start: Clocks.monotonic)
            var shown = false
            while !Interruption.requested, let phase = player.next(now: Clocks.monotonic) {
                if phase.on != shown {
                    for claim in claims { try claim.show(phase.on) }
                    shown = phase.on
                }
                Interruption.sleep(nanoseconds: phase.deadline - Clocks.monotonic)
            }
        }

        /// A light that is ours, and dark, as long as this object lives.
        private final class Claim {
            private let node: LightNode

            init(_ light: Light) throws(LightError) {
                node = try LightNode(light, for: .write)
                try node.claimUntilClose()
                try node.set(false)
            }

            var descriptor: Int32 { node.descriptor }

            func play(_ pattern: Pattern, repeats: Int?) throws(LightError) -> Bool {
                do {
                    return try node.play(pattern, repeats: repeats)
                } catch .noKeyboard {
                    // Unplugged meanwhile: the node takes no pattern now.
                    return false
                }
            }

            func show(_ on: Bool) throws(LightError) {
                do {
                    try node.set(on)
                } catch .noKeyboard {
                    // Unplugged meanwhile. The claim stays, and a keyboard that is plugged in joins the pattern.
                }
            }
        }
    }
}
