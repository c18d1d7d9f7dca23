import E1000
import PCIBus
import ToolSupport

/// Which card a user means.
enum CardChoice: Equatable {
    case qemu
    /// Our own model of a card.
    case sim(SimChoice)
    /// A node's name: `uio0`.
    case uio(String)
    /// A PCI address with its domain: `0000:00:03.0`.
    case vfio(String)

    /// - Parameter text: what the user said; `nil`: the only card that is bound.
    /// - Throws: `Problem` when there is no such card, when it is not bound, or when the choice is not clear; `BusError`
    ///   when the bus cannot be read.
    init(_ text: String?, bus: PCIBus = PCIBus()) throws {
        switch text {
        case "qemu":
            self = .qemu
        case let name? where name == "sim" || name.hasPrefix("sim:") || name.hasPrefix("sim,"):
            self = .sim(try SimChoice(name.dropFirst(3)))
        case let name? where name.hasPrefix("uio") || name.hasPrefix("/dev/uio"):
            self = .uio(name.split(separator: "/").last.map(String.init) ?? name)
        case let name? where name.hasPrefix("vfio:"):
            // Bound or not: VFIO itself tells what is missing.
            self = .vfio("\(try Self.card(String(name.dropFirst(5)), bus).address)")
        case let address?:
            let device = try Self.card(address, bus)
            guard let choice = Self(bound: device) else {
                throw Problem(
                    "\(device.address)", "bound to \(device.driver ?? "no driver"), not to \(Self.drivers)",
                    remedy: "run 'sudo e1000-uio bind \(device.address)'")
            }
            self = choice
        case nil:
            self = try Self.onlyCard(bus)
        }
    }

    /// - Returns: `nil` for a card with another driver than those for user space.
    private init?(bound device: PCIDevice) {
        switch (device.driver, device.uio) {
        case (PCIBus.ringlightDriver, let node?): self = .uio(node)
        case (PCIBus.vfioDriver, _): self = .vfio("\(device.address)")
        default: return nil
        }
    }

    /// Where a card is on the bus; it need not be bound, nor free.
    ///
    /// - Parameter text: as for a choice.
    static func address(of text: String?, bus: PCIBus = PCIBus()) -> PCIAddress? {
        if let text, let address = PCIAddress(text.hasPrefix("vfio:") ? String(text.dropFirst(5)) : text) { return address }
        let node = text.map { String($0.split(separator: "/").last ?? "") }
        guard node?.hasPrefix("uio") != false, let devices = try? bus.devices() else { return nil }
        if let node { return devices.first { $0.uio == node }?.address }
        let bound = devices.filter { CardModel.find(vendor: $0.vendor, device: $0.device) != nil && Self(bound: $0) != nil }
        return bound.count == 1 ? bound[0].address : nil
    }

    private static let drivers = "\(PCIBus.ringlightDriver) or \(PCIBus.vfioDriver)"

    /// The card at an address.
    private static func card(_ name: String, _ bus: PCIBus) throws -> PCIDevice {
        guard let address = PCIAddress(name) else {
            throw Problem.usage(
                "--device", "'\(name)' is not a PCI address, a UIO node, 'qemu' or 'sim'", remedy: "write it like 00:03.0; see 'e1000-uio list'")
        }
        let device = try bus.device(at: address)
        guard CardModel.find(vendor: device.vendor, device: device.device) != nil else {
            throw Problem(
                "\(address)", "not a card that can be driven (\(hex(device.vendor)):\(hex(device.device)))", remedy: "see 'e1000-uio list'")
        }
        return device
    }

    private static func onlyCard(_ bus: PCIBus) throws -> CardChoice {
        let cards = try bus.devices().filter { CardModel.find(vendor: $0.vendor, device: $0.device) != nil }
        let bound = cards.filter { Self(bound: $0) != nil }
        if bound.count > 1 {
            throw Problem.usage(
                "--device", "several cards are bound: \(bound.map { "\($0.address)" }.joined(separator: ", "))", remedy: "choose one")
        }
        if let choice = bound.first.flatMap(Self.init(bound:)) { return choice }
        guard !cards.isEmpty else {
            throw Problem("--device", "this machine has no card that can be driven", remedy: "try '--device qemu'")
        }
        let choices = cards.map { "\($0.address) (\($0.driver ?? "no driver"))" }.joined(separator: ", ")
        throw Problem(
            "--device", "no card is bound to \(drivers); there are: \(choices)",
            remedy: "run 'sudo e1000-uio bind ADDRESS', or try '--device qemu'")
    }

    private static func hex(_ value: UInt16) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 4 - digits.count) + digits
    }
}
