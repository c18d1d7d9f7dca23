import ArgumentParser
import E1000
import PCIBus
import ToolSupport

struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List the cards that can be driven.",
        discussion: """
            One line a card: PCI address, model, driver, network interface or node, whether it is in use, and 'override' \
            when its driver was chosen by name, as 'bind' does. Needs no privilege.

            Examples:
              e1000-uio list
              e1000-uio list --json | jq -r '.[] | select(.inUse | not) | .address'
            """)

    @Flag(help: "Print JSON: an array, empty when there is no card.")
    var json = false

    func run() throws {
        let cards = try PCIBus().devices().compactMap(Card.init)
        if json { return try Output.json(cards) }
        if cards.isEmpty {
            return Output.note("e1000-uio: no supported card (those are \(CardModel.all.map(\.name).joined(separator: ", ")))")
        }
        for line in Table.lines(cards.map(\.columns)) { Output.line(line) }
    }
}

/// A supported card, as it is listed.
private struct Card: Encodable {
    private let card: PCIDevice
    private let model: CardModel

    init?(_ device: PCIDevice) {
        guard let model = CardModel.find(vendor: device.vendor, device: device.device) else { return nil }
        (card, self.model) = (device, model)
    }

    var columns: [String] {
        [
            "\(card.address)", model.name, card.driver ?? "-", card.interfaces.first?.name ?? card.nodeName ?? "-",
            card.isInUse ? "in use" : "free", card.isBoundByOverride ? "override" : "",
        ]
    }

    private enum Key: String, CodingKey {
        case address, model, vendor, device, subsystem, driver, driverOverride, boundByOverride, interfaces, node, inUse, iommu,
            bar0, irq
    }

    private struct Window: Encodable {
        let address: String
        let size: UInt64
    }

    /// Every key is there for every card: what a card does not have is null.
    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(card.address, forKey: .address)
        try container.encode(model.name, forKey: .model)
        try container.encode(Self.hex(card.vendor), forKey: .vendor)
        try container.encode(Self.hex(card.device), forKey: .device)
        try container.encode("\(Self.hex(card.subsystemVendor)):\(Self.hex(card.subsystemDevice))", forKey: .subsystem)
        try container.encode(card.driver, forKey: .driver)
        try container.encode(card.driverOverride, forKey: .driverOverride)
        try container.encode(card.isBoundByOverride, forKey: .boundByOverride)
        try container.encode(card.interfaces.map(\.name), forKey: .interfaces)
        try container.encode(card.node, forKey: .node)
        try container.encode(card.isInUse, forKey: .inUse)
        try container.encode(card.hasIOMMU, forKey: .iommu)
        try container.encode(
            card.bar0.map { Window(address: "0x\(String($0.address, radix: 16))", size: $0.size) }, forKey: .bar0)
        try container.encode(card.irq, forKey: .irq)
    }

    private static func hex(_ value: UInt16) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 4 - digits.count) + digits
    }
}
