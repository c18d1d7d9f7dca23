import Glibc

/// What binding or unbinding did.
public struct BindResult: Sendable, Equatable {
    public let address: PCIAddress
    /// The driver before.
    public let previousDriver: String?
    /// The driver now (of a rehearsal: the one it would be; `nil` also when the kernel will choose).
    public let driver: String?
    /// The node, e.g. `/dev/uio0`, `/dev/vfio/3`, when the driver made one.
    public let node: String?
    /// False: it was so already, nothing was written.
    public let changed: Bool

    package init(address: PCIAddress, previousDriver: String?, driver: String?, node: String?, changed: Bool) {
        (self.address, self.previousDriver, self.driver, self.node, self.changed) = (
            address, previousDriver, driver, node, changed
        )
    }
}

extension PCIBus {
    /// Gives a device to `driver`, whatever its identifiers are (sysfs `driver_override`), and waits for its node.
    ///
    /// A device that is bound to it already is left alone. When anything fails, the old driver gets the device back.
    ///
    /// - Parameters:
    ///   - driver: `ringlightDriver` or `vfioDriver`.
    ///   - others: devices that will have the same driver: they do not spoil the IOMMU group that vfio-pci needs.
    ///   - force: also when the device is in use, or reserved for another driver.
    ///   - rehearse: check everything, write nothing.
    /// - Throws: `BusError`; its words say which driver has the device then.
    public func bind(
        _ address: PCIAddress, to driver: String = ringlightDriver, with others: Set<PCIAddress> = [], force: Bool = false,
        rehearse: Bool = false
    ) throws(BusError) -> BindResult {
        let device = try device(at: address)
        if device.driver == driver {
            return BindResult(address: address, previousDriver: driver, driver: driver, node: device.node, changed: false)
        }
        guard sysfs.exists(sysfs.path(driver: driver)) else {
            throw sysfs.exists("\(sysfs.root)/module/\(driver)") ? .driverSwitchedOff(driver) : .driverNotLoaded(driver)
        }
        if let other = device.driverOverride, other != driver, !force { throw .foreignOverride(address, other) }
        if driver == Self.vfioDriver { try requireViableGroup(device, with: others) }
        if !force { try requireUnused(device) }
        if !rehearse {
            let watch = NodeWatch(sysfs, driver: driver)
            do throws(BusError) {
                try write(driver, to: sysfs.path(address, "driver_override"), of: address)
                if let old = device.driver { try write("\(address)", to: sysfs.path(driver: old, "unbind"), of: address) }
                // The driver's own `bind` rather than drivers_probe: it tells why a probe failed.
                try write("\(address)", to: sysfs.path(driver: driver, "bind"), of: address)
                guard currentDriver(of: address) == driver else {
                    throw .bindFailed(address, driver: driver, why: "the driver did not take it", now: nil)
                }
                let node = try watch.wait(for: address, milliseconds: nodeMilliseconds)
                return BindResult(address: address, previousDriver: device.driver, driver: driver, node: node, changed: true)
            } catch {
                restore(device)
                throw error.after(currentDriver(of: address), binding: driver)
            }
        }
        return BindResult(address: address, previousDriver: device.driver, driver: driver, node: nil, changed: true)
    }

    /// Gives a device back to the kernel driver that matches it.
    ///
    /// A device with a driver of the kernel's own choice is left alone. Without a matching driver in the kernel the device
    /// stays without one, which is no error.
    ///
    /// - Parameters:
    ///   - driver: the driver to take it from.
    ///   - force: also when its node is open, or when another program reserved it for another driver.
    ///   - rehearse: check everything, write nothing.
    public func unbind(
        _ address: PCIAddress, from driver: String = ringlightDriver, force: Bool = false, rehearse: Bool = false
    ) throws(BusError) -> BindResult {
        let device = try device(at: address)
        let unchanged = BindResult(
            address: address, previousDriver: device.driver, driver: device.driver, node: device.node, changed: false)
        if device.driver != driver {
            if device.driver != nil && device.driverOverride == nil { return unchanged }
            if let other = device.driverOverride, other != driver, !force { throw .foreignOverride(address, other) }
        }
        if !force { try requireUnused(device) }
        if rehearse { return BindResult(address: address, previousDriver: device.driver, driver: nil, node: nil, changed: true) }
        if device.driverOverride != nil { try write("\n", to: sysfs.path(address, "driver_override"), of: address) }
        do throws(BusError) {
            if let old = device.driver { try write("\(address)", to: sysfs.path(driver: old, "unbind"), of: address) }
            try write("\(address)", to: "\(sysfs.busPath)/drivers_probe", of: address)
        } catch {
            if let old = device.driver, currentDriver(of: address) == old, let override = device.driverOverride {
                _ = sysfs.write(sysfs.path(address, "driver_override"), override)
            }
            throw error.after(nil, unbinding: device.driver)
        }
        let now = currentDriver(of: address)
        if now == driver { throw .unbindFailed(address, driver: driver, why: "the driver has it again") }
        return BindResult(
            address: address, previousDriver: device.driver, driver: now, node: nil,
            changed: now != device.driver || device.driverOverride != nil)
    }

    /// VFIO gives a group away when every device in it has no driver, or one that does no DMA to the kernel's memory.
    private func requireViableGroup(_ device: PCIDevice, with others: Set<PCIAddress>) throws(BusError) {
        guard let group = device.iommuGroup else { throw .noIOMMU(device.address) }
        let spoilers = sysfs.names("\(sysfs.root)/kernel/iommu_groups/\(group)/devices").compactMap { name -> String? in
            guard let other = PCIAddress(name), other != device.address, !others.contains(other),
                let driver = currentDriver(of: other), ![Self.vfioDriver, "pci-stub", "pcieport"].contains(driver)
            else { return nil }
            return "\(name) (\(driver))"
        }
        if !spoilers.isEmpty { throw .groupNotViable(device.address, group: group, others: spoilers) }
    }

    private func requireUnused(_ device: PCIDevice) throws(BusError) {
        if let interface = device.interfaces.first(where: \.isInUse) { throw .interfaceInUse(device.address, interface) }
        if let node = device.node, device.isInUse { throw .nodeInUse(device.address, node) }
    }

    /// Best effort: as it was before `bind`.
    private func restore(_ device: PCIDevice) {
        let address = device.address
        let now = currentDriver(of: address)
        if let now, now != device.driver { _ = sysfs.write(sysfs.path(driver: now, "unbind"), "\(address)") }
        _ = sysfs.write(sysfs.path(address, "driver_override"), device.driverOverride ?? "\n")
        if let old = device.driver, now != old { _ = sysfs.write(sysfs.path(driver: old, "bind"), "\(address)") }
    }

    /// The driver that has the device.
    func currentDriver(of address: PCIAddress) -> String? { sysfs.linkTarget(sysfs.path(address, "driver")) }

    private func write(_ text: String, to path: String, of address: PCIAddress) throws(BusError) {
        let number = sysfs.write(path, text)
        if number != 0 { throw .notPermitted(address, path: path, number) }
    }
}

extension BusError {
    /// Tells a write that needs another user from one that the driver answered.
    fileprivate func after(_ now: String?, binding driver: String) -> BusError {
        switch self {
        case .notPermitted(_, _, EACCES), .notPermitted(_, _, EPERM), .notPermitted(_, _, EROFS): self
        case .notPermitted(let address, _, let number): .bindFailed(address, driver: driver, why: errorText(number), now: now)
        case .bindFailed(let address, let driver, let why, _): .bindFailed(address, driver: driver, why: why, now: now)
        default: self
        }
    }

    fileprivate func after(_ now: String?, unbinding driver: String?) -> BusError {
        switch self {
        case .notPermitted(_, _, EACCES), .notPermitted(_, _, EPERM), .notPermitted(_, _, EROFS): self
        case .notPermitted(let address, _, let number): .unbindFailed(address, driver: driver, why: errorText(number))
        default: self
        }
    }
}
