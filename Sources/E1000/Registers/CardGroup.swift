/// Which of the cards have a register, a bit of one, or a counter.
public enum CardGroup: Sendable {
    /// Each card of the family.
    case all
    /// The PCI and PCI-X cards.
    case pci
    /// The 82574L.
    case pcie
    /// The 82544GC, the oldest.
    case only82544
    /// All but the 82544GC.
    case not82544
    /// The 82540EM and the 82545EM.
    case newerPCI

    /// Whether a model is one of them.
    public func contains(_ model: CardModel) -> Bool {
        switch self {
        case .all: true
        case .pci: model.family == .pci
        case .pcie: model.family == .pcie
        case .only82544: model.is82544
        case .not82544: !model.is82544
        case .newerPCI: model.family == .pci && !model.is82544
        }
    }
}
