import ArgumentParser
import ToolSupport

struct Peers: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "peers",
        abstract: "Measure this driver and DPDK's testpmd on the same cards: instructions, register accesses, frames a second.",
        discussion: """
            One guest, two e1000 on one hub, and a processor whose every instruction takes one nanosecond of its time: nanoseconds
            a frame are instructions a frame, whatever this machine does meanwhile. Register accesses are counted by QEMU.
            Then transmit with nobody on the wire, by this machine's clock: this driver on QEMU's bare card, testpmd in
            a guest. 'make bench-peers' makes the guest. Goals that were missed are named, and nothing fails.

            Examples:
              RINGLIGHT_GUEST=.build/peers ringlight-bench peers
              RINGLIGHT_GUEST=.build/peers ringlight-bench peers --json
            """)

    @Option(help: "Frames of each of our counted runs.")
    var frames: UInt64 = 200_000
    @Option(help: "Rounds of the measurement by the clock.")
    var rounds = 5
    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
        if frames < 10_000 { throw Problem.usage("--frames", "\(frames)", remedy: "use at least 10000") }
        if rounds < 1 { throw Problem.usage("--rounds", "\(rounds)", remedy: "use at least 1") }
    }

    func run() throws {
        let report = PeerReport(
            machine: try Machine(), costs: try FrameCosts.measure(frames: frames), transmit: try SendingRates.measure(rounds: rounds))
        if json { try Output.json(report) } else { report.lines.forEach(Output.line) }
    }
}
