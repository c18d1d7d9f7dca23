import ArgumentParser
import CardBridge
import CardSelection
import Glibc
import PCIBus
import ToolSupport

@main
struct CardDaemon: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "e1000d",
        abstract: "Run an e1000 card as a service: a network interface of Linux, driven from user space.",
        discussion: """
            Takes the card from its kernel driver, drives it, and makes it a TAP interface with the card's MAC address, which has \
            a link while the card has one. Stopped (SIGTERM, SIGINT) or failing, it gives the card back to the kernel's driver; \
            started again after a kill, it takes over what the killed one left. A card that hangs is initialised anew; when \
            that does not help, the program ends with exit code 1, so that a service manager starts it again.

            Tells ledd (RINGLIGHT_SOCKET, else /run/ringlight/ledd.sock), when it is there, of events of the source 'e1000': \
            link-up, link-down, receive, transmit (5 a second each at most), error, ring-full, recovered, failed. Tells its \
            counters to whoever connects to the socket of --metrics, as OpenMetrics text, or by HTTP.

            Started as root, these are two processes: one binds the card and gives it back, and keeps CAP_KILL alone, to end the \
            other; that one drives the card as the user of --user, without any capability. In the unit e1000d@.service the first \
            is the service manager itself, by way of --bind and --release.

            Examples:
              systemctl enable --now e1000d@0000:00:03.0
              sudo e1000d 00:03.0 --name lab0
              e1000-uio top --device 00:03.0
              curl --unix-socket /run/ringlight/e1000d-0000:00:03.0.sock http://card/metrics
              e1000d --device sim:traffic=100,fault=hang@2 --no-tap --metrics /tmp/card.sock
            """, version: ringlightVersion)

    @Argument(
        help: ArgumentHelp("The card's PCI address ('0000:00:03.0', '00:03.0'): it is taken from its driver, and given back.", valueName: "address"))
    var address: String?

    @OptionGroup var card: CardOptions
    @OptionGroup var size: FrameSize
    @OptionGroup var settings: CardSettings

    @Option(help: "The driver for user space that the card gets: ringlight, or vfio-pci, which needs an IOMMU.")
    var driver: UserSpaceDriver = .ringlight
    @Flag(help: "Take the card also when it is in use: its interface is up or has addresses.")
    var force = false
    @Option(help: "The interface's name; '%d' becomes the first number that is free.")
    var name: String = "ringlight%d"
    @Flag(help: "Make no interface: what the card receives is counted and dropped.")
    var noTap = false
    @Flag(
        name: [.customShort("p"), .customLong("no-promiscuous-mode")],
        help: "Receive only frames for the card's own address, and broadcasts; IPv6 needs more.")
    var notPromiscuous = false
    @Flag(name: .customLong("no-offload"), help: "Let Linux make checksums and segments itself.")
    var withoutOffload = false
    @Option(
        help: ArgumentHelp(
            "The socket that tells counters (default: /run/ringlight/e1000d-ADDRESS.sock; with --device: none).", valueName: "path"))
    var metrics: String?
    @Flag(help: "Tell no counters.")
    var noMetrics = false
    @Flag(help: "Tell ledd of no events.")
    var noPublish = false
    @Option(
        help: ArgumentHelp(
            "The user, by name or number, that drives the card when this is started as root (default: e1000d, else nobody). "
                + "0: root, without capabilities.",
            valueName: "user"))
    var user: String?
    @Flag(help: "Only bind the card.")
    var bind = false
    @Flag(help: "Drive a card that is bound, and leave it bound: for a service manager that runs --bind before and --release after it.")
    var bound = false
    @Flag(help: "Only give the card back, and remove the socket of an e1000d that was killed.")
    var release = false
    @Option(help: ArgumentHelp("The process that gives the card back.", visibility: .private))
    var worker: Int32?

    static func main() { Tool.run(Self.self) }

    func validate() throws {
        try settings.check(promiscuous: !notPromiscuous)
        guard TapInterface.isName(name) else {
            throw Problem.usage(
                "--name", "'\(name)' is not a name for an interface", remedy: "use at most 15 letters and digits, and '%d' once")
        }
        if let address, PCIAddress(address) == nil {
            throw Problem.usage("'\(address)'", "not a PCI address", remedy: "write it like 0000:00:03.0; see 'e1000-uio list'")
        }
        guard (address == nil) != (card.device == nil) else {
            throw Problem.usage(
                "card", address == nil ? "none is named" : "it is named twice",
                remedy: "name either the PCI address of a card to bind, or with --device one to take as it is")
        }
        let steps = [bind, bound, release].count { $0 }
        if steps > 1 || (steps == 1 && address == nil) {
            throw Problem.usage(
                "--bind, --bound, --release", steps > 1 ? "these are three steps" : "there is no card to bind",
                remedy: steps > 1 ? "give one of them" : "name its PCI address")
        }
        if let metrics {
            guard !noMetrics else { throw Problem.usage("--metrics", "there is --no-metrics as well", remedy: "leave one of them out") }
            guard MetricsSocket.isPath(metrics) else {
                throw Problem.usage("--metrics", "'\(metrics)' is not a path for a socket", remedy: "use 1 to 107 bytes")
            }
        }
    }

    /// The address with its domain.
    var pciAddress: PCIAddress? { address.flatMap(PCIAddress.init) }

    /// Where counters are told.
    var metricsPath: String? {
        if noMetrics { return nil }
        return metrics ?? pciAddress.map { MetricsSocket.standardPath(of: "\($0)") }
    }

    func run() throws {
        let keeper = Keeper(self)
        switch true {
        case worker != nil, bound, address == nil: try Worker(self, keeper: worker).run()
        case bind: try keeper.bind()
        case release: try keeper.giveBack()
        default: try keeper.run()
        }
    }
}
