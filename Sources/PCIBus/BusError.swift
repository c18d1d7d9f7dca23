import Glibc

/// Why devices cannot be found, bound or unbound.
public enum BusError: Error, Equatable, CustomStringConvertible {
    /// There is no PCI bus to see; the path that is missing or unreadable, and the system's error number.
    case noBus(String, Int32)
    /// libpci gave up; its words.
    case scanFailed(String)
    /// No device has this address, interface or UIO name.
    case noSuchDevice(String)
    /// The driver that the device should get is not in the kernel.
    case driverNotLoaded(String)
    /// The driver's module is there, but registered no PCI driver.
    case driverSwitchedOff(String)
    /// vfio-pci needs an IOMMU.
    case noIOMMU(PCIAddress)
    /// vfio-pci would have a device that shares its IOMMU group with other drivers' devices (`0000:00:1f.2 (ahci)`).
    case groupNotViable(PCIAddress, group: Int, others: [String])
    /// An interface that is up or has addresses.
    case interfaceInUse(PCIAddress, NetworkInterface)
    /// The node is open.
    case nodeInUse(PCIAddress, String)
    /// Another program named a driver for the device.
    case foreignOverride(PCIAddress, String)
    /// sysfs refused a write: the path and the system's error number.
    case notPermitted(PCIAddress, path: String, Int32)
    /// The device did not take the driver; why, and which driver it has now.
    case bindFailed(PCIAddress, driver: String, why: String, now: String?)
    /// The device could not be taken from its driver.
    case unbindFailed(PCIAddress, driver: String?, why: String)

    public var description: String {
        switch self {
        case .noBus(let path, let number):
            "\(path): cannot be read: \(errorText(number)) (mount sysfs; a container may hide it)"
        case .scanFailed(let words):
            "PCI bus: cannot be read: \(words) (try again: a device may just have come or gone)"
        case .noSuchDevice(let name):
            "\(name): no such device (see 'e1000-uio list' and 'lspci -D')"
        case .driverNotLoaded(let driver):
            "\(driver): the kernel driver is not loaded (load it: 'modprobe \(driver)', as root)"
        case .noIOMMU(let address):
            "\(address): no IOMMU translates for it (enable VT-d or AMD-Vi in the firmware and boot with 'intel_iommu=on' "
                + "(AMD: without 'amd_iommu=off'), or bind it to ringlight)"
        case .groupNotViable(let address, let group, let others):
            "\(address): IOMMU group \(group) also holds \(others.joined(separator: ", ")), and VFIO needs the whole group "
                + "(name all cards of the group in one command, take other devices from their drivers, or use another slot)"
        case .driverSwitchedOff(let driver):
            "\(driver): the module is loaded without its PCI driver "
                + "(load it again: 'modprobe -r \(driver) && modprobe \(driver) uio=1')"
        case .interfaceInUse(let address, let interface) where interface.isUp:
            "\(address): its interface \(interface.name) is up "
                + "(take it down: 'ip link set \(interface.name) down', or use --force)"
        case .interfaceInUse(let address, let interface):
            "\(address): its interface \(interface.name) has the address \(interface.addresses.joined(separator: ", "))"
                + " (remove it: 'ip address flush dev \(interface.name)', or use --force)"
        case .nodeInUse(let address, let node):
            "\(address): a program has \(node) open (end it: 'fuser -v \(node)' names it, or use --force)"
        case .foreignOverride(let address, PCIBus.vfioDriver):
            "\(address): reserved for the driver \(PCIBus.vfioDriver) (take it back with 'unbind --driver \(PCIBus.vfioDriver)', "
                + "unless another program has it for a virtual machine)"
        case .foreignOverride(let address, let driver):
            "\(address): reserved for the driver \(driver) by another program (give it back with that program, or use --force)"
        case .notPermitted(let address, let path, EROFS):
            "\(address): \(path) is on a read-only sysfs (run outside the container, as root)"
        case .notPermitted(let address, let path, let number):
            "\(address): \(path) cannot be written: \(errorText(number)) (run as root, for example with sudo)"
        case .bindFailed(let address, let driver, let why, let now?):
            "\(address): not bound to \(driver): \(why); \(now) has it again (see 'dmesg')"
        case .bindFailed(let address, let driver, let why, nil):
            "\(address): not bound to \(driver): \(why); it has no driver now (see 'dmesg')"
        case .unbindFailed(let address, let driver, let why):
            "\(address): not taken from \(driver ?? "its driver"): \(why) (see 'dmesg')"
        }
    }
}

func errorText(_ number: Int32) -> String { String(cString: strerror(number)) }
