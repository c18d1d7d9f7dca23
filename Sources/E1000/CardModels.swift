import DeviceAccess

/// A card that this driver drives, by its PCI identifiers (table 5-1; 82574L datasheet, 6.1.1.5), and what differs from the others.
public struct CardModel: Sendable, Hashable {
    /// Which manual describes a card.
    public enum Family: Sendable, Hashable, Codable {
        /// PCI and PCI-X: the manual 317453.
        case pci
        /// PCI Express: the 82574L's datasheet. Most registers are the same.
        case pcie
    }

    /// How the EEPROM's words are read.
    public enum EEPROMAccess: Sendable, Hashable {
        /// Through EERD (13.4.4): where the bit that says "done" is, and where the address starts.
        case register(done: UInt32, addressShift: UInt32)
        /// A wire at a time through EECD (13.4.3): the card has no EERD.
        case microwire
    }

    /// What the card can take off the processor (1.4, table 1-1; 82574L: 1.5).
    public struct Offloads: OptionSet, Sendable, Hashable {
        public let rawValue: UInt8
        public init(rawValue: UInt8) { self.rawValue = rawValue }
        /// IPv4, TCP and UDP checksums of frames to send, and their verification in received frames.
        public static let checksum = Offloads(rawValue: 1 << 0)
        /// TCP segmentation over IPv4.
        public static let segmentation = Offloads(rawValue: 1 << 1)
        /// TCP segmentation over IPv6.
        public static let segmentationIPv6 = Offloads(rawValue: 1 << 2)
        /// IEEE 802.1Q tags: insertion, removal, filter.
        public static let vlan = Offloads(rawValue: 1 << 3)
    }

    /// Message-signalled interrupts.
    public enum MessageInterrupts: Sendable, Hashable { case none, msi, msix }

    /// Intel's name.
    public let name: String
    /// PCI device identifier.
    public let device: UInt16
    /// QEMU's `-device` name, checked on QEMU 7.2.
    public let qemuName: String
    /// Which manual describes it.
    public let family: Family
    /// How its EEPROM is read.
    public let eeprom: EEPROMAccess
    /// TIPG.IPGT on copper: what, with the card's own overhead, makes 96 bit times (table 13-77; 82574L datasheet, 10.2.6.2).
    public let transmitGap: UInt32
    /// The PHY's identifiers (PHYID1 in the upper half, PHYID2 below), without the revision in the lowest four bits.
    public let phy: [UInt32]
    /// What Intel gives it; `Controller.supportedOffloads` is without those that QEMU's card gets wrong.
    public let offloads: Offloads
    /// The most that the card has; every one has INTx.
    public let messageInterrupts: MessageInterrupts
    /// Bytes of the longest frame, without the CRC, with a tag: 16384 with the CRC (13.4.22, LPE); 82574L: 9018.
    public var longestFrame: UInt32 { family == .pci ? 16380 : 9018 }
    /// KiB of the card's own memory for frames, both ways, and those of it for received ones after power-up (13.4.16).
    var packetMemory: UInt32 { family == .pci ? 64 : 40 }
    var receiveMemory: UInt32 { family == .pci ? 48 : 20 }

    /// The 82544GC has no LEDCTL, no ITR, no absolute delays, and an EEPROM of its own kind.
    var is82544: Bool { eeprom == .microwire }

    /// PCI vendor identifier of all of them: Intel.
    public static let vendor: UInt16 = 0x8086

    private static let eerd = EEPROMAccess.register(done: EERD.DONE, addressShift: EERD.ADDR_SHIFT)

    /// The cards that this driver drives, the one that QEMU calls `e1000` first.
    public static let all: [CardModel] = [
        CardModel(
            name: "82540EM", device: 0x100e, qemuName: "e1000", family: .pci, eeprom: eerd, transmitGap: 10, phy: [0x0141_0c20],
            offloads: [.checksum, .segmentation, .segmentationIPv6, .vlan], messageInterrupts: .none),
        CardModel(
            name: "82545EM", device: 0x100f, qemuName: "e1000-82545em", family: .pci, eeprom: eerd, transmitGap: 10,
            phy: [0x0141_0c20], offloads: [.checksum, .segmentation, .segmentationIPv6, .vlan], messageInterrupts: .msi),
        CardModel(
            // Two steppings of its PHY.
            name: "82544GC", device: 0x100c, qemuName: "e1000-82544gc", family: .pci, eeprom: .microwire, transmitGap: 8,
            phy: [0x0141_0c30, 0x0141_0c50], offloads: [.checksum, .segmentation, .vlan], messageInterrupts: .none),
        CardModel(
            name: "82574L", device: 0x10d3, qemuName: "e1000e", family: .pcie,
            eeprom: .register(done: EERD.PCIe.DONE, addressShift: EERD.PCIe.ADDR_SHIFT), transmitGap: 8, phy: [0x0141_0cb0],
            offloads: [.checksum, .segmentation, .segmentationIPv6, .vlan], messageInterrupts: .msix),
    ]

    /// The model with these identifiers; `nil` for any other device.
    public static func find(vendor: UInt16, device: UInt16) -> CardModel? {
        vendor == Self.vendor ? all.first { $0.device == device } : nil
    }

    /// The model of a card that is to be driven.
    ///
    /// - Throws: `.refused` for any other device.
    static func driven(_ device: borrowing Device) throws(DeviceError) -> CardModel {
        guard let model = find(vendor: vendor, device: device.deviceID) else {
            throw DeviceError(
                .refused, device.name, "\(name(of: device.deviceID)) is not a card that this driver drives",
                remedy: "it drives the " + all.map(\.name).joined(separator: ", the "))
        }
        return model
    }

    /// A name to print for one of Intel's device identifiers, known or not.
    public static func name(of device: UInt16) -> String {
        find(vendor: vendor, device: device)?.name ?? "8086:\(String(device, radix: 16))"
    }
}
