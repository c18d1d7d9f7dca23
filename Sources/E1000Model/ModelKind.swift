/// The cards of the family that the model can be, by their PCI device identifiers, and what differs (table 5-1; 82574L: its datasheet).
public enum ModelKind: UInt16, CaseIterable, Sendable {
    /// The card of the manual, PCI.
    case i82540EM = 0x100e
    /// Its PCI-X relative.
    case i82545EM = 0x100f
    /// The oldest: no EERD, and offloads without IPv6.
    case i82544GC = 0x100c
    /// PCI Express.
    case i82574L = 0x10d3

    /// Described by the 82574L's datasheet.
    public var isPCIe: Bool { self == .i82574L }
    /// The 82544 has no EERD: its EEPROM is read through EECD, a wire at a time.
    var hasEERD: Bool { self != .i82544GC }
    /// EERD: where "done" is, and where the address starts (13.4.4; 82574L 10.2.2).
    var eepromDone: UInt32 { isPCIe ? 1 << 1 : 1 << 4 }
    var eepromAddressShift: UInt32 { isPCIe ? 2 : 8 }

    /// KiB of packet memory, which PBA divides (13.4.16).
    var packetMemory: UInt32 { isPCIe ? 40 : 64 }

    /// PHYID2; PHYID1 is Marvell's 0x0141.
    var phyIdentifier: UInt16 {
        switch self {
        case .i82540EM, .i82545EM: 0x0c20
        case .i82544GC: 0x0c30
        case .i82574L: 0x0cb1
        }
    }
}
