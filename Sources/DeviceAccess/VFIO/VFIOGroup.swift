import CVFIO
import Glibc

/// An IOMMU group in a container of its own: the devices that share a translation, and the memory that they may reach.
struct VFIOGroup: ~Copyable {
    private let subject: VFIOSubject
    private let container: OwnedDescriptor
    private let group: OwnedDescriptor

    private init(subject: VFIOSubject, container: consuming OwnedDescriptor, group: consuming OwnedDescriptor) {
        self.subject = subject
        self.container = container
        self.group = group
    }

    /// - Throws: `.permission`, `.busy` (one process at a time has a group), `.refused` when the group is not viable or the
    ///   IOMMU is not good enough, `.notFound` when a part of VFIO is not in the kernel.
    static func open(_ subject: VFIOSubject) throws(DeviceError) -> VFIOGroup {
        let container = try node(subject.containerNode, subject)
        guard ioctl(container.number, vfio_get_api_version) == VFIO_API_VERSION else {
            throw DeviceError(.refused, subject.containerNode, "it speaks another version of VFIO than \(VFIO_API_VERSION)")
        }
        guard ioctl(container.number, vfio_check_extension, VFIO_TYPE1v2_IOMMU) > 0 else {
            throw DeviceError(
                .notFound, subject.containerNode, "the kernel has no driver for VFIO's memory (type 1, version 2)",
                remedy: "load it: 'modprobe vfio_iommu_type1', as root")
        }
        let group = try node(subject.groupNode, subject)

        var status = vfio_group_status()
        status.argsz = UInt32(MemoryLayout<vfio_group_status>.size)
        guard request(group.number, vfio_group_get_status, &status) >= 0 else { throw subject.failure("group status") }
        guard status.flags & UInt32(VFIO_GROUP_FLAGS_VIABLE) != 0 else { throw subject.notViable }
        var number = container.number
        guard request(group.number, vfio_group_set_container, &number) >= 0 else {
            // A neighbour's driver came between the two calls.
            if errno == EBUSY { throw subject.notViable }
            throw subject.failure("container of the group")
        }
        guard ioctl(container.number, vfio_set_iommu, VFIO_TYPE1v2_IOMMU) >= 0 else {
            guard errno == EPERM else { throw subject.failure("IOMMU of the container") }
            throw DeviceError(
                .refused, subject.address, "its IOMMU does not remap interrupts, so that a card could forge them",
                remedy: "enable interrupt remapping in the firmware, or load vfio_iommu_type1 with allow_unsafe_interrupts=1")
        }
        return VFIOGroup(subject: subject, container: container, group: group)
    }

    private static func node(_ node: String, _ subject: VFIOSubject) throws(DeviceError) -> OwnedDescriptor {
        let descriptor = unsafe Glibc.open(node, O_RDWR | O_CLOEXEC)
        guard descriptor >= 0 else { throw subject.openFailure(node, errno) }
        return OwnedDescriptor(descriptor)
    }

    /// Lets the group's devices reach `memory`; it is locked in RAM as long as this value lives.
    ///
    /// - Returns: the bus address of its first byte, below 4 GiB.
    func map(_ memory: borrowing OwnedMapping) throws(DeviceError) -> UInt64 {
        let what = "DMA memory"
        guard let busAddress = try addresses().place(UInt64(memory.size)) else {
            throw DeviceError(
                .refused, what, "\(memory.size) bytes do not fit in what the IOMMU translates below 4 GiB",
                remedy: "ask for less")
        }
        var mapping = vfio_iommu_type1_dma_map()
        mapping.argsz = UInt32(MemoryLayout<vfio_iommu_type1_dma_map>.size)
        mapping.flags = UInt32(VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE)
        mapping.vaddr = UInt64(UInt(bitPattern: unsafe memory.base))
        mapping.iova = busAddress
        mapping.size = UInt64(memory.size)
        guard request(container.number, vfio_iommu_map_dma, &mapping) >= 0 else {
            guard errno == ENOMEM else { throw subject.failure("map of \(memory.size) bytes for DMA") }
            throw DeviceError(
                .permission, what, "\(memory.size) bytes cannot be locked in RAM: \(Self.lockLimit)",
                remedy: "raise the limit ('ulimit -l', LimitMEMLOCK= of a service), or run it as root")
        }
        return busAddress
    }

    /// A descriptor of the device, which the kernel has reset and which does no DMA yet.
    func openDevice() throws(DeviceError) -> OwnedDescriptor {
        var name = Array(subject.address.utf8CString)
        let descriptor = unsafe name.withUnsafeMutableBytes { bytes in
            guard let start = bytes.baseAddress else { return Int32(-1) }
            return unsafe ioctl(group.number, vfio_group_get_device_fd, start)
        }
        guard descriptor >= 0 else { throw subject.failure("descriptor of the device") }
        return OwnedDescriptor(descriptor)
    }

    private func addresses() throws(DeviceError) -> BusAddresses {
        // More than any kernel answers: a few ranges.
        var answer = [UInt8](repeating: 0, count: 4096)
        let failed = unsafe answer.withUnsafeMutableBytes { bytes in
            unsafe bytes.storeBytes(of: UInt32(bytes.count), as: UInt32.self)
            guard let start = bytes.baseAddress else { return true }
            return unsafe ioctl(container.number, vfio_iommu_get_info, start) < 0
        }
        if failed { throw subject.failure("addresses of the IOMMU") }
        return BusAddresses(info: answer)
    }

    private static var lockLimit: String {
        var limit = rlimit()
        let isLimited = unsafe getrlimit(__rlimit_resource_t(__RLIMIT_MEMLOCK.rawValue), &limit) == 0 && limit.rlim_cur != .max
        guard isLimited else { return "memory is short" }
        return "this process may lock \(limit.rlim_cur) bytes"
    }
}

/// ioctl(2) on a structure.
func request<Argument>(_ descriptor: Int32, _ number: UInt, _ argument: inout Argument) -> Int32 {
    unsafe withUnsafeMutablePointer(to: &argument) { unsafe ioctl(descriptor, number, UnsafeMutableRawPointer($0)) }
}
