import E1000
import PCIBus
import ToolSupport

/// Which card a user means.
enum CardChoice: Equatable {
    case qemu
    /// A node's name: `uio0`.
    case uio(String)

    /// - Parameter text: what the user said; `nil`: the only card that is bound.
    /// - Throws: `Problem` when there is no such card, when it is not bound, or when the choice is not clear; `BusError`
    ///   when the bus cannot be read.
    init(_ text: String?, bus: PCIBus = PCIBus()) throws {
        switch text {
        case "qemu":
            self = .qemu
        case let name? where name.hasPrefix("uio") || name.hasPrefix("/dev/uio"):
            self = .uio(name.split(separator: "/").last.map(String.init) ?? name)
        case let address?:
            self = .uio(try Self.node(of: address, bus))
        case nil:
            self = .uio(try Self.onlyNode(bus))
        }
    }

    private static func node(of name: String, _ bus: PCIBus) throws -> String {
        guard let address = PCIAddress(name) else {
            throw Problem.usage(
                "--device", "'\(name)' is not a PCI address, a UIO node or 'qemu'", remedy: "write it like 00:03.0; see 'e1000-uio list'")
        }
        let device = try bus.device(at: address)
        guard CardModel.find(vendor: device.vendor, device: device.device) != nil else {
            throw Problem(
                "\(address)", "not a card that can be driven (\(hex(device.vendor)):\(hex(device.device)))", remedy: "see 'e1000-uio list'")
        }
        guard device.driver == PCIBus.ringlightDriver, let node = device.uio else {
            throw Problem(
                "\(address)", "bound to \(device.driver ?? "no driver"), not to \(PCIBus.ringlightDriver)",
                remedy: "run 'sudo e1000-uio bind \(address)'")
        }
        return node
    }

    private static func onlyNode(_ bus: PCIBus) throws -> String {
        let cards = try bus.devices().filter { CardModel.find(vendor: $0.vendor, device: $0.device) != nil }
        let bound = cards.filter { $0.driver == PCIBus.ringlightDriver && $0.uio != nil }
        if bound.count == 1, let node = bound[0].uio { return node }
        if bound.count > 1 {
            throw Problem.usage(
                "--device", "several cards are bound: \(bound.map { "\($0.address)" }.joined(separator: ", "))", remedy: "choose one")
        }
        guard !cards.isEmpty else {
            throw Problem("--device", "this machine has no card that can be driven", remedy: "try '--device qemu'")
        }
        let choices = cards.map { "\($0.address) (\($0.driver ?? "no driver"))" }.joined(separator: ", ")
        throw Problem(
            "--device", "no card is bound to \(PCIBus.ringlightDriver); there are: \(choices)",
            remedy: "run 'sudo e1000-uio bind ADDRESS', or try '--device qemu'")
    }

    private static func hex(_ value: UInt16) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 4 - digits.count) + digits
    }
}
