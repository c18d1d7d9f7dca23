import E1000
import E1000Model
import Frames
import Glibc
import PCIBus
import Testing

/// A card that the suite runs on: each that the driver drives, as our own model (`sim`) and as QEMU's; or one of this machine.
enum TestCard: Hashable, Sendable, CustomTestStringConvertible {
    case sim(ModelKind)
    case qemu(String)
    /// A PCI address, and that of a second card at the other end of the cable; `nil`: the card hears what it sends.
    case pci(String, peer: String?)

    /// Those that a run is about. Nothing but the environment's word makes it touch a card of the machine, and it is then the
    /// only one.
    static let all: [TestCard] = {
        let sims = CardModel.all.compactMap { ModelKind(rawValue: $0.device).map(TestCard.sim) }
        let qemus = CardModel.all.map { TestCard.qemu($0.qemuName) }
        switch variable("RINGLIGHT_DEVICE") {
        case nil: return sims + qemus
        case "sim": return sims
        case "qemu": return qemus
        case let address?: return [.pci(address, peer: variable("RINGLIGHT_PEER"))]
        }
    }()

    private static func variable(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
    }

    /// What is in the EEPROM of a simulated card, and in that of QEMU's.
    static let simAddress = MACAddress(rawValue: 0x5254_0012_3456)
    static let qemuAddress = MACAddress(rawValue: 0x0200_0000_beef)

    /// A tool's options for this card, with nobody at the other end of the cable.
    var toolOptions: [String] {
        switch self {
        case .sim(let kind): ["--device", "sim:\(CardModel.name(of: kind.rawValue))"]
        case .qemu(let model):
            ["--device", "qemu", "--netdev", QEMUBench.deadEnd, "--qemu-model", model, "--mac", "\(Self.qemuAddress)"]
        case .pci(let address, _): ["--device", address]
        }
    }

    var testDescription: String {
        switch self {
        case .sim(let kind): "sim, \(kind)"
        case .qemu(let model): "QEMU, \(model)"
        case .pci(let address, let peer): peer.map { "\(address), peer \($0)" } ?? "\(address), looped to itself"
        }
    }

    var isSim: Bool { if case .sim = self { true } else { false } }
    var isQEMU: Bool { if case .qemu = self { true } else { false } }
    var isPCI: Bool { if case .pci = self { true } else { false } }
    /// A cable that begins and ends at the card.
    var isLooped: Bool { if case .pci(_, nil) = self { true } else { false } }

    /// QEMU's name of the model that this is, also in a guest; `nil` for our own models and for silicon.
    var qemuModel: String? {
        switch self {
        case .sim: return nil
        case .qemu(let model): return model
        case .pci(let address, _):
            // Red Hat's cards are QEMU's, and an e1000e with Intel's number and no other.
            let device = PCIAddress(address).flatMap { try? PCIBus().device(at: $0) }
            guard let device, device.subsystemVendor == 0x1af4 || device.subsystemVendor == 0x8086 && device.subsystemDevice == 0
            else { return nil }
            return CardModel.find(vendor: device.vendor, device: device.device)?.qemuName
        }
    }

    /// Frames of a long run: the other cards share the code of the first, and all of them take time.
    var manyFrames: Int {
        switch self {
        case .sim(.i82540EM), .qemu("e1000"): 10_000
        case .sim, .qemu: 1000
        // Also in an emulated guest, whose processor is slow.
        case .pci: 300
        }
    }

    /// Bytes.
    var shortestFrame: Int {
        switch self {
        // It sends nothing that is shorter than an Ethernet header.
        case .qemu("e1000e"): 14
        case .sim, .qemu: 1
        // The least that the family's silicon pads (TCTL.PSP); Linux's e1000e pads to it by itself.
        case .pci: 17
        }
    }
}

extension Trait where Self == ConditionTrait {
    /// For a test of QEMU's process or network: not part of a run on another card.
    ///
    /// - Parameter reason: why it cannot be without QEMU.
    static func needsQEMU(_ reason: Comment) -> Self {
        .enabled(if: TestCard.all.contains(where: \.isQEMU), reason)
    }

    /// For a test of a tool's words: one card says them all.
    static var needsNoSlot: Self { .enabled(if: !TestCard.all[0].isPCI, "it is about words and times, not about cards") }

    /// For a test that sees what is on the wire, or delivers to the card.
    static var needsOtherEnd: Self { .enabled(if: !TestCard.all[0].isLooped, "\(PCISlot.noOtherEnd)") }

    /// For a test whose link breaks.
    static var needsLinkControl: Self { .enabled(if: !TestCard.all[0].isPCI, "\(PCISlot.noLinkControl)") }
}
