import Clocks
import CUDev
import Glibc

/// Waits until a card's node can be opened: the kernel has made it, and udev, where it runs, has set its owner and mode.
///
/// Made before the driver gets the card, so that no event is missed. Where events cannot be had (a container, a guest
/// without udev), sysfs is looked at again every 50 ms.
struct NodeWatch: ~Copyable {
    private let sysfs: Sysfs
    private let driver: String
    private let udev: OpaquePointer?
    private let monitor: OpaquePointer?
    /// udev applies rules: a node is ready when it says so.
    private let hasRules: Bool

    /// The class of its devices.
    private var subsystem: String { driver == PCIBus.vfioDriver ? "vfio" : "uio" }
    /// Where they have their nodes.
    private var folder: String { driver == PCIBus.vfioDriver ? "/dev/vfio" : "/dev" }

    init(_ sysfs: Sysfs, driver: String) {
        self.sysfs = sysfs
        self.driver = driver
        let hasRules = sysfs.isReal && access("/run/udev/control", F_OK) == 0
        self.hasRules = hasRules
        udev = sysfs.isReal ? udev_new() : nil
        let monitor = udev.flatMap { udev_monitor_new_from_netlink($0, hasRules ? "udev" : "kernel") }
        if let monitor {
            udev_monitor_filter_add_match_subsystem_devtype(monitor, driver == PCIBus.vfioDriver ? "vfio" : "uio", nil)
            udev_monitor_enable_receiving(monitor)
        }
        self.monitor = monitor
    }

    deinit {
        if let monitor { udev_monitor_unref(monitor) }
        if let udev { udev_unref(udev) }
    }

    /// - Returns: the node's path. A node that udev has not dealt with in time will do: it can be opened.
    /// - Throws: `bindFailed` when there is none in time.
    func wait(for address: PCIAddress, milliseconds: Int) throws(BusError) -> String {
        let bus = PCIBus(sysfsRoot: sysfs.root)
        let end = Clocks.monotonic + Int64(milliseconds) * 1_000_000
        var child: String?
        var node: String?
        repeat {
            child = driver == PCIBus.vfioDriver ? bus.iommuGroup(of: address).map { "\($0)" } : bus.uioChild(of: address)
            if let child, let (name, isSettled) = look(at: child) {
                if isSettled { return name }
                node = name
            }
            pause()
        } while Clocks.monotonic < end
        if let node { return node }
        let why = child.map { "its node \(folder)/\($0) did not appear within \(milliseconds) ms" } ?? "it made no UIO device"
        throw .bindFailed(address, driver: driver, why: why, now: nil)
    }

    /// The node of a device of the class when it is there, and whether its owner and mode will stay.
    private func look(at child: String) -> (name: String, isSettled: Bool)? {
        guard let udev else { return ("\(folder)/\(child)", true) }
        guard let device = udev_device_new_from_subsystem_sysname(udev, subsystem, child) else { return nil }
        defer { udev_device_unref(device) }
        guard let name = udev_device_get_devnode(device), access(name, F_OK) == 0 else { return nil }
        return (String(cString: name), !hasRules || udev_device_get_is_initialized(device) > 0)
    }

    /// Until the next event, at most 50 ms.
    private func pause() {
        guard let monitor else {
            usleep(50_000)
            return
        }
        var poller = pollfd(fd: udev_monitor_get_fd(monitor), events: Int16(POLLIN), revents: 0)
        if poll(&poller, 1, 50) > 0, let event = udev_monitor_receive_device(monitor) { udev_device_unref(event) }
    }
}
