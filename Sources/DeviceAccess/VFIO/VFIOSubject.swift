import Glibc

/// A card that VFIO may have: in an IOMMU group, and with the driver vfio-pci.
struct VFIOSubject {
    /// PCI address with its domain.
    let address: String
    /// IOMMU group, and the number of its node.
    let group: Int
    private let sysfs: String
    private let devices: String

    static let driver = "vfio-pci"

    var folder: String { "\(sysfs)/bus/pci/devices/\(address)" }
    /// The node of all containers.
    var containerNode: String { "\(devices)/vfio/vfio" }
    /// The node of the group.
    var groupNode: String { "\(devices)/vfio/\(group)" }

    /// - Throws: `.notFound` without the device, `.refused` without an IOMMU or with another driver.
    init(_ address: String, sysfs: String, devices: String) throws(DeviceError) {
        (self.address, self.sysfs, self.devices) = (address, sysfs, devices)
        let folder = "\(sysfs)/bus/pci/devices/\(address)"
        guard !address.isEmpty, !address.contains("/"), Sysfs.text("\(folder)/vendor") != nil else {
            throw DeviceError(
                .notFound, address, "no such PCI device",
                remedy: "see 'e1000-uio list'; the domain belongs to it: 0000:00:03.0")
        }
        guard let group = Sysfs.linkTarget("\(folder)/iommu_group").flatMap({ Int($0) }) else {
            throw DeviceError(
                .refused, address, "no IOMMU translates for it",
                remedy: "enable VT-d or AMD-Vi in the firmware and boot with 'intel_iommu=on' (AMD: without 'amd_iommu=off'), "
                    + "or bind it to ringlight")
        }
        self.group = group
        let driver = Sysfs.linkTarget("\(folder)/driver")
        guard driver == Self.driver else {
            throw DeviceError(
                .refused, address, "bound to \(driver ?? "no driver"), not to \(Self.driver)",
                remedy: "run 'sudo e1000-uio bind --driver \(Self.driver) \(address)'")
        }
    }

    /// The other devices of the group whose drivers use the same translation for the kernel's own memory: `0000:00:1f.2 (ahci)`.
    private var neighbours: [String] {
        let folder = "\(sysfs)/kernel/iommu_groups/\(group)/devices"
        return Sysfs.names(in: folder).compactMap { name in
            guard name != address, let driver = Sysfs.linkTarget("\(folder)/\(name)/driver") else { return nil }
            // They do no DMA of their own.
            return [Self.driver, "pci-stub", "pcieport"].contains(driver) ? nil : "\(name) (\(driver))"
        }
    }

    // MARK: What stands in the way

    /// The group cannot be had, because of other devices in it.
    var notViable: DeviceError {
        let others = neighbours
        // A driver may have gone meanwhile.
        let who = others.isEmpty ? "a kernel driver" : others.joined(separator: ", ")
        return DeviceError(
            .refused, address, "IOMMU group \(group) is not viable: \(who) shares its memory",
            remedy: "take these from their drivers too, or put the card into another slot")
    }

    /// Why a node cannot be opened; `number` is the system's error number.
    func openFailure(_ node: String, _ number: Int32) -> DeviceError {
        switch number {
        case EBUSY:
            return DeviceError(
                .busy, node, "another process has the card \(address), or one of the same IOMMU group",
                remedy: "see 'fuser -v \(node)'")
        case EACCES, EPERM:
            return DeviceError(
                .permission, node, "permission denied: \(Self.owner(of: node))",
                remedy: "run it as root (sudo), or give the node to a group of yours: 'chgrp GROUP \(node); chmod 660 \(node)'")
        case ENOENT, ENODEV, ENXIO:
            return DeviceError(.notFound, node, "no such node", remedy: "load the driver: 'modprobe vfio-pci', as root")
        default:
            return DeviceError(.system, node, systemReason(number))
        }
    }

    /// Any other failure of a call on the group.
    func failure(_ action: String) -> DeviceError { DeviceError(.system, groupNode, "\(action): \(systemReason())") }

    /// `it belongs to root:root, mode 600`
    private static func owner(of node: String) -> String {
        var information = stat()
        guard unsafe stat(node, &information) == 0 else { return "it cannot be looked at" }
        let user = unsafe getpwuid(information.st_uid).map { unsafe String(cString: $0.pointee.pw_name) }
        let group = unsafe getgrgid(information.st_gid).map { unsafe String(cString: $0.pointee.gr_name) }
        let owner = "\(user ?? "\(information.st_uid)"):\(group ?? "\(information.st_gid)")"
        return "it belongs to \(owner), mode \(String(information.st_mode & 0o777, radix: 8))"
    }
}
