/// A card of the family that this driver knows, by its PCI identifiers (the manual's table 5-1; the 82574L datasheet).
public struct CardModel: Sendable, Hashable {
    /// Intel's name.
    public let name: String
    /// PCI device identifier.
    public let device: UInt16
    /// QEMU's `-device` name, checked on QEMU 7.2.
    public let qemuName: String

    /// PCI vendor identifier of all of them: Intel.
    public static let vendor: UInt16 = 0x8086

    public static let all: [CardModel] = [
        CardModel(name: "82544GC", device: 0x100c, qemuName: "e1000-82544gc"),
        CardModel(name: "82540EM", device: 0x100e, qemuName: "e1000"),
        CardModel(name: "82545EM", device: 0x100f, qemuName: "e1000-82545em"),
        CardModel(name: "82574L", device: 0x10d3, qemuName: "e1000e"),
    ]

    /// The model with these identifiers; `nil` for any other device.
    public static func find(vendor: UInt16, device: UInt16) -> CardModel? {
        vendor == Self.vendor ? all.first { $0.device == device } : nil
    }

    /// A name to print for one of Intel's device identifiers, known or not.
    public static func name(of device: UInt16) -> String {
        find(vendor: vendor, device: device)?.name ?? "8086:\(String(device, radix: 16))"
    }
}
