import CLinux
import Clocks
import CRinglight
import Glibc

/// A card behind `/dev/uioN` of ringlight.ko.
///
/// BAR0 and the DMA memory are mapped; an interrupt is a read of the node, and a write of 1 lets the next one through.
/// The kernel zeroes the memory and lets the card do DMA on open, and silences it on close, also after a kill.
@safe public final class UIODevice: DeviceBackend {
    private let node: String
    private let descriptor: Int32
    private var bar: UnsafeMutableRawPointer?
    private var barSize = 0
    private var dma: UnsafeMutableRawPointer?
    private var dmaSize = 0

    /// Opens a node of ringlight.ko.
    ///
    /// - Parameters:
    ///   - name: `uio0`, or `/dev/uio0`.
    ///   - sysfs: the root of sysfs; another one for tests.
    ///   - devices: the folder of device nodes; another one for tests.
    /// - Throws: `.notFound` without the node, `.refused` when it is another driver's, `.busy` when another process has it,
    ///   `.permission` without CAP_SYS_RAWIO (or, behind an IOMMU, the node's group).
    public static func open(_ name: String, sysfs: String = "/sys", devices: String = "/dev") throws(DeviceError) -> Device {
        let name = name.split(separator: "/").last.map(String.init) ?? name
        let folder = "\(sysfs)/class/uio/\(name)"
        guard name.hasPrefix("uio"), let uevent = Sysfs.text("\(folder)/device/uevent") else {
            throw DeviceError(.notFound, name, "no such UIO device", remedy: "bind a card with 'e1000-uio bind', or see 'e1000-uio list'")
        }
        let group = "\(folder)/device/\(RINGLIGHT_SYSFS_GROUP)"
        guard let address = Sysfs.number("\(group)/dma_address"), let size = Sysfs.number("\(group)/dma_size"),
            let barSize = Sysfs.number("\(folder)/maps/map\(RINGLIGHT_UIO_MAP_BAR0)/size")
        else {
            throw DeviceError(.refused, name, "it belongs to another driver than ringlight", remedy: "see 'e1000-uio list'")
        }
        let backend = try UIODevice(node: "\(devices)/\(name)")
        let registers = unsafe try backend.map(RINGLIGHT_UIO_MAP_BAR0, size: Int(barSize))
        unsafe backend.bar = unsafe registers
        backend.barSize = Int(barSize)
        let memory = unsafe try backend.map(RINGLIGHT_UIO_MAP_DMA, size: Int(size))
        unsafe backend.dma = unsafe memory
        backend.dmaSize = Int(size)
        return unsafe Device(
            name: "\(slotName(uevent) ?? name) (\(name))", wayIn: "uio",
            deviceID: UInt16(truncatingIfNeeded: Sysfs.number("\(folder)/device/device") ?? 0),
            isEmulated: Sysfs.isEmulated("\(folder)/device"),
            registers: RegisterSpace(unsafeMapped: registers, size: Int(barSize)),
            dma: DMAMemory(unsafeBase: memory, size: Int(size), busAddress: address), backend: backend)
    }

    private init(node: String) throws(DeviceError) {
        self.node = node
        descriptor = unsafe Glibc.open(node, O_RDWR | O_CLOEXEC)
        guard descriptor >= 0 else {
            switch errno {
            case EBUSY:
                throw DeviceError(.busy, node, "another process has the card open", remedy: "see 'fuser -v \(node)'")
            case EACCES, EPERM:
                throw DeviceError(
                    .permission, node, "permission denied: without an IOMMU a card can write anywhere in memory",
                    remedy: "run it as root (sudo), or with CAP_SYS_RAWIO")
            case ENOENT, ENODEV, ENXIO:
                throw DeviceError(.notFound, node, "no such node", remedy: "bind a card with 'e1000-uio bind'")
            default:
                throw DeviceError(.system, node, systemReason())
            }
        }
    }

    deinit {
        if let bar = unsafe bar { unsafe munmap(bar, barSize) }
        if let dma = unsafe dma { unsafe munmap(dma, dmaSize) }
        Glibc.close(descriptor)
    }

    private func map(_ index: Int32, size: Int) throws(DeviceError) -> UnsafeMutableRawPointer {
        let offset = Int(index) * Int(getpagesize())
        let pointer = unsafe mmap(nil, size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, offset)
        guard let pointer = unsafe pointer, unsafe pointer != MAP_FAILED else {
            throw DeviceError(.system, node, "mmap of map \(index) (\(size) bytes): \(systemReason())")
        }
        return unsafe pointer
    }

    // MARK: DeviceBackend

    public func enableInterrupt() throws(DeviceError) {
        var one: Int32 = 1
        guard unsafe write(descriptor, &one, 4) == 4 else { throw failure("interrupt enable") }
    }

    public func waitForInterrupt(nanoseconds: Int64, wake: Int32) throws(DeviceError) -> Bool {
        var pollers = [pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0), pollfd(fd: wake, events: Int16(POLLIN), revents: 0)]
        let deadline = Clocks.monotonic + nanoseconds
        while true {
            let ready = unsafe ringlight_poll(&pollers, 2, max(0, deadline - Clocks.monotonic))
            if ready == 0 { return false }
            if ready < 0 {
                if errno == EINTR { continue }
                throw failure("poll")
            }
            if pollers[0].revents == 0 { return false }
            // The count of interrupts so far; an error here is the card's removal.
            var count: Int32 = 0
            guard unsafe read(descriptor, &count, 4) == 4 else { throw failure("interrupt wait") }
            return true
        }
    }

    /// Nothing: unmapping and closing happen when the last reference goes, and the kernel silences the card.
    public func close() {}

    private func failure(_ action: String) -> DeviceError {
        errno == EIO || errno == ENODEV
            ? DeviceError(.vanished, node, "the card is gone: unplugged or unbound", remedy: "see 'e1000-uio list'")
            : DeviceError(.system, node, "\(action): \(systemReason())")
    }

    private static func slotName(_ uevent: String) -> String? {
        uevent.split(separator: "\n").first { $0.hasPrefix("PCI_SLOT_NAME=") }.map { String($0.dropFirst(14)) }
    }
}
