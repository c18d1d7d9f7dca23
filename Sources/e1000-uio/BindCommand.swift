import ArgumentParser
import CardSelection
import PCIBus

struct Bind: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Give cards to user space, so that programs can drive them.",
        discussion: """
            The driver must be in the kernel ('modprobe ringlight', 'modprobe vfio-pci'). With an IOMMU vfio-pci is the better one: \
            a card then reaches its program's memory only. It is refused without an IOMMU, and where the card's IOMMU group has \
            devices that the kernel uses. A card that is bound already is left alone; one \
            whose network interface is up or has addresses is refused. When anything fails, the card goes back to the driver \
            that it had. Lasts until 'unbind' or the next boot. Needs root.

            Examples:
              sudo e1000-uio bind 00:03.0
              sudo ip link set eth1 down && sudo e1000-uio bind eth1
              sudo e1000-uio bind --driver vfio-pci 00:03.0
              e1000-uio bind --dry-run 00:03.0 00:04.0
            """)

    @OptionGroup var bus: BusArguments

    func run() throws {
        try bus.forEach { pci, address, all in
            try pci.bind(address, to: bus.driver.rawValue, with: all, force: bus.force, rehearse: bus.dryRun)
        } line: { result in
            let driver = bus.driver.rawValue
            let node = result.node.map { ", \($0)" } ?? ""
            guard result.changed else { return "\(result.address): already bound to \(driver)\(node)" }
            let before = result.previousDriver ?? "no driver"
            return bus.dryRun
                ? "\(result.address): would be bound to \(driver) (has \(before))"
                : "\(result.address): bound to \(driver) (had \(before))\(node)"
        }
    }
}
