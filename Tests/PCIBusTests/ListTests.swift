import PCIBus
import TestSupport
import Testing

@Suite struct ListTests {
    private let fake: FakePCI
    private let bus: PCIBus

    init() throws {
        fake = try FakePCI()
        bus = PCIBus(sysfsRoot: fake.path)
    }

    @Test func nothing() throws { #expect(try bus.devices().isEmpty) }

    @Test func everythingThatAnOrdinaryUserCanSee() throws {
        try fake.addDriver("e1000")
        try fake.addDriver("ringlight")
        try fake.addCard(
            "0000:00:04.0", device: 0x10d3, driver: "ringlight", override: "ringlight", interface: "", isBusMaster: true)
        try fake.addCard("0000:00:03.0", driver: "e1000", interface: "rltest0", isUp: true)
        try fake.addCard("0001:00:03.0", device: 0x1234, driver: nil, interface: "")
        let devices = try bus.devices()
        #expect(devices.map { "\($0.address)" } == ["0000:00:03.0", "0000:00:04.0", "0001:00:03.0"])
        #expect(devices.map(\.vendor) == [0x8086, 0x8086, 0x8086])
        #expect(devices.map(\.device) == [0x100e, 0x10d3, 0x1234])
        #expect(devices.map(\.subsystemVendor) == [0x1af4, 0x1af4, 0x1af4])
        #expect(devices.map(\.subsystemDevice) == [0x1100, 0x1100, 0x1100])
        #expect(devices.map(\.driver) == ["e1000", "ringlight", nil])
        #expect(devices.map(\.driverOverride) == [nil, "ringlight", nil])
        #expect(devices.map(\.isBoundByOverride) == [false, true, false])
        #expect(devices.map(\.node) == [nil, "/dev/uio0", nil])
        #expect(devices.map(\.isBusMaster) == [false, true, false])
        #expect(devices.map(\.isInUse) == [true, true, false])
        #expect(devices.map(\.irq) == [11, 11, 11])
        #expect(devices.map(\.hasIOMMU) == [false, false, false])
        #expect(devices[0].bar0?.address == 0xfebc_0000 && devices[0].bar0?.size == 0x20000)
        #expect(devices[0].interfaces == [NetworkInterface(name: "rltest0", isUp: true, addresses: [])])
    }

    @Test func byAnyOfItsNames() throws {
        try fake.addDriver("e1000")
        try fake.addDriver("ringlight")
        try fake.addCard("0000:00:03.0", driver: "e1000", interface: "rltest0")
        try fake.addCard("0000:00:04.0", driver: "ringlight", interface: "")
        for name in ["0000:00:03.0", "00:03.0", "rltest0"] {
            #expect(try bus.device(named: name).address == PCIAddress("00:03.0"))
        }
        for name in ["00:04.0", "uio0", "/dev/uio0"] { #expect(try bus.device(named: name).address == PCIAddress("00:04.0")) }
        #expect(throws: BusError.noSuchDevice("00:05.0")) { try bus.device(named: "00:05.0") }
        #expect(throws: BusError.noSuchDevice("eth7")) { try bus.device(named: "eth7") }
    }

    @Test func aCardOfVFIOHasTheNodeOfItsGroup() throws {
        try fake.addDriver("vfio-pci")
        try fake.addCard("0000:00:03.0", driver: "vfio-pci", override: "vfio-pci", interface: "", isBusMaster: true, group: 7)
        let device = try bus.device(named: "00:03.0")
        #expect(device.iommuGroup == 7 && device.hasIOMMU)
        #expect(device.node == "/dev/vfio/7" && device.nodeName == "vfio/7" && device.uio == nil)
        #expect(device.isInUse && device.isBoundByOverride)
        // The group's node is not one card's.
        #expect(throws: BusError.noSuchDevice("/dev/vfio/7")) { try bus.device(named: "/dev/vfio/7") }
    }

    @Test func noBus() throws {
        let error = #expect(throws: BusError.self) { try PCIBus(sysfsRoot: "/nonexistent").devices() }
        #expect(
            error.map { "\($0)" }
                == "/nonexistent/bus/pci/devices: cannot be read: No such file or directory (mount sysfs; a container may hide it)"
        )
    }

    /// libpci would end the process.
    @Test func aDeviceThatGoesDuringTheScanIsAnError() throws {
        try fake.addDriver("e1000")
        try fake.addCard("0000:00:03.0", driver: "e1000", interface: "rltest0")
        fake.removeAttribute("vendor", of: "0000:00:03.0")
        for _ in 0..<3 {
            let error = #expect(throws: BusError.self) { try bus.devices() }
            guard case .scanFailed(let words)? = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(words.contains("0000:00:03.0/vendor: No such file or directory"))
        }
    }
}
