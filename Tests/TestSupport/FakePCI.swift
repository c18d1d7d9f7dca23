import Glibc
import Synchronization

/// A folder that stands in for /sys, with PCI cards and drivers as Linux 6.1 shows them; in the build folder, gone with
/// this object.
///
/// `kernelWrite` answers writes as the kernel does. A program that runs on the folder finds plain files: they take what is
/// written and nothing happens.
public final class FakePCI: Sendable {
    /// Stands in for /sys.
    public let path: String
    /// What points e1000-uio here.
    public var environment: [String: String] { ["RINGLIGHT_SYSFS": path] }

    private let state = Mutex(State())

    private struct State {
        var writes: [String] = []
        var refusals: [String: Int32] = [:]
        var interfaces: [String: String] = [:]
        var makesUIO = true
    }

    public init() throws {
        var template = Array("\(productFolder)/pci-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw SystemError(doing: "mkdtemp", number: errno) }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        try makeFolders("\(path)/bus/pci/devices")
        try makeFolders("\(path)/bus/pci/drivers")
        try write("", to: "\(path)/bus/pci/drivers_probe")
    }

    deinit { removeTree(path) }

    /// A driver that is in the kernel.
    public func addDriver(_ name: String) throws {
        try makeFolders(folder(driver: name))
        for attribute in ["bind", "unbind"] { try write("", to: "\(folder(driver: name))/\(attribute)") }
    }

    /// A module that is in the kernel, perhaps without a driver for PCI.
    public func addModule(_ name: String) throws { try makeFolders("\(path)/module/\(name)") }

    /// An Intel card.
    ///
    /// - Parameters:
    ///   - address: with its domain.
    ///   - interface: the network interface that e1000 makes of it.
    ///   - group: its IOMMU group; `nil`: no IOMMU.
    public func addCard(
        _ address: String, device: UInt16 = 0x100e, driver: String?, override: String? = nil, interface: String,
        isUp: Bool = false,
        isBusMaster: Bool = false, group: Int? = nil
    ) throws {
        let card = folder(card: address)
        try makeFolders(card)
        let attributes = [
            "vendor": "0x8086", "device": "0x" + String(device, radix: 16), "subsystem_vendor": "0x1af4",
            "subsystem_device": "0x1100",
            "class": "0x020000", "irq": "11", "driver_override": override ?? "(null)",
            "resource":
                "0x00000000febc0000 0x00000000febdffff 0x0000000000040200\n"
                + "0x000000000000c000 0x000000000000c03f 0x0000000000040101",
        ]
        for (name, value) in attributes { try write(value + "\n", to: "\(card)/\(name)") }
        var configuration = [UInt8](repeating: 0, count: 64)
        configuration[4] = isBusMaster ? 0x07 : 0x03
        try write(String(decoding: configuration, as: UTF8.self), to: "\(card)/config")
        if let group {
            let members = "\(path)/kernel/iommu_groups/\(group)/devices"
            try makeFolders(members)
            for (target, link) in [("../../../../kernel/iommu_groups/\(group)", "\(card)/iommu_group"), (card, "\(members)/\(address)")] {
                guard symlink(target, link) == 0 else { throw SystemError(doing: "symlink", number: errno) }
            }
        }
        state.withLock { $0.interfaces[address] = interface }
        if let driver { try attach(address, to: driver) }
        if isUp { try write("0x1003\n", to: "\(card)/net/\(interface)/flags") }
    }

    /// The driver that has a card.
    public func driver(of address: String) -> String? {
        var buffer = [CChar](repeating: 0, count: 4096)
        let count = readlink("\(folder(card: address))/driver", &buffer, buffer.count)
        guard count > 0 else { return nil }
        return String(decoding: buffer.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self).split(separator: "/").last.map(
            String.init)
    }

    /// A file of a card without the newline at its end.
    public func attribute(_ name: String, of address: String) -> String {
        let descriptor = open("\(folder(card: address))/\(name)", O_RDONLY)
        guard descriptor >= 0 else { return "" }
        defer { close(descriptor) }
        var text = String(decoding: TestSupport.contents(of: descriptor), as: UTF8.self)
        while text.last == "\n" { text.removeLast() }
        return text
    }

    /// Takes away the right to write, from the files' owner too.
    public func makeReadOnly(_ attribute: String, of address: String) { chmod("\(folder(card: address))/\(attribute)", 0o444) }

    /// A card that is gone in the middle of something.
    public func removeAttribute(_ name: String, of address: String) { unlink("\(folder(card: address))/\(name)") }

    // MARK: the kernel

    /// What was written, as `path-below-/sys/bus/pci: text`.
    public var writes: [String] { state.withLock { $0.writes } }

    /// From now on writes to a path that ends so are answered with an error number.
    public func refuse(_ suffix: String, with number: Int32) { state.withLock { $0.refusals[suffix] = number } }

    /// ringlight takes cards but makes no UIO device.
    public func makeNoUIO() { state.withLock { $0.makesUIO = false } }

    /// Does what Linux does when `text` is written to `file`. Gives an error number, or 0.
    public func kernelWrite(_ file: String, _ text: String) -> Int32 {
        let name = String(file.dropFirst("\(path)/bus/pci/".count))
        let refusal = state.withLock { state in
            state.writes.append("\(name): \(text == "\n" ? "" : text)")
            return state.refusals.first { name.hasSuffix($0.key) }?.value
        }
        if let refusal { return refusal }
        guard access(file, F_OK) == 0 else { return ENOENT }
        do throws(SystemError) {
            return try answer(name.split(separator: "/").map(String.init), text)
        } catch {
            return error.number
        }
    }

    private func answer(_ parts: [String], _ text: String) throws(SystemError) -> Int32 {
        switch parts.last {
        case "driver_override":
            try write(text == "\n" ? "(null)\n" : text + "\n", to: "\(folder(card: parts[1]))/driver_override")
        case "unbind":
            guard driver(of: text) == parts[1] else { return ENODEV }
            try detach(text)
        case "bind":
            guard driver(of: text) == nil else { return EBUSY }
            guard match(text) == parts[1] else { return ENODEV }
            try attach(text, to: parts[1])
        case "drivers_probe":
            if driver(of: text) == nil, let driver = match(text) { try attach(text, to: driver) }
        default: return EINVAL
        }
        return 0
    }

    /// The driver that the kernel would choose.
    private func match(_ card: String) -> String? {
        let override = attribute("driver_override", of: card)
        let choice = override == "(null)" ? "e1000" : override
        return access(folder(driver: choice), F_OK) == 0 ? choice : nil
    }

    private func attach(_ card: String, to driver: String) throws(SystemError) {
        guard symlink("../../drivers/\(driver)", "\(folder(card: card))/driver") == 0 else {
            throw SystemError(doing: "symlink", number: errno)
        }
        let (interface, makesUIO) = state.withLock { ($0.interfaces[card] ?? "", $0.makesUIO) }
        if driver == "e1000" {
            try makeFolders("\(folder(card: card))/net/\(interface)")
            try write("0x1002\n", to: "\(folder(card: card))/net/\(interface)/flags")
        } else if driver == "ringlight", makesUIO {
            try makeFolders("\(folder(card: card))/uio/uio0")
        }
    }

    private func detach(_ card: String) throws(SystemError) {
        unlink("\(folder(card: card))/driver")
        for child in ["net", "uio"] { removeTree("\(folder(card: card))/\(child)") }
    }

    private func folder(card: String) -> String { "\(path)/bus/pci/devices/\(card)" }
    private func folder(driver: String) -> String { "\(path)/bus/pci/drivers/\(driver)" }
}
