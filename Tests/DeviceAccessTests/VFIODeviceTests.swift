@testable import DeviceAccess
import Glibc
import TestSupport
import Testing

/// What VFIO says before it has a card; the rest is tested in a guest with an IOMMU.
@Suite("Cards that VFIO cannot have")
struct VFIODeviceTests {
    private let fake: FakePCI
    private let card = "0000:00:03.0"

    init() throws { fake = try FakePCI() }

    private func failure(_ address: String) -> DeviceError? {
        do {
            // No node is there.
            _ = try VFIODevice.open(address, sysfs: fake.path, devices: "\(fake.path)/dev")
            return nil
        } catch {
            return error
        }
    }

    @Test("a card that is not there, and an address that is none")
    func notThere() throws {
        for address in [card, "", "..", "../../drivers", "00:03.0"] { #expect(failure(address)?.kind == .notFound, "\(address)") }
    }

    @Test("without an IOMMU")
    func noIOMMU() throws {
        try fake.addDriver("vfio-pci")
        try fake.addCard(card, driver: "vfio-pci", interface: "")
        let error = failure(card)
        #expect(error?.kind == .refused)
        #expect(error?.why == "no IOMMU translates for it" && error?.remedy.contains("'intel_iommu=on'") == true)
    }

    @Test("with another driver, or none")
    func otherDriver() throws {
        try fake.addDriver("e1000")
        try fake.addCard(card, driver: "e1000", interface: "rltest0", group: 7)
        #expect(
            failure(card)?.description
                == "\(card): bound to e1000, not to vfio-pci (run 'sudo e1000-uio bind --driver vfio-pci \(card)')")
        try fake.addCard("0000:00:04.0", driver: nil, interface: "", group: 7)
        #expect(failure("0000:00:04.0")?.why == "bound to no driver, not to vfio-pci")
    }

    @Test("VFIO is not in the kernel; a node that is somebody else's; what shares the group")
    func nodes() throws {
        for driver in ["vfio-pci", "ahci", "pcieport"] { try fake.addDriver(driver) }
        try fake.addCard(card, driver: "vfio-pci", interface: "", group: 7)
        try fake.addCard("0000:00:01.0", driver: "pcieport", interface: "", group: 7)
        try fake.addCard("0000:00:1f.2", driver: "ahci", interface: "", group: 7)
        try fake.addCard("0000:00:1f.3", driver: nil, interface: "", group: 7)
        #expect(failure(card)?.description == "\(fake.path)/dev/vfio/vfio: no such node (load the driver: 'modprobe vfio-pci', as root)")

        let subject = try VFIOSubject(card, sysfs: fake.path, devices: "/dev")
        #expect(subject.group == 7 && subject.groupNode == "/dev/vfio/7")
        #expect(subject.notViable.why == "IOMMU group 7 is not viable: 0000:00:1f.2 (ahci) shares its memory")
        #expect(subject.openFailure("/dev/vfio/7", EBUSY).kind == .busy)
        let denied = subject.openFailure("/dev/null", EACCES)
        #expect(denied.kind == .permission && denied.why == "permission denied: it belongs to root:root, mode 666")
    }

    @Test("a card's bus addresses are chosen where the IOMMU translates, from 16 MiB to 4 GiB")
    func placement() {
        let mebibyte: UInt64 = 1 << 20
        #expect(BusAddresses([0...UInt64.max]).place(8 * mebibyte) == 16 * mebibyte)
        #expect(BusAddresses([0...(18 * mebibyte - 1), (33 * mebibyte)...(64 * mebibyte)]).place(8 * mebibyte) == 34 * mebibyte)
        #expect(BusAddresses([0...(24 * mebibyte - 1)]).place(8 * mebibyte) == 16 * mebibyte)
        #expect(BusAddresses([0...(24 * mebibyte - 2)]).place(8 * mebibyte) == nil)
        #expect(BusAddresses([(1 << 32)...UInt64.max]).place(4096) == nil)
        #expect(BusAddresses([(UInt64.max - 1)...UInt64.max]).place(1) == nil)
        #expect(BusAddresses([0...UInt64.max]).place(1 << 32) == nil)
        #expect(BusAddresses([((1 << 32) - 2 * mebibyte)...UInt64.max]).place(2 * mebibyte) == (1 << 32) - 2 * mebibyte)
        #expect(BusAddresses([]).place(4096) == nil)
    }

    /// `vfio_iommu_type1_info` with capabilities behind it, as Linux lays them out.
    private func answer(flags: UInt32 = 3, first: UInt32, _ capabilities: [UInt8]) -> [UInt8] {
        let head: [UInt32] = [4096, flags, 0x1000, 0, first, 0]
        return head.flatMap { bytes($0) } + capabilities
    }

    private func bytes(_ value: some FixedWidthInteger) -> [UInt8] { withUnsafeBytes(of: value.littleEndian, Array.init) }

    private func capability(_ identity: UInt16, next: UInt32, _ content: [UInt8]) -> [UInt8] {
        bytes(identity) + bytes(UInt16(1)) + bytes(next) + content
    }

    @Test("the IOMMU's ranges are read from the kernel's answer, whatever it says")
    func ranges() {
        let content = bytes(UInt32(2)) + bytes(UInt32(0)) + [0, 0xfedf_ffff, 0xfef0_0000, UInt64.max].flatMap { bytes($0) }
        let two: [ClosedRange<UInt64>] = [0...0xfedf_ffff, 0xfef0_0000...UInt64.max]
        #expect(BusAddresses(info: answer(first: 24, capability(1, next: 0, content))).ranges == two)
        // Behind another capability.
        let other = capability(3, next: 36, bytes(UInt32(65535)))
        #expect(BusAddresses(info: answer(first: 24, other + capability(1, next: 0, content))).ranges == two)
        // None given: nothing excluded.
        let all = [0...UInt64.max]
        #expect(BusAddresses(info: answer(flags: 1, first: 24, capability(1, next: 0, content))).ranges == all)
        #expect(BusAddresses(info: answer(first: 0, [])).ranges == all)
        #expect(BusAddresses(info: answer(first: 4000, [])).ranges == all)
        #expect(BusAddresses(info: []).ranges == all)
        // A chain without an end, a count that is too large, a range the wrong way round.
        #expect(BusAddresses(info: answer(first: 24, capability(3, next: 24, []))).ranges == all)
        let many = bytes(UInt32.max) + bytes(UInt32(0)) + bytes(UInt64(4096)) + bytes(UInt64(8191))
        #expect(BusAddresses(info: answer(first: 24, capability(1, next: 0, many))).ranges == [4096...8191])
        let backwards = bytes(UInt32(1)) + bytes(UInt32(0)) + bytes(UInt64(8191)) + bytes(UInt64(4096))
        #expect(BusAddresses(info: answer(first: 24, capability(1, next: 0, backwards))).ranges == [])
    }
}
