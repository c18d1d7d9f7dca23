import Glibc
import TestSupport
import Testing

/// The built e1000d: words that cannot be meant, cards that cannot be had.
@Suite("e1000d: bad input") struct CardDaemonCommandTests {
    private let fake: FakePCI
    private let card = "0000:00:03.0"

    init() throws { fake = try FakePCI() }

    private func daemon(_ words: String) throws -> ToolResult {
        try runTool("e1000d", words.split(separator: " ").map(String.init) + ["--no-metrics"], environment: fake.environment, bound: 20_000)
    }

    @Test(
        arguments: [
            ("", "card: none is named (name either"),
            ("00:03.0 --device sim", "card: it is named twice"),
            ("00:03", "'00:03': not a PCI address (write it like"),
            ("eth0", "'eth0': not a PCI address"),
            ("0000:00:20.0", "not a PCI address"),
            ("00:03.0 --name a/b", "--name: 'a/b' is not a name for an interface"),
            ("00:03.0 --name averylonginterface", "--name: 'averylonginterface' is not a name"),
            ("00:03.0 --driver uio_pci_generic", "--driver"),
            ("00:03.0 --metrics /tmp/x", "--metrics: there is --no-metrics as well"),
            ("00:03.0 --bind --release", "--bind, --bound, --release: these are three steps (give one of them)"),
            ("--device sim --release", "--bind, --bound, --release: there is no card to bind"),
            ("00:03.0 --ring-size 7", "--ring-size"),
            ("00:03.0 --link-speed 1", "--link-speed: 1 Mb/s (use 10, 100 or 1000)"),
            ("--device sim --no-tap --vlan 7", "--vlan: the card receives every frame (have it filter: add -p"),
            ("00:03.0 04:00.0", "04:00.0"),
            ("00:03.0 --nonsense", "--nonsense"),
            ("--device sim:fault=fire --no-tap", "is no word for it"),
        ])
    func usage(words: String, says: String) throws {
        let result = try daemon(words)
        #expect(result.status == 64, "\(result.errors)")
        #expect(result.output.isEmpty && result.errors.hasPrefix("e1000d: ") && result.errors.contains(says), "\(result.errors)")
    }

    @Test func socketPathsThatCannotBe() throws {
        for path in ["", String(repeating: "x", count: 108)] {
            let result = try runTool("e1000d", ["--device", "sim", "--no-tap", "--metrics", path])
            #expect(result.status == 64 && result.errors.contains("is not a path for a socket (use 1 to 107 bytes)"), "\(result.errors)")
        }
        let nowhere = try runTool("e1000d", ["--device", "sim", "--no-tap", "--metrics", "/proc/x/y.sock"])
        #expect(nowhere.status == 1 && nowhere.errors.contains("/proc/x/y.sock: no socket can be made there"), "\(nowhere.errors)")
        // A file that is no socket stays.
        let file = try runTool("e1000d", ["--device", "sim", "--no-tap", "--metrics", "/proc/self/exe"])
        #expect(file.status == 1 && file.errors.contains("no socket can be made there: Address already in use"), "\(file.errors)")
    }

    @Test func usersThatThereAreNot() throws {
        guard geteuid() == 0 else { return }
        let result = try daemon("--device sim --no-tap --user nobody-of-this-name")
        #expect(result.status == 1 && result.errors.contains("--user: there is no user 'nobody-of-this-name'"), "\(result.errors)")
    }

    @Test func help() throws {
        let result = try runTool("e1000d", ["--help"])
        #expect(result.status == 0 && result.text.contains("systemctl enable --now e1000d@0000:00:03.0"), "\(result.text)")
        #expect(!result.text.contains("--worker"))
    }

    // MARK: cards

    @Test(arguments: ["", "--bind", "--release"])
    func unknownCards(step: String) throws {
        let result = try daemon("00:09.0 \(step)")
        #expect(result.status == 1)
        #expect(result.errors == "e1000d: 0000:00:09.0: no such device (see 'e1000-uio list' and 'lspci -D')\n")
    }

    @Test func aDeviceThatIsNoCardOfOurs() throws {
        try fake.addCard(card, device: 0x7010, driver: nil, interface: "")
        let result = try daemon("00:03.0 --force")
        #expect(result.status == 1)
        #expect(result.errors.contains("0000:00:03.0: not a card that can be driven here"), "\(result.errors)")
        #expect(fake.attribute("driver_override", of: card) == "(null)")
    }

    @Test func cardsThatCannotBeHad() throws {
        try fake.addDriver("e1000")
        try fake.addCard(card, driver: "e1000", interface: "rltest0", isUp: true)
        let module = try daemon("00:03.0")
        #expect(module.status == 1)
        #expect(module.errors == "e1000d: ringlight: the kernel driver is not loaded (load it: 'modprobe ringlight', as root)\n")
        try fake.addDriver("ringlight")
        let up = try daemon("00:03.0")
        #expect(up.status == 1)
        #expect(up.errors.contains("its interface rltest0 is up (take it down: 'ip link set rltest0 down', or use --force)"), "\(up.errors)")
        #expect(try daemon("00:03.0 --driver vfio-pci").errors.contains("vfio-pci: the kernel driver is not loaded"))
        #expect(fake.attribute("driver_override", of: card) == "(null)")
    }

    @Test func aCardThatIsNotBound() throws {
        try fake.addDriver("e1000")
        try fake.addCard(card, driver: "e1000", interface: "rltest0")
        let result = try daemon("00:03.0 --bound")
        #expect(result.status == 1)
        #expect(result.errors.contains("0000:00:03.0: bound to e1000, not to ringlight or vfio-pci"), "\(result.errors)")
    }

    @Test func aCardThatIsBoundIsLeftAlone() throws {
        try fake.addDriver("ringlight")
        try fake.addCard(card, driver: "ringlight", override: "ringlight", interface: "")
        let bound = try daemon("00:03.0 --bind")
        #expect(bound.status == 0 && bound.errors.contains("bound to ringlight already"), "\(bound.errors)")
        try fake.addDriver("e1000")
        try fake.addCard("0000:00:04.0", driver: "e1000", interface: "rltest0")
        let free = try daemon("00:04.0 --release")
        #expect(free.status == 0 && free.errors.isEmpty, "\(free.errors)")
    }

    @Test("a worker that fails: its words and its exit code, and the card is given back")
    func failingWorker() throws {
        try fake.addDriver("ringlight")
        try fake.addCard(card, driver: "ringlight", override: "ringlight", interface: "")
        // The folder's node is none that can be opened.
        let result = try daemon("00:03.0")
        #expect(result.status == 1)
        #expect(result.errors.contains("e1000d: uio0: "), "\(result.errors)")
        // As far as a folder of plain files lets it.
        #expect(result.errors.hasSuffix("0000:00:03.0: not taken from ringlight: the driver has it again (see 'dmesg')\n"), "\(result.errors)")
    }
}
