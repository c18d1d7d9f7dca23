import CLinux
import Clocks
import CVFIO
import Glibc

/// A card's interrupt, as an event descriptor.
///
/// A line (INTx) is masked by the kernel when it comes, and let through again by `enable`. A message (MSI) needs no mask.
struct VFIOInterrupt: ~Copyable {
    private let device: Int32
    private let address: String
    private let event: OwnedDescriptor
    /// The kernel wants the card back: it is being unbound or unplugged, and that waits for us.
    private let release: OwnedDescriptor
    private let index: UInt32

    private init(
        device: Int32, address: String, event: consuming OwnedDescriptor, release: consuming OwnedDescriptor, index: UInt32
    ) {
        (self.device, self.address, self.index) = (device, address, index)
        self.event = event
        self.release = release
    }

    /// Connects the card's interrupt, which is let through from then on.
    ///
    /// - Parameters:
    ///   - device: the device's descriptor; stays the caller's.
    ///   - prefersMessages: take messages where the card has them.
    static func connect(device: Int32, address: String, prefersMessages: Bool) throws(DeviceError) -> VFIOInterrupt {
        let event = OwnedDescriptor(eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK)))
        let release = OwnedDescriptor(eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK)))
        guard event.number >= 0, release.number >= 0 else {
            throw DeviceError(.system, address, "eventfd: \(systemReason())")
        }
        let hasMessages = count(device, UInt32(VFIO_PCI_MSI_IRQ_INDEX)) > 0
        let hasLine = count(device, UInt32(VFIO_PCI_INTX_IRQ_INDEX)) > 0
        guard hasMessages || hasLine else {
            throw DeviceError(
                .refused, address, "it has no interrupt", remedy: "see whether the firmware gave it one: 'lspci -v'")
        }
        let usesMessages = hasMessages && (prefersMessages || !hasLine)
        let index = UInt32(usesMessages ? VFIO_PCI_MSI_IRQ_INDEX : VFIO_PCI_INTX_IRQ_INDEX)
        guard trigger(device, index, event.number) else {
            guard errno == EBUSY else { throw DeviceError(.system, address, "interrupt: \(systemReason())") }
            throw DeviceError(
                .busy, address, "its interrupt line is shared, and the card cannot mask itself",
                remedy: "put the card into another slot; 'cat /proc/interrupts' shows who has the line")
        }
        // Kernels before 4.0 have no such request.
        if count(device, UInt32(VFIO_PCI_REQ_IRQ_INDEX)) > 0 {
            _ = trigger(device, UInt32(VFIO_PCI_REQ_IRQ_INDEX), release.number)
        }
        return VFIOInterrupt(device: device, address: address, event: event, release: release, index: index)
    }

    var kind: InterruptKind { index == UInt32(VFIO_PCI_INTX_IRQ_INDEX) ? .line : .message }

    /// Lets the next interrupt through.
    func enable() throws(DeviceError) {
        guard kind == .line else { return }
        var set = vfio_irq_set_event()
        set.argsz = UInt32(MemoryLayout<vfio_irq_set>.size)
        set.flags = UInt32(VFIO_IRQ_SET_DATA_NONE | VFIO_IRQ_SET_ACTION_UNMASK)
        (set.index, set.start, set.count) = (index, 0, 1)
        guard request(device, vfio_device_set_irqs, &set) >= 0 else {
            throw DeviceError(.system, address, "interrupt enable: \(systemReason())")
        }
    }

    /// - Returns: true after an interrupt, false when the time passed or `wake` polls readable.
    /// - Throws: `.vanished` when the kernel wants the card back.
    func wait(nanoseconds: Int64, wake: Int32) throws(DeviceError) -> Bool {
        var pollers = [event.number, wake, release.number].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        let deadline = Clocks.monotonic + nanoseconds
        while true {
            let ready = unsafe ringlight_poll(&pollers, UInt32(pollers.count), max(0, deadline - Clocks.monotonic))
            if ready == 0 { return false }
            if ready < 0 {
                if errno == EINTR { continue }
                throw DeviceError(.system, address, "poll: \(systemReason())")
            }
            if pollers[2].revents != 0 {
                throw DeviceError(
                    .vanished, address, "the kernel wants the card back: it is being unplugged or unbound",
                    remedy: "see 'e1000-uio list'")
            }
            guard pollers[0].revents != 0 else { return false }
            // The count of interrupts since the last read.
            var count: UInt64 = 0
            guard unsafe read(event.number, &count, 8) == 8 else {
                throw DeviceError(.system, address, "interrupt wait: \(systemReason())")
            }
            return true
        }
    }

    /// Interrupts of a kind that the card has.
    private static func count(_ device: Int32, _ index: UInt32) -> UInt32 {
        var information = vfio_irq_info()
        information.argsz = UInt32(MemoryLayout<vfio_irq_info>.size)
        information.index = index
        guard request(device, vfio_device_get_irq_info, &information) >= 0,
            information.flags & UInt32(VFIO_IRQ_INFO_EVENTFD) != 0
        else { return 0 }
        return information.count
    }

    /// Lets an event descriptor tell of interrupts; `errno` when it fails.
    private static func trigger(_ device: Int32, _ index: UInt32, _ event: Int32) -> Bool {
        var set = vfio_irq_set_event()
        set.argsz = UInt32(MemoryLayout<vfio_irq_set_event>.size)
        set.flags = UInt32(VFIO_IRQ_SET_DATA_EVENTFD | VFIO_IRQ_SET_ACTION_TRIGGER)
        (set.index, set.start, set.count, set.event) = (index, 0, 1, event)
        return request(device, vfio_device_set_irqs, &set) >= 0
    }
}
