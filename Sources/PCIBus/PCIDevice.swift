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
    /// The device may read and write memory. ringlight.ko allows that only while its node is open.
    public let isBusMaster: Bool
    /// The device is in an IOMMU group: its memory accesses are translated and limited.
    public let hasIOMMU: Bool

    /// A range of the system's memory.
    public struct Window: Sendable, Equatable {
        public let address: UInt64
        /// Bytes.
        public let size: UInt64
    }

    /// The node to open, e.g. `/dev/uio0`.
    public var node: String? { uio.map { "/dev/\($0)" } }

    /// Bound to a driver that was chosen by name.
    public var isBoundByOverride: Bool { driver != nil && driver == driverOverride }

    /// Someone would notice if the device were taken away: an interface is up or has an address, or the UIO node is open.
    public var isInUse: Bool { interfaces.contains { $0.isInUse } || (uio != nil && isBusMaster) }
}

/// A network interface of a device.
public struct NetworkInterface: Sendable, Equatable {
    public let name: String
    /// Administratively up (IFF_UP).
    public let isUp: Bool
    /// Internet addresses that it carries, link-local ones apart. Routes need an interface that is up.
    public let addresses: [String]

    public var isInUse: Bool { isUp || !addresses.isEmpty }
}
