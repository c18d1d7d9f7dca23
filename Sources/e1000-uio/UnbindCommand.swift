import ArgumentParser
import CardSelection
import PCIBus

struct Unbind: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Give cards back to the kernel's own driver.",
        discussion: """
            The choice of ringlight (or of vfio-pci, with --driver) is cleared \
            and the kernel looks for the driver that matches the card. A card that has the \
            kernel's driver already is left alone; one whose node a program has open is refused. Needs root.

            Examples:
              sudo e1000-uio unbind 00:03.0
              sudo e1000-uio unbind uio0
              sudo e1000-uio unbind --driver vfio-pci 00:03.0
            """)

    @OptionGroup var bus: BusArguments

    func run() throws {
        try bus.forEach { pci, address, _ in
            try pci.unbind(address, from: bus.driver.rawValue, force: bus.force, rehearse: bus.dryRun)
        } line: { result in
            let before = result.previousDriver ?? "no driver"
            guard result.changed else {
                return "\(result.address): left with \(before): it is not bound to \(bus.driver.rawValue)"
            }
            if bus.dryRun { return "\(result.address): would be taken from \(before) and given to the kernel's driver" }
            guard let now = result.driver else {
                return
                    "\(result.address): taken from \(before); it has no driver now, "
                    + "because none in the kernel matches (try 'modprobe e1000')"
            }
            return "\(result.address): given back to \(now) (had \(before))"
        }
    }
}
