import Glibc
import PCIBus
import TestSupport
import Testing

@Suite struct BindTests {
    private let fake: FakePCI
    private let bus: PCIBus
    private let card = "0000:00:03.0"
    private let address: PCIAddress

    init() throws {
        let fake = try FakePCI()
        self.fake = fake
        var bus = PCIBus(sysfsRoot: fake.path, addresses: ["rltest1": ["10.0.0.1", "fd00::1"]]) { [weak fake] in
            fake?.kernelWrite($0, $1) ?? EIO
        }
        bus.nodeMilliseconds = 100
        self.bus = bus
        address = try #require(PCIAddress("00:03.0"))
        try fake.addDriver("e1000")
    }

    private func addCard(isUp: Bool = false, driver: String? = "e1000", override: String? = nil, isBusMaster: Bool = false) throws
    {
        try fake.addCard(card, driver: driver, override: override, interface: "rltest0", isUp: isUp, isBusMaster: isBusMaster)
    }

    // MARK: bind

    @Test func bindsAndIsContentTheSecondTime() throws {
        try fake.addDriver("ringlight")
        try addCard()
        let first = try bus.bind(address)
        #expect(
            first == BindResult(address: address, previousDriver: "e1000", driver: "ringlight", node: "/dev/uio0", changed: true))
        #expect(
            fake.writes == [
                "devices/\(card)/driver_override: ringlight", "drivers/e1000/unbind: \(card)", "drivers/ringlight/bind: \(card)",
            ])
        let second = try bus.bind(address)
        #expect(
            second
                == BindResult(
                    address: address, previousDriver: "ringlight", driver: "ringlight", node: "/dev/uio0", changed: false))
        #expect(fake.writes.count == 3)
    }

    @Test func bindsACardWithoutADriver() throws {
        try fake.addDriver("ringlight")
        // As a bind that was killed leaves it.
        try addCard(driver: nil, override: "ringlight")
        #expect(try bus.bind(address).changed)
        #expect(fake.driver(of: card) == "ringlight")
    }

    @Test func withoutTheDriverNothingIsTouched() throws {
        try addCard()
        let error = #expect(throws: BusError.driverNotLoaded("ringlight")) { try bus.bind(address) }
        #expect(error.map { "\($0)" } == "ringlight: the kernel driver is not loaded (load it: 'modprobe ringlight', as root)")
        #expect(fake.writes.isEmpty)
    }

    @Test func aModuleWithoutItsCardPartIsNamed() throws {
        try addCard()
        try fake.addModule("ringlight")
        #expect(throws: BusError.driverSwitchedOff("ringlight")) { try bus.bind(address) }
        #expect(fake.writes.isEmpty)
    }

    @Test func aFailedProbeGivesTheCardBack() throws {
        try fake.addDriver("ringlight")
        try addCard()
        fake.refuse("ringlight/bind", with: ENOMEM)
        let error = #expect(throws: BusError.self) { try bus.bind(address) }
        #expect(
            error.map { "\($0)" }
                == "0000:00:03.0: not bound to ringlight: Cannot allocate memory; e1000 has it again (see 'dmesg')")
        #expect(fake.driver(of: card) == "e1000")
        #expect(fake.attribute("driver_override", of: card) == "(null)")
    }

    @Test func aRefusedUnbindLeavesTheCardWhereItWas() throws {
        try fake.addDriver("ringlight")
        try addCard()
        fake.refuse("e1000/unbind", with: EBUSY)
        let error = #expect(throws: BusError.self) { try bus.bind(address) }
        #expect(error == .bindFailed(address, driver: "ringlight", why: "Device or resource busy", now: "e1000"))
        #expect(fake.driver(of: card) == "e1000")
        #expect(fake.attribute("driver_override", of: card) == "(null)")
    }

    @Test func aDriverThatMakesNoNodeGivesTheCardBack() throws {
        try fake.addDriver("ringlight")
        try addCard()
        fake.makeNoUIO()
        let error = #expect(throws: BusError.self) { try bus.bind(address) }
        #expect(error == .bindFailed(address, driver: "ringlight", why: "it made no UIO device", now: "e1000"))
        #expect(fake.driver(of: card) == "e1000")
        #expect(fake.attribute("driver_override", of: card) == "(null)")
    }

    @Test func whenTheOldDriverWillNotHaveItBackThatIsSaid() throws {
        try fake.addDriver("ringlight")
        try addCard()
        fake.refuse("/bind", with: EIO)
        let error = #expect(throws: BusError.self) { try bus.bind(address) }
        #expect(
            error.map { "\($0)" }
                == "0000:00:03.0: not bound to ringlight: Input/output error; it has no driver now (see 'dmesg')")
    }

    @Test func anInterfaceThatIsUpIsRefusedUnlessForced() throws {
        try fake.addDriver("ringlight")
        try addCard(isUp: true)
        let error = #expect(throws: BusError.self) { try bus.bind(address) }
        #expect(
            error.map { "\($0)" }
                == "0000:00:03.0: its interface rltest0 is up (take it down: 'ip link set rltest0 down', or use --force)")
        #expect(fake.writes.isEmpty)
        #expect(try bus.bind(address, force: true).driver == "ringlight")
    }

    @Test func anInterfaceWithAnAddressIsRefusedAlsoWhenDown() throws {
        try fake.addDriver("ringlight")
        try fake.addCard(card, driver: "e1000", interface: "rltest1")
        let error = #expect(throws: BusError.self) { try bus.bind(address) }
        #expect(
            error.map { "\($0)" }
                == "0000:00:03.0: its interface rltest1 has the address 10.0.0.1, fd00::1 "
                + "(remove it: 'ip address flush dev rltest1', or use --force)")
        #expect(fake.writes.isEmpty)
    }

    @Test func aCardReservedForAnotherDriverIsRefused() throws {
        try fake.addDriver("ringlight")
        try fake.addDriver("vfio-pci")
        try addCard(driver: "vfio-pci", override: "vfio-pci")
        #expect(throws: BusError.foreignOverride(address, "vfio-pci")) { try bus.bind(address) }
        #expect(throws: BusError.foreignOverride(address, "vfio-pci")) { try bus.unbind(address) }
        #expect(fake.writes.isEmpty)
    }

    @Test func aRehearsalWritesNothingButFindsTrouble() throws {
        try addCard(isUp: true)
        #expect(throws: BusError.driverNotLoaded("ringlight")) { try bus.bind(address, rehearse: true) }
        try fake.addDriver("ringlight")
        #expect(throws: BusError.self) { try bus.bind(address, rehearse: true) }
        let result = try bus.bind(address, force: true, rehearse: true)
        #expect(result == BindResult(address: address, previousDriver: "e1000", driver: "ringlight", node: nil, changed: true))
        #expect(fake.writes.isEmpty)
    }

    @Test(arguments: [EACCES, EPERM, EROFS])
    func withoutPrivilegeNothingIsTouched(number: Int32) throws {
        try fake.addDriver("ringlight")
        try addCard()
        fake.refuse("", with: number)
        let error = #expect(throws: BusError.self) { try bus.bind(address) }
        #expect(error == .notPermitted(address, path: "\(fake.path)/bus/pci/devices/\(card)/driver_override", number))
        #expect(error.map { "\($0)" }?.contains("as root") == true)
        #expect(fake.driver(of: card) == "e1000")
    }

    @Test func aCardThatIsNotThere() {
        #expect(throws: BusError.noSuchDevice(card)) { try bus.bind(address) }
        #expect(throws: BusError.noSuchDevice(card)) { try bus.unbind(address) }
    }

    // MARK: vfio-pci

    @Test func bindsToVFIOBehindAnIOMMUAndBack() throws {
        try fake.addDriver("vfio-pci")
        try fake.addCard(card, driver: "e1000", interface: "rltest0", group: 7)
        let there = try bus.bind(address, to: "vfio-pci")
        #expect(
            there == BindResult(address: address, previousDriver: "e1000", driver: "vfio-pci", node: "/dev/vfio/7", changed: true))
        let back = try bus.unbind(address, from: "vfio-pci")
        #expect(back == BindResult(address: address, previousDriver: "vfio-pci", driver: "e1000", node: nil, changed: true))
        #expect(fake.attribute("driver_override", of: card) == "(null)")
    }

    @Test func withoutAnIOMMUVFIOIsRefusedEvenIfForced() throws {
        try fake.addDriver("vfio-pci")
        try addCard()
        let error = #expect(throws: BusError.noIOMMU(address)) { try bus.bind(address, to: "vfio-pci", force: true) }
        #expect(error.map { "\($0)" }?.contains("boot with 'intel_iommu=on'") == true)
        #expect(fake.writes.isEmpty)
    }

    @Test func aGroupWithOtherDriversIsNotViable() throws {
        for driver in ["vfio-pci", "pcieport", "ahci"] { try fake.addDriver(driver) }
        let other = try #require(PCIAddress("00:04.0"))
        try fake.addCard(card, driver: "e1000", interface: "rltest0", group: 7)
        try fake.addCard("\(other)", driver: "e1000", interface: "rltest1", group: 7)
        // These do not count: a bridge, a device without a driver, and one of another group.
        try fake.addCard("0000:00:01.0", driver: "pcieport", interface: "", group: 7)
        try fake.addCard("0000:00:05.0", driver: nil, interface: "", group: 7)
        try fake.addCard("0000:00:1f.2", driver: "ahci", interface: "", group: 8)
        let error = #expect(throws: BusError.groupNotViable(address, group: 7, others: ["\(other) (e1000)"])) {
            try bus.bind(address, to: "vfio-pci")
        }
        #expect(error.map { "\($0)" }?.hasPrefix("\(card): IOMMU group 7 also holds 0000:00:04.0 (e1000), and VFIO needs") == true)
        #expect(fake.writes.isEmpty)
        // ringlight does not mind.
        try fake.addDriver("ringlight")
        #expect(try bus.bind(address, rehearse: true).changed)
        #expect(try bus.bind(address, to: "vfio-pci", with: [address, other]).node == "/dev/vfio/7")
    }

    // MARK: unbind

    @Test func givesTheCardBackAndIsContentTheSecondTime() throws {
        try fake.addDriver("ringlight")
        try addCard(driver: "ringlight", override: "ringlight")
        let first = try bus.unbind(address)
        #expect(first == BindResult(address: address, previousDriver: "ringlight", driver: "e1000", node: nil, changed: true))
        #expect(
            fake.writes == ["devices/\(card)/driver_override: ", "drivers/ringlight/unbind: \(card)", "drivers_probe: \(card)"])
        #expect(fake.attribute("driver_override", of: card) == "(null)")
        let second = try bus.unbind(address)
        #expect(second == BindResult(address: address, previousDriver: "e1000", driver: "e1000", node: nil, changed: false))
        #expect(fake.writes.count == 3)
    }

    @Test func thereMayBeNoDriverToGiveItTo() throws {
        let fake = try FakePCI()
        try fake.addDriver("ringlight")
        try fake.addCard(card, driver: "ringlight", override: "ringlight", interface: "rltest0")
        let bus = PCIBus(sysfsRoot: fake.path, write: { [weak fake] in fake?.kernelWrite($0, $1) ?? EIO })
        let result = try bus.unbind(address)
        #expect(result.driver == nil && result.changed)
    }

    @Test func aNodeThatIsOpenIsRefusedUnlessForced() throws {
        try fake.addDriver("ringlight")
        try addCard(driver: "ringlight", override: "ringlight", isBusMaster: true)
        #expect(throws: BusError.nodeInUse(address, "/dev/uio0")) { try bus.unbind(address) }
        #expect(fake.writes.isEmpty)
        #expect(try bus.unbind(address, force: true).driver == "e1000")
    }

    @Test func whenUnbindingFailsTheOverrideIsPutBack() throws {
        try fake.addDriver("ringlight")
        try addCard(driver: "ringlight", override: "ringlight")
        fake.refuse("ringlight/unbind", with: EIO)
        #expect(throws: BusError.unbindFailed(address, driver: "ringlight", why: "Input/output error")) {
            try bus.unbind(address)
        }
        #expect(fake.driver(of: card) == "ringlight")
        #expect(fake.attribute("driver_override", of: card) == "ringlight")
    }

    @Test func aRehearsedUnbindWritesNothing() throws {
        try fake.addDriver("ringlight")
        try addCard(driver: "ringlight", override: "ringlight")
        #expect(try bus.unbind(address, rehearse: true).changed)
        #expect(fake.writes.isEmpty)
    }
}
