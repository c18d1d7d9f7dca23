import ArgumentParser
import PCIBus

struct Bind: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Give cards to ringlight.ko, so that programs can drive them.",
        discussion: """
            The driver ringlight must be in the kernel ('modprobe ringlight'). A card that is bound already is left alone; one \
            whose network interface is up or has addresses is refused. When anything fails, the card goes back to the driver \
            that it had. Lasts until 'unbind' or the next boot. Needs root.

            Examples:
              sudo e1000-uio bind 00:03.0
              sudo ip link set eth1 down && sudo e1000-uio bind eth1
              e1000-uio bind --dry-run 00:03.0 00:04.0
            """)

    @OptionGroup var bus: BusArguments

    func run() throws {
        try bus.forEach { pci, address in
            try pci.bind(address, force: bus.force, rehearse: bus.dryRun)
        } line: { result in
            let driver = PCIBus.ringlightDriver
            let node = result.node.map { ", \($0)" } ?? ""
            guard result.changed else { return "\(result.address): already bound to \(driver)\(node)" }
            let before = result.previousDriver ?? "no driver"
            return bus.dryRun
                ? "\(result.address): would be bound to \(driver) (has \(before))"
                : "\(result.address): bound to \(driver) (had \(before))\(node)"
        }
    }
}
