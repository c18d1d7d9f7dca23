import CPCI
import Glibc

/// The machine's PCI devices, found through libpci and sysfs. Needs no privilege.
///
///     for device in try PCIBus().devices() where device.vendor == 0x8086 { print(device.address, device.driver ?? "-") }
public struct PCIBus: Sendable {
    var sysfs: Sysfs
    /// How long a UIO node may take to appear after its driver has the card, in milliseconds.
    package var nodeMilliseconds = 5000
    /// Instead of the machine's own.
    private var addresses: Addresses?

    /// The kernel module that gives a card to user space, and its PCI driver.
    public static let ringlightDriver = "ringlight"
    /// The kernel's driver that gives a device behind an IOMMU to user space.
    public static let vfioDriver = "vfio-pci"

    /// - Parameter sysfsRoot: where sysfs is: by default the environment variable `RINGLIGHT_SYSFS`, which exists for tests
    ///   on a folder of files, else `/sys`.
    public init(sysfsRoot: String? = nil) {
        sysfs = Sysfs(root: sysfsRoot ?? getenv("RINGLIGHT_SYSFS").map { String(cString: $0) } ?? Sysfs.standardRoot)
    }

    /// A machine for tests: a bus of files, whose writes `write` answers (with the system's error number, or 0).
    ///
    /// - Parameter addresses: Internet addresses of interfaces by their names.
    package init(
        sysfsRoot: String, addresses: [String: [String]] = [:],
        write: @escaping @Sendable (_ path: String, _ text: String) -> Int32
    ) {
        sysfs = Sysfs(root: sysfsRoot)
        sysfs.write = write
        self.addresses = Addresses(byInterface: addresses)
    }

    /// All devices, sorted by address.
    public func devices() throws(BusError) -> [PCIDevice] {
        let found = try scanAgain()
        let addresses = addresses ?? Addresses.current()
        return found.map { complete($0, addresses) }.sorted { $0.address < $1.address }
    }

    /// The device at an address.
    public func device(at address: PCIAddress) throws(BusError) -> PCIDevice {
        guard let device = try devices().first(where: { $0.address == address }) else { throw .noSuchDevice("\(address)") }
        return device
    }

    /// The device with this address (`0000:00:03.0`, `00:03.0`), network interface (`eth0`) or UIO name (`uio0`, `/dev/uio0`).
    public func device(named name: String) throws(BusError) -> PCIDevice {
        let address = PCIAddress(name)
        for device in try devices() {
            if device.address == address { return device }
            // Not a group's node, which may be several devices'.
            if let uio = device.uio, name == uio || name == "/dev/\(uio)" { return device }
            if device.interfaces.contains(where: { $0.name == name }) { return device }
        }
        throw .noSuchDevice(name)
    }

    /// What libpci tells of a device.
    private struct Found {
        let address: PCIAddress
        let identifiers: (vendor: UInt16, device: UInt16, subsystemVendor: UInt16, subsystemDevice: UInt16)
        let bar0: PCIDevice.Window?
        let irq: Int
        let driver: String?
    }

    /// A device that is unplugged while libpci looks at it ends the scan, not the listing.
    private func scanAgain() throws(BusError) -> [Found] {
        for _ in 0..<2 {
            do throws(BusError) {
                return try scan()
            } catch {
                guard case .scanFailed = error else { throw error }
            }
        }
        return try scan()
    }

    private func scan() throws(BusError) -> [Found] {
        let folder = "\(sysfs.busPath)/devices"
        guard access(folder, R_OK | X_OK) == 0 else { throw .noBus(folder, errno) }
        guard let bus = pci_alloc() else { throw .scanFailed("out of memory") }
        defer { pci_cleanup(bus) }
        bus.pointee.method = PCI_ACCESS_SYS_BUS_PCI.rawValue
        var name = Array("sysfs.path".utf8CString)
        var path = Array(sysfs.busPath.utf8CString)
        guard pci_set_param(bus, &name, &path) == 0 else { throw .scanFailed("libpci has no sysfs access") }
        var message = [CChar](repeating: 0, count: 512)
        let fields =
            PCI_FILL_IDENT | PCI_FILL_SUBSYS | PCI_FILL_BASES | PCI_FILL_SIZES | PCI_FILL_IRQ | PCI_FILL_DRIVER
        guard ringlight_pci_scan(bus, fields, &message, message.count) == 0 else {
            throw .scanFailed(String(decoding: message.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self))
        }
        var found: [Found] = []
        var next = bus.pointee.devices
        while let device = next {
            next = device.pointee.next
            guard
                let address = PCIAddress(
                    domain: UInt32(truncatingIfNeeded: device.pointee.domain), bus: device.pointee.bus,
                    device: device.pointee.dev,
                    function: device.pointee.func)
            else { continue }
            let start = device.pointee.base_addr.0 & ~15
            found.append(
                Found(
                    address: address,
                    identifiers: (
                        device.pointee.vendor_id, device.pointee.device_id, device.pointee.subsys_vendor_id,
                        device.pointee.subsys_id
                    ),
                    bar0: start == 0 ? nil : PCIDevice.Window(address: start, size: device.pointee.size.0),
                    irq: Int(device.pointee.irq),
                    driver: pci_get_string_property(device, UInt32(PCI_FILL_DRIVER)).map { String(cString: $0) }))
        }
        return found
    }

    /// Adds what only sysfs and the network know.
    private func complete(_ found: Found, _ addresses: Addresses) -> PCIDevice {
        let override = sysfs.text(sysfs.path(found.address, "driver_override"))
        let interfaces = sysfs.names(sysfs.path(found.address, "net")).map { name in
            let flags =
                sysfs.text(sysfs.path(found.address, "net/\(name)/flags")).flatMap { UInt32($0.dropFirst(2), radix: 16) } ?? 0
            return NetworkInterface(name: name, isUp: flags & UInt32(IFF_UP) != 0, addresses: addresses.of(name))
        }
        // The command register (PCI 3.0, 6.2.2): bit 2 allows memory accesses of the device's own.
        let configuration = sysfs.bytes(sysfs.path(found.address, "config")) ?? []
        return PCIDevice(
            address: found.address, vendor: found.identifiers.vendor, device: found.identifiers.device,
            subsystemVendor: found.identifiers.subsystemVendor, subsystemDevice: found.identifiers.subsystemDevice,
            driver: found.driver, driverOverride: override == "(null)" || override == "" ? nil : override, bar0: found.bar0,
            irq: found.irq, interfaces: interfaces, uio: uioChild(of: found.address),
            isBusMaster: configuration.count > 4 && configuration[4] & 0x04 != 0,
            iommuGroup: iommuGroup(of: found.address))
    }

    /// The UIO device of a PCI device.
    func uioChild(of address: PCIAddress) -> String? { sysfs.names(sysfs.path(address, "uio")).first }

    /// The IOMMU group of a PCI device.
    func iommuGroup(of address: PCIAddress) -> Int? { sysfs.linkTarget(sysfs.path(address, "iommu_group")).flatMap { Int($0) } }
}
