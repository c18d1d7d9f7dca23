import ArgumentParser
import FoundationEssentials
import Lab
import ToolSupport

struct Peers: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "peers",
        abstract: "Measure this driver and DPDK's testpmd on the same cards, in guest instructions a frame.",
        discussion: """
            One guest, two e1000 on one hub, and a processor whose every instruction takes one nanosecond of its time: nanoseconds
            a frame are instructions a frame, whatever this machine does meanwhile. 'make bench-peers' makes the guest.

            Examples:
              RINGLIGHT_GUEST=.build/peers ringlight-bench peers
              RINGLIGHT_GUEST=.build/peers ringlight-bench peers --json
            """)

    @Option(help: "Frames of each of our runs.")
    var frames: UInt64 = 200_000
    @Flag(help: "Print JSON.")
    var json = false

    func run() throws {
        let bench = try PeerBench()
        defer { bench.guest.end() }
        var rows: [PeerRun] = []
        for (driver, program) in [("uio_pci_generic", "testpmd"), ("ringlight", "ringlight")] {
            try bench.give(to: driver)
            for mode in PacketRun.Mode.allCases {
                for burst in [1, 32, 64] {
                    Output.note("\(program) \(mode.rawValue), burst \(burst)")
                    rows.append(
                        try program == "testpmd" ? bench.testpmd(mode, burst: burst) : bench.ours(mode, burst: burst, frames: frames))
                }
            }
        }
        if json { return try Output.json(rows) }
        Output.line("program     mode  burst  guest instructions/frame")
        for row in rows { Output.line(row.line) }
    }
}

/// One program's cost of a frame.
struct PeerRun: Codable {
    let program: String
    let mode: PacketRun.Mode
    let burst: Int
    let instructionsPerFrame: Double

    var line: String {
        func left(_ text: String, _ width: Int) -> String { text + String(repeating: " ", count: max(0, width - text.count)) }
        func right(_ text: String, _ width: Int) -> String { String(repeating: " ", count: max(0, width - text.count)) + text }
        return left(program, 10) + "  " + left(mode.rawValue, 4) + right("\(burst)", 7) + right("\(Int(instructionsPerFrame.rounded()))", 26)
    }
}

/// The guest with two cards on one hub, and what runs in it.
struct PeerBench {
    let guest: Guest
    private let cards = [Guest.address(ofCard: 0), Guest.address(ofCard: 1)]

    init() throws {
        Output.note("booting a guest that counts instructions")
        var options = Guest.Options(cards: 2)
        for number in 0..<2 { options.cards[number].network = .netdev("hubport,hubid=1") }
        options.memory = 1024
        options.qemuArguments = ["-icount", "shift=0,sleep=off"]
        options.bootBound = .seconds(180)
        guest = try Guest(options)
        // DPDK finds its memory on huge pages.
        try guest.output(of: "mkdir -p /var/run /dev/hugepages && mount -t hugetlbfs huge /dev/hugepages && echo 128 > /proc/sys/vm/nr_hugepages")
        try guest.output(of: "modprobe uio && insmod /lib/modules/$(uname -r)/extra/uio_pci_generic.ko && modprobe ringlight")
    }

    /// Binds both cards to a kernel driver.
    func give(to driver: String) throws {
        for card in cards {
            let folder = "/sys/bus/pci/devices/\(card)"
            try guest.output(
                of: """
                    echo \(driver) > \(folder)/driver_override
                    [ ! -e \(folder)/driver ] || echo \(card) > \(folder)/driver/unbind
                    echo \(card) > /sys/bus/pci/drivers_probe
                    """)
        }
    }

    /// Our own run, by the guest's clock.
    func ours(_ mode: PacketRun.Mode, burst: Int, frames: UInt64) throws -> PeerRun {
        let second = mode == .io ? "--to \(cards[1])" : ""
        let text = try guest.output(
            of: "ringlight-bench card --mode \(mode.rawValue) --device \(cards[0]) \(second) --batch \(burst) --frames \(frames) --json",
            within: .seconds(300))
        let run = try JSONDecoder().decode(PacketRun.self, from: Data(text.utf8))
        return PeerRun(program: "ringlight", mode: mode, burst: burst, instructionsPerFrame: run.seconds * 1e9 / Double(run.frames))
    }

    /// testpmd until it has printed three periods; the last one counts.
    func testpmd(_ mode: PacketRun.Mode, burst: Int) throws -> PeerRun {
        let forward = mode == .io ? "io" : "txonly"
        let drivers = ["net_e1000", "bus_pci", "mempool_ring"].map { "-d librte_\($0).so.23" }.joined(separator: " ")
        let job = try guest.start(
            """
            dpdk-testpmd --lcores 0@0,1@0 -m 128 --no-telemetry --no-shconf \(drivers) -- --total-num-mbufs=4096 --nb-cores=1 --rxd=256 --txd=256 \
            --burst=\(burst) --forward-mode=\(forward) --auto-start \(mode == .io ? "--tx-first" : "") --stats-period=1 </dev/null
            """)
        defer { try? job.signal(9) }
        let deadline = ContinuousClock.now + .seconds(120)
        while job.isRunning && ContinuousClock.now < deadline {
            let rates = job.text.split(separator: "\n").filter { $0.contains(mode == .io ? "Rx-pps:" : "Tx-pps:") }
                .compactMap { $0.split(separator: " ").compactMap { Double($0) }.first }
            // Two ports a period; the first periods hold the start.
            if rates.count >= 6 { return PeerRun(program: "testpmd", mode: mode, burst: burst, instructionsPerFrame: 1e9 / rates.suffix(2).reduce(0, +)) }
            guard Interruption.sleep(nanoseconds: 100_000_000) else { throw Problem("peers", "interrupted") }
        }
        throw Problem("testpmd", "no rates within 120 s: \(job.text.suffix(2000)) \(job.errors.suffix(2000))", remedy: "run 'make bench-peers' again")
    }
}
