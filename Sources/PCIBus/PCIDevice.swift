/// A PCI device as an ordinary user can see it.
public struct PCIDevice: Sendable, Equatable {
    public let address: PCIAddress
    /// PCI vendor and device identifiers, e.g. 0x8086 and 0x100e.
    public let vendor: UInt16
    public let device: UInt16
    public let subsystemVendor: UInt16
    public let subsystemDevice: UInt16
    /// The kernel driver that has the device.
    public let driver: String?
    /// The only driver that may have it, when one was named (`driver_override`).
    public let driverOverride: String?
    /// Where BAR 0 is in the system's memory; `nil` when it is not assigned.
    public let bar0: Window?
    /// Interrupt line; 0: none.
    public let irq: Int
    /// The network interfaces that its driver made.
    public let interfaces: [NetworkInterface]
    /// The UIO device that its driver made, e.g. `uio0`.
    public let uio: String?
    /// The device may read and write memory. ringlight.ko and vfio-pci allow that only while a program has the device.
    public let isBusMaster: Bool
    /// The IOMMU group, within which devices share a translation of their memory accesses; `nil`: none translates.
    public let iommuGroup: Int?

    /// A range of the system's memory.
    public struct Window: Sendable, Equatable {
        public let address: UInt64
        /// Bytes.
        public let size: UInt64
    }

    /// An IOMMU limits what the device reaches.
    public var hasIOMMU: Bool { iommuGroup != nil }

    /// What a program opens to have the device, below `/dev`: `uio0`, or `vfio/3` of its whole group.
    public var nodeName: String? {
        driver == PCIBus.vfioDriver ? iommuGroup.map { "vfio/\($0)" } : uio
    }

    /// The node to open, e.g. `/dev/uio0`, `/dev/vfio/3`.
    public var node: String? { nodeName.map { "/dev/\($0)" } }

    /// Bound to a driver that was chosen by name.
    public var isBoundByOverride: Bool { driver != nil && driver == driverOverride }

    /// Someone would notice if the device were taken away: an interface is up or has an address, or a program has its node.
    public var isInUse: Bool { interfaces.contains { $0.isInUse } || (nodeName != nil && isBusMaster) }
}

/// A network interface of a device.
public struct NetworkInterface: Sendable, Equatable {
    public let name: String
    /// Administratively up (IFF_UP).
    public let isUp: Bool
    /// Internet addresses that it carries, link-local ones apart. Routes need an interface that is up.
    public let addresses: [String]

    package init(name: String, isUp: Bool, addresses: [String]) {
        (self.name, self.isUp, self.addresses) = (name, isUp, addresses)
    }

    public var isInUse: Bool { isUp || !addresses.isEmpty }
}
