import Glibc
import TestSupport
import Testing

/// The built `e1000-uio list`, `bind` and `unbind`, on a folder that stands in for /sys.
@Suite struct BusCommandTests {
    private let fake: FakePCI
    private let card = "0000:00:03.0"

    init() throws { fake = try FakePCI() }

    private func tool(_ arguments: String...) throws -> ToolResult {
        try runTool("e1000-uio", arguments, environment: fake.environment, bound: 20_000)
    }

    private func addCard(isUp: Bool = false) throws {
        try fake.addDriver("e1000")
        try fake.addCard(card, driver: "e1000", interface: "rltest0", isUp: isUp)
    }

    // MARK: list

    @Test func listsNothing() throws {
        let json = try tool("list", "--json")
        #expect(json.status == 0)
        #expect(json.text == "[]\n")
        let text = try tool("list")
        #expect(text.status == 0)
        #expect(text.output.isEmpty)
        #expect(text.errors.hasPrefix("e1000-uio: no supported card"))
    }

    @Test func listsSupportedCardsOnly() throws {
        try addCard(isUp: true)
        try fake.addDriver("ringlight")
        try fake.addCard("0000:00:04.0", device: 0x100f, driver: "ringlight", override: "ringlight", interface: "")
        try fake.addCard("0000:00:05.0", driver: nil, interface: "")
        try fake.addCard("0000:00:06.0", device: 0x7010, driver: nil, interface: "")
        let text = try tool("list")
        #expect(text.status == 0)
        #expect(
            text.text == """
                0000:00:03.0  82540EM  e1000      rltest0  in use
                0000:00:04.0  82545EM  ringlight  uio0     free    override
                0000:00:05.0  82540EM  -          -        free

                """)
        #expect(text.errors.isEmpty)
    }

    @Test func listsAllThereIsToKnowAsJSON() throws {
        try addCard()
        let json = try tool("list", "--json")
        #expect(json.status == 0)
        #expect(
            json.text == """
                [
                  {
                    "address" : "0000:00:03.0",
                    "bar0" : {
                      "address" : "0xfebc0000",
                      "size" : 131072
                    },
                    "boundByOverride" : false,
                    "device" : "100e",
                    "driver" : "e1000",
                    "driverOverride" : null,
                    "inUse" : false,
                    "interfaces" : [
                      "rltest0"
                    ],
                    "iommu" : false,
                    "irq" : 11,
                    "model" : "82540EM",
                    "node" : null,
                    "subsystem" : "1af4:1100",
                    "vendor" : "8086"
                  }
                ]

                """)
    }

    @Test func listsTheMachinesOwnBus() throws {
        guard access("/sys/bus/pci/devices", R_OK) == 0 else { return }
        let result = try runTool("e1000-uio", ["list", "--json"])
        #expect(result.status == 0)
        #expect(result.text.hasPrefix("["))
    }

    @Test func saysWhenThereIsNoBus() throws {
        let result = try runTool("e1000-uio", ["list"], environment: ["RINGLIGHT_SYSFS": "/nonexistent"])
        #expect(result.status == 1)
        #expect(result.output.isEmpty)
        #expect(
            result.errors
                == "e1000-uio: /nonexistent/bus/pci/devices: cannot be read: No such file or directory (mount sysfs; a container may hide it)\n"
        )
    }

    // MARK: bind and unbind

    @Test(arguments: ["bind", "unbind"], ["0000:00:03", "00:20.0", "zz:03.0", "a/b", "averylonginterfacename", ""])
    func wordsThatCannotBeACard(verb: String, word: String) throws {
        let result = try tool(verb, word)
        #expect(result.status == 64)
        #expect(result.output.isEmpty)
        #expect(
            result.errors.hasPrefix(
                "e1000-uio: '\(word)': neither a PCI address nor the name of an interface (write an address like"))
    }

    @Test(arguments: ["bind", "unbind"])
    func noWordsAtAll(verb: String) throws {
        #expect(try tool(verb).status == 64)
        #expect(try tool(verb, "00:03.0", "--nonsense").status == 64)
    }

    @Test(arguments: ["bind", "unbind"], ["00:09.0", "eth9", "uio9"])
    func unknownCards(verb: String, word: String) throws {
        let result = try tool(verb, word)
        #expect(result.status == 1)
        #expect(result.errors == "e1000-uio: \(word): no such device (see 'e1000-uio list' and 'lspci -D')\n")
    }

    @Test(arguments: ["bind", "unbind"])
    func aDeviceThatIsNoCardOfOurs(verb: String) throws {
        try fake.addCard("0000:00:06.0", device: 0x7010, driver: nil, interface: "")
        let result = try tool(verb, "--force", "00:06.0")
        #expect(result.status == 1)
        #expect(
            result.errors == "e1000-uio: 00:06.0: not a card that can be driven here ('e1000-uio list' shows those that can)\n")
    }

    @Test func vfioIsAnotherDriver() throws {
        try fake.addDriver("e1000")
        try fake.addDriver("vfio-pci")
        try fake.addCard(card, driver: "vfio-pci", override: "vfio-pci", interface: "", group: 7)
        try fake.addCard("0000:00:04.0", driver: "e1000", interface: "rltest0")
        let list = try tool("list")
        #expect(
            list.text == """
                0000:00:03.0  82540EM  vfio-pci  vfio/7   free  override
                0000:00:04.0  82540EM  e1000     rltest0  free

                """)
        #expect(
            try tool("bind", "--driver", "vfio-pci", "00:03.0").text == "0000:00:03.0: already bound to vfio-pci, /dev/vfio/7\n")
        let refused = try tool("bind", "--driver", "vfio-pci", "00:04.0")
        #expect(refused.status == 1)
        #expect(refused.errors.hasPrefix("e1000-uio: 0000:00:04.0: no IOMMU translates for it (enable VT-d or AMD-Vi"))
        #expect(
            try tool("unbind", "00:03.0").errors
                == "e1000-uio: 0000:00:03.0: reserved for the driver vfio-pci (take it back with 'unbind --driver vfio-pci', "
                + "unless another program has it for a virtual machine)\n")
        #expect(
            try tool("unbind", "--driver", "vfio-pci", "--dry-run", "00:03.0").text
                == "0000:00:03.0: would be taken from vfio-pci and given to the kernel's driver\n")
        #expect(try tool("bind", "--driver", "uio_pci_generic", "00:03.0").status == 64)
    }

    @Test func theModuleIsMissing() throws {
        try addCard()
        for arguments in [["bind", "00:03.0"], ["bind", "--dry-run", "rltest0"]] {
            let result = try runTool("e1000-uio", arguments, environment: fake.environment)
            #expect(result.status == 1)
            #expect(
                result.errors
                    == "e1000-uio: ringlight: the kernel driver is not loaded (load it: 'modprobe ringlight', as root)\n")
        }
        #expect(fake.attribute("driver_override", of: card) == "(null)")
    }

    @Test func anInterfaceIsUp() throws {
        try addCard(isUp: true)
        try fake.addDriver("ringlight")
        let result = try tool("bind", "00:03.0")
        #expect(result.status == 1)
        #expect(
            result.errors
                == "e1000-uio: 0000:00:03.0: its interface rltest0 is up (take it down: 'ip link set rltest0 down', or use --force)\n"
        )
    }

    @Test func privilegeIsMissing() throws {
        try addCard()
        try fake.addDriver("ringlight")
        fake.makeReadOnly("driver_override", of: card)
        // Root may write what is read-only, unless its capabilities are gone.
        let arguments = ["--bounding-set=-all", "--inh-caps=-all", "\(productFolder)/e1000-uio", "bind", "00:03.0"]
        let result =
            geteuid() == 0
            ? try runTool("/usr/bin/setpriv", arguments, environment: fake.environment) : try tool("bind", "00:03.0")
        #expect(result.status == 1)
        #expect(
            result.errors
                == "e1000-uio: 0000:00:03.0: \(fake.path)/bus/pci/devices/\(card)/driver_override cannot be written: Permission denied "
                + "(run as root, for example with sudo)\n")
        #expect(fake.driver(of: card) == "e1000")
    }

    @Test func aRehearsalChangesNothing() throws {
        try addCard()
        try fake.addDriver("ringlight")
        let result = try tool("bind", "--dry-run", "rltest0")
        #expect(result.status == 0)
        #expect(result.text == "0000:00:03.0: would be bound to ringlight (has e1000)\n")
        #expect(fake.attribute("driver_override", of: card) == "(null)")
    }

    /// On plain files the driver never changes: the tool must notice that, and clear what it wrote.
    @Test func aDriverThatDoesNotTakeTheCard() throws {
        try addCard()
        try fake.addDriver("ringlight")
        let result = try tool("bind", "00:03.0")
        #expect(result.status == 1)
        #expect(
            result.errors
                == "e1000-uio: 0000:00:03.0: not bound to ringlight: the driver did not take it; e1000 has it again (see 'dmesg')\n"
        )
        // The empty line is written over the start of a plain file.
        #expect(fake.attribute("driver_override", of: card).hasPrefix("\n"))
    }

    @Test func oneFailureDoesNotStopTheOthers() throws {
        try addCard()
        try fake.addDriver("ringlight")
        try fake.addCard("0000:00:04.0", driver: "ringlight", override: "ringlight", interface: "")
        let result = try tool("bind", "--json", "00:09.0", "00:04.0")
        #expect(result.status == 1)
        #expect(result.errors == "e1000-uio: 00:09.0: no such device (see 'e1000-uio list' and 'lspci -D')\n")
        #expect(
            result.text == """
                [
                  {
                    "address" : "0000:00:04.0",
                    "changed" : false,
                    "driver" : "ringlight",
                    "dryRun" : false,
                    "node" : "/dev/uio0",
                    "previousDriver" : "ringlight"
                  }
                ]

                """)
        let text = try tool("bind", "00:04.0")
        #expect(text.status == 0)
        #expect(text.text == "0000:00:04.0: already bound to ringlight, /dev/uio0\n")
    }

    @Test func unbindingWhatIsNotBound() throws {
        try addCard()
        let result = try tool("unbind", "00:03.0")
        #expect(result.status == 0)
        #expect(result.text == "0000:00:03.0: left with e1000: it is not bound to ringlight\n")
    }
}
