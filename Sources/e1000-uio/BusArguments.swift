import ArgumentParser
import CardSelection
import E1000
import PCIBus
import ToolSupport

/// What `bind` and `unbind` have in common.
struct BusArguments: ParsableArguments {
    @Argument(
        help: ArgumentHelp(
            "PCI addresses ('00:03.0', '0000:00:03.0'), network interfaces ('eth0') or UIO names ('uio0').", valueName: "card"))
    var cards: [String]

    @Option(help: "The driver for user space: ringlight, or vfio-pci, which needs an IOMMU.")
    var driver: UserSpaceDriver = .ringlight

    @Flag(help: "Also when the card is in use: its interface is up or has addresses, or a program has its node open.")
    var force = false

    @Flag(help: "Check everything, change nothing.")
    var dryRun = false

    @Flag(help: "Print JSON: an array with an object for each card that did not fail.")
    var json = false

    /// Not `validate`: the parser would wrap the problem into an error of its own.
    private func checkNames() throws {
        for card in cards where !Self.isName(card) {
            throw Problem.usage(
                "'\(card)'", "neither a PCI address nor the name of an interface",
                remedy: "write an address like 0000:00:03.0 or 00:03.0, or a name like eth0 or uio0")
        }
    }

    /// An address, or what the kernel allows as an interface's name (at most 15 characters without '/', ':' and blanks).
    private static func isName(_ text: String) -> Bool {
        if PCIAddress(text) != nil { return true }
        let name = text.hasPrefix("/dev/") ? text.dropFirst(5) : text[...]
        return (1...15).contains(name.utf8.count) && !name.contains { $0 == "/" || $0 == ":" || $0.isWhitespace }
    }

    /// Does `work` for each card, reports each failure, and goes on with the next.
    ///
    /// - Parameters:
    ///   - work: is given all cards of the command as well.
    ///   - line: what to tell of a result.
    /// - Throws: `ExitCode.failure` when anything failed.
    func forEach(_ work: (PCIBus, PCIAddress, _ all: Set<PCIAddress>) throws -> BindResult, line: (BindResult) -> String) throws {
        try checkNames()
        let bus = PCIBus()
        // Those that cannot be found are reported below.
        let all = Set(cards.compactMap { try? bus.device(named: $0).address })
        var results: [Report] = []
        var failed = false
        for name in cards {
            do {
                let device = try bus.device(named: name)
                guard CardModel.find(vendor: device.vendor, device: device.device) != nil else {
                    throw Problem(name, "not a card that can be driven here", remedy: "'e1000-uio list' shows those that can")
                }
                let result = try work(bus, device.address, all)
                results.append(Report(result: result, dryRun: dryRun))
                if !json { Output.line(line(result)) }
            } catch {
                Output.note("e1000-uio: \(error)")
                failed = true
            }
        }
        if json { try Output.json(results) }
        if failed { throw ExitCode.failure }
    }

    private struct Report: Encodable {
        let result: BindResult
        let dryRun: Bool

        private enum Key: String, CodingKey { case address, previousDriver, driver, node, changed, dryRun }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: Key.self)
            try container.encode(result.address, forKey: .address)
            try container.encode(result.previousDriver, forKey: .previousDriver)
            try container.encode(result.driver, forKey: .driver)
            try container.encode(result.node, forKey: .node)
            try container.encode(result.changed, forKey: .changed)
            try container.encode(dryRun, forKey: .dryRun)
        }
    }
}
