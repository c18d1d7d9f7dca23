import PCIBus
import ToolSupport

/// Which card a user means.
enum CardChoice: Equatable {
    case qemu
    /// A node's name: `uio0`.
    case uio(String)

    init(_ text: String?) throws {
        switch text {
        case "qemu":
            self = .qemu
        case let name? where name.hasPrefix("uio") || name.hasPrefix("/dev/uio"):
            self = .uio(name.split(separator: "/").last.map(String.init) ?? name)
        default:
            throw Problem.usage("--device", "todo", remedy: "")
        }
    }
}
