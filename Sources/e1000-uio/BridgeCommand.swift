import ArgumentParser
import CardBridge
import CardSelection
import Clocks
import E1000
import ToolSupport

struct Bridge: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make a card a network interface of Linux.",
        discussion: """
            Linux's own network stack over this driver: a TAP interface with the card's MAC address, up, with a link while \
            the card has one. Says 'ready' and the interface's name on standard error. Addresses are yours to add. Linux \
            filters, so every frame on the wire is received. Checksums, and the cutting of long TCP packets, are left to a card that can do it; \
            'ethtool -k ringlight0' shows it. The interface goes with the program: Ctrl-C, or however it \
            ends. Needs CAP_NET_ADMIN (root).

            Examples:
              sudo e1000-uio bridge
              sudo e1000-uio bridge --device 00:03.0 --name lab0 --mtu 9000
              sudo e1000-uio bridge --metrics /run/lab0.sock & e1000-uio top --metrics /run/lab0.sock
              sudo ip address add 192.0.2.1/24 dev ringlight0
              sudo dhclient ringlight0
            """)

    @OptionGroup var card: CardOptions
    @OptionGroup var size: FrameSize
    @OptionGroup var settings: CardSettings
    @Option(help: "The interface's name; '%d' becomes the first number that is free.")
    var name: String = "ringlight%d"
    @Flag(
        name: [.customShort("p"), .customLong("no-promiscuous-mode")],
        help: "Receive only frames for the card's own address, and broadcasts; IPv6 needs more.")
    var notPromiscuous = false
    @Flag(name: .customLong("no-offload"), help: "Let Linux make checksums and segments itself.")
    var withoutOffload = false
    @Option(
        help: ArgumentHelp(
            "A socket that tells counters, as OpenMetrics text or by HTTP, to whoever connects; 'e1000-uio top --metrics' shows them.",
            valueName: "path"))
    var metrics: String?
    @Flag(help: "Print the totals as JSON on standard output.")
    var json = false

    func validate() throws {
        try settings.check(promiscuous: !notPromiscuous)
        guard TapInterface.isName(name) else {
            throw Problem.usage(
                "--name", "'\(name)' is not a name for an interface", remedy: "use at most 15 letters and digits, and '%d' once")
        }
        if let metrics, !MetricsSocket.isPath(metrics) {
            throw Problem.usage("--metrics", "'\(metrics)' is not a path for a socket", remedy: "use 1 to 107 bytes")
        }
    }

    func run() throws {
        let device = self.card.address
        let card = try card.open(settings, promiscuous: !notPromiscuous, prepare: size.apply)
        let tap = try TapInterface(name: name, address: card.macAddress, mtu: size.mtu, offloads: withoutOffload ? [] : card.offloads)
        let socket = try metrics.map { try MetricsSocket($0) }
        guard Interruption.sleep(nanoseconds: card.nanosecondsUntilReceiving) else { return }
        Output.note("ready: \(tap.name), \(card.macAddress)")
        let identity = CardIdentity(
            card, device: device.map { "\($0)" } ?? card.name, interface: tap.name, program: "e1000-uio bridge")
        var loop = try BridgeLoop(card, tap, offloads: !withoutOffload, wake: socket.map { [$0.descriptor] } ?? []) { line in
            // Over the progress line.
            if Output.isTerminal { Output.status("") }
            Output.note(line)
        }
        var report = BridgeReport(asJSON: json, teller: socket.map { MetricsTeller(identity, at: $0) })
        try loop.run(&report)
    }
}

/// Tells a person what the bridge does and has done, and programs of its counters.
private struct BridgeReport: BridgeObserver {
    /// Between two looks for somebody who wants counters.
    private static let interval: Int64 = 1_000_000

    let asJSON: Bool
    private let teller: MetricsTeller?
    private var nextLook: Int64 = 0
    private var progress = Progress()

    init(asJSON: Bool, teller: MetricsTeller?) { (self.asJSON, self.teller) = (asJSON, teller) }

    mutating func round(_ card: inout Controller, _ totals: BridgeTotals, link: LinkState?, isIdle: Bool) throws -> Int64 {
        progress.show("\(totals.toLinux.frames) frames to \(totals.interface), \(totals.toCard.frames) from it")
        guard let teller else { return .max }
        let now = Clocks.monotonic
        guard now >= nextLook else { return Self.interval }
        nextLook = now + Self.interval
        return max(0, try teller.serve(&card, totals, now: now) - now)
    }

    mutating func end(_ totals: BridgeTotals, _ error: (any Error)?) {
        progress.end()
        Output.note(totals.summary)
        if asJSON { try? Output.json(totals) }
    }
}
