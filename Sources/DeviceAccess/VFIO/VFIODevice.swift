import CVFIO
import Glibc

/// A card behind an IOMMU, through Linux's vfio-pci.
///
/// The card reaches the DMA memory and nothing else: a wrong bus address is a fault in the kernel's log, not damage. When the
/// process ends or is killed, the kernel stops the card's DMA, masks its interrupt and resets it. Source: Linux,
/// Documentation/driver-api/vfio.rst.
public final class VFIODevice: DeviceBackend {
    private let configuration: VFIOConfiguration
    // In the order in which they are let go: the card first, the translation next, the memory last.
    private let registers: OwnedMapping
    private let interrupt: VFIOInterrupt
    private let device: OwnedDescriptor
    private let group: VFIOGroup
    private let memory: OwnedMapping

    /// Opens a card that is bound to vfio-pci.
    ///
    /// - Parameters:
    ///   - address: its PCI address with the domain, `0000:00:03.0`.
    ///   - options: how much DMA memory the card gets.
    ///   - sysfs: the root of sysfs; another one for tests.
    ///   - devices: the folder of device nodes; another one for tests.
    /// - Throws: `.notFound` without the card; `.refused` without an IOMMU, with another driver, or in a group with devices
    ///   that the kernel uses; `.permission` when the group's node, or so much locked memory, is not for this user; `.busy`
    ///   when another process has the group.
    public static func open(
        _ address: String, options: VFIOOptions = VFIOOptions(), sysfs: String = "/sys", devices: String = "/dev"
    ) throws(DeviceError) -> Device {
        let subject = try VFIOSubject(address, sysfs: sysfs, devices: devices)
        let group = try VFIOGroup.open(subject)
        let memory = try dmaMemory(options.dmaSize)
        let busAddress = try group.map(memory)
        let device = try group.openDevice()
        try reset(device.number, address)
        let registers = try mapRegisters(device.number, address)
        let configuration = VFIOConfiguration(
            descriptor: device.number, address: address,
            start: try region(device.number, UInt32(VFIO_PCI_CONFIG_REGION_INDEX), address).offset)
        let identity = try configuration.identity()
        guard identity.vendor == 0x8086 else { throw DeviceError(.refused, address, "it is not an Intel card") }
        // Linux's e1000 uses no messages of the conventional cards either.
        let interrupt = try VFIOInterrupt.connect(
            device: device.number, address: address, prefersMessages: try configuration.isExpress())
        try configuration.enable()

        let space = unsafe RegisterSpace(unsafeMapped: registers.base, size: registers.size)
        let dma = unsafe DMAMemory(unsafeBase: memory.base, size: memory.size, busAddress: busAddress)
        let backend = VFIODevice(
            configuration: configuration, registers: registers, interrupt: interrupt, device: device, group: group,
            memory: memory)
        return Device(
            name: "\(address) (vfio)", wayIn: "vfio", deviceID: identity.device, isEmulated: Sysfs.isEmulated(subject.folder),
            registers: space, dma: dma, backend: backend)
    }

    private init(
        configuration: VFIOConfiguration, registers: consuming OwnedMapping, interrupt: consuming VFIOInterrupt,
        device: consuming OwnedDescriptor, group: consuming VFIOGroup, memory: consuming OwnedMapping
    ) {
        self.configuration = configuration
        self.registers = registers
        self.interrupt = interrupt
        self.device = device
        self.group = group
        self.memory = memory
    }

    /// Zeroed memory: huge pages where the machine has reserved some, which cost the IOMMU fewer entries.
    private static func dmaMemory(_ size: Int) throws(DeviceError) -> OwnedMapping {
        guard size > 0, size.isMultiple(of: 4096), size < 1 << 32 else {
            throw DeviceError(.refused, "DMA memory", "\(size) bytes is not a multiple of 4096 below 4 GiB")
        }
        // Shared: a private page would be copied away from under the card by the first write after a fork.
        if size.isMultiple(of: 2 << 20), let huge = OwnedMapping(size: size, flags: MAP_ANONYMOUS | MAP_HUGETLB) { return huge }
        guard let memory = OwnedMapping(size: size, flags: MAP_ANONYMOUS) else {
            throw DeviceError(.system, "DMA memory", "mmap of \(size) bytes: \(systemReason())")
        }
        return memory
    }

    /// Where the card can be reset alone (PCI Express function level reset, or power management); the kernel tried so at open.
    private static func reset(_ device: Int32, _ address: String) throws(DeviceError) {
        var information = vfio_device_info()
        information.argsz = UInt32(MemoryLayout<vfio_device_info>.size)
        guard request(device, vfio_device_get_info, &information) >= 0 else {
            throw DeviceError(.system, address, "device information: \(systemReason())")
        }
        guard information.flags & UInt32(VFIO_DEVICE_FLAGS_RESET) != 0 else { return }
        guard ioctl(device, vfio_device_reset) >= 0 else { throw DeviceError(.system, address, "reset: \(systemReason())") }
    }

    private static func mapRegisters(_ device: Int32, _ address: String) throws(DeviceError) -> OwnedMapping {
        let bar = try region(device, UInt32(VFIO_PCI_BAR0_REGION_INDEX), address)
        guard bar.flags & UInt32(VFIO_REGION_INFO_FLAG_MMAP) != 0, bar.size > 0 else {
            throw DeviceError(.refused, address, "BAR 0 cannot be mapped")
        }
        guard let mapping = OwnedMapping(size: Int(bar.size), descriptor: device, offset: Int(bar.offset)) else {
            throw DeviceError(.system, address, "mmap of BAR 0 (\(bar.size) bytes): \(systemReason())")
        }
        return mapping
    }

    private static func region(_ device: Int32, _ index: UInt32, _ address: String) throws(DeviceError) -> vfio_region_info {
        var information = vfio_region_info()
        information.argsz = UInt32(MemoryLayout<vfio_region_info>.size)
        information.index = index
        guard request(device, vfio_device_get_region_info, &information) >= 0 else {
            throw DeviceError(.system, address, "region \(index): \(systemReason())")
        }
        return information
    }

    // MARK: DeviceBackend

    public var interruptKind: InterruptKind { interrupt.kind }

    public func enableInterrupt() throws(DeviceError) { try interrupt.enable() }

    public func waitForInterrupt(nanoseconds: Int64, wake: Int32) throws(DeviceError) -> Bool {
        try interrupt.wait(nanoseconds: nanoseconds, wake: wake)
    }

    /// DMA ends here; the rest goes with the last reference. A card that has gone does none.
    public func close() { try? configuration.stop() }
}
