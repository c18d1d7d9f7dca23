// Receive registers (13.4.22–13.4.32, 13.4.46, 13.4.47).

/// Receive Control (13.4.22).
public enum RCTL: ReadableRegister, WritableRegister {
    public static var offset: UInt32 { 0x0100 }
    public static var meaning: String { "Receive Control" }
    public static var section: String { "13.4.22" }
    /// Enable.
    public static var EN: UInt32 { 1 << 1 }
    /// Bad frames are stored too.
    public static var SBP: UInt32 { 1 << 2 }
    /// Unicast promiscuous.
    public static var UPE: UInt32 { 1 << 3 }
    /// Multicast promiscuous.
    public static var MPE: UInt32 { 1 << 4 }
    /// Frames longer than 1522 bytes are received.
    public static var LPE: UInt32 { 1 << 5 }
    /// Loopback in the MAC or the transceiver.
    public static var LBM_SHIFT: UInt32 { 6 }
    /// The bits of the loopback mode.
    public static var LBM_MASK: UInt32 { 0b11 << 6 }
    /// Multicast offset: which 12 bits of an address MTA is indexed by.
    public static var MO_SHIFT: UInt32 { 12 }
    /// The bits of the multicast offset.
    public static var MO_MASK: UInt32 { 0b11 << 12 }
    /// Broadcast accepted.
    public static var BAM: UInt32 { 1 << 15 }
    /// Buffer size; 0 with BSEX 0: 2048 bytes.
    public static var BSIZE_2048: UInt32 { 0 << 16 }
    /// VLAN filter enabled: a tagged frame is received only when its VLAN is in VFTA.
    public static var VFE: UInt32 { 1 << 18 }
    /// The CRC is stripped.
    public static var SECRC: UInt32 { 1 << 26 }
    public static var fields: KeyValuePairs<String, UInt32> {
        [
            "EN": EN, "SBP": SBP, "UPE": UPE, "MPE": MPE, "LPE": LPE, "LBM": LBM_MASK, "MO": MO_MASK, "BAM": BAM, "VFE": VFE,
            "SECRC": SECRC, "RDMTS": 0x3 << 8, "BSIZE": 0x3 << 16, "CFIEN": 1 << 19, "CFI": 1 << 20, "DPF": 1 << 22,
            "PMCF": 1 << 23, "BSEX": 1 << 25
        ]
    }
    public static var particularFields: [(name: String, mask: UInt32, cards: CardGroup)] {
        [
            ("DTYP", 0x3 << 10, .pcie), ("FLXBUF", 0xf << 27, .pcie),
        ]
    }
}

/// Flow Control Receive Threshold Low: XON is sent below it, in bytes, a multiple of 8 (13.4.23). The manual gives XONE to the
/// 82544GC alone of these cards; Intel's own drivers set it on all.
public enum FCRTL: ReadableRegister, WritableRegister {
    public static var offset: UInt32 { 0x2160 }
    public static var meaning: String { "Flow Control Receive Threshold Low: XON is sent below it, in bytes" }
    public static var section: String { "13.4.23" }
    public static var fields: KeyValuePairs<String, UInt32> { ["RTL": 0x1fff << 3, "XONE": 1 << 31] }
}

/// Flow Control Receive Threshold High: XOFF is sent above it, in bytes, a multiple of 8 (13.4.24).
public enum FCRTH: ReadableRegister, WritableRegister {
    public static var offset: UInt32 { 0x2168 }
    public static var meaning: String { "Flow Control Receive Threshold High: XOFF is sent above it, in bytes" }
    public static var section: String { "13.4.24" }
    public static var fields: KeyValuePairs<String, UInt32> { ["RTH": 0x1fff << 3, "XFCE": 1 << 31] }
}

/// Receive Descriptor Base Address Low (13.4.25).
public enum RDBAL: ReadableRegister, WritableRegister {
    public static var offset: UInt32 { 0x2800 }
    public static var meaning: String { "Receive Descriptor Base Address Low" }
    public static var section: String { "13.4.25" }
}

/// Receive Descriptor Base Address High (13.4.26).
public enum RDBAH: ReadableRegister, WritableRegister {
    public static var offset: UInt32 { 0x2804 }
    public static var meaning: String { "Receive Descriptor Base Address High" }
    public static var section: String { "13.4.26" }
}

/// Receive Descriptor Length, in bytes (13.4.27).
public enum RDLEN: ReadableRegister, WritableRegister {
    public static var offset: UInt32 { 0x2808 }
    public static var meaning: String { "Receive Descriptor Length, in bytes" }
    public static var section: String { "13.4.27" }
}

/// Receive Descriptor Head (13.4.28).
public enum RDH: ReadableRegister, WritableRegister {
    public static var offset: UInt32 { 0x2810 }
    public static var meaning: String { "Receive Descriptor Head" }
    public static var section: String { "13.4.28" }
}

/// Receive Descriptor Tail (13.4.29).
public enum RDT: ReadableRegister, WritableRegister {
    public static var offset: UInt32 { 0x2818 }
    public static var meaning: String { "Receive Descriptor Tail" }
    public static var section: String { "13.4.29" }
}

/// Receive Delay Timer, in units of 1.024 µs; 0: an interrupt for each frame (13.4.30). The 82544GC counts from the first frame
/// (3.2.8), the others from the last.
public enum RDTR: ReadableRegister, WritableRegister {
    public static var offset: UInt32 { 0x2820 }
    public static var meaning: String { "Receive Delay Timer, in units of 1.024 µs; 0: an interrupt for each frame" }
    public static var section: String { "13.4.30" }
    public static var fields: KeyValuePairs<String, UInt32> { ["DELAY": 0xffff, "FPD": 1 << 31] }
}

/// Receive Descriptor Control: prefetch and write-back thresholds (13.4.46).
public enum RXDCTL: ReadableRegister, WritableRegister {
    public static var offset: UInt32 { 0x2828 }
    public static var meaning: String { "Receive Descriptor Control: prefetch and write-back thresholds" }
    public static var section: String { "13.4.46" }
    /// Descriptors that are collected before they are written back.
    public static var WTHRESH_SHIFT: UInt32 { 16 }
    /// Thresholds count descriptors, not cache lines.
    public static var GRAN: UInt32 { 1 << 24 }
    public static var fields: KeyValuePairs<String, UInt32> {
        [
            "GRAN": GRAN, "PTHRESH": 0x3f, "HTHRESH": 0x3f << 8, "WTHRESH": 0x3f << 16
        ]
    }
}

/// Receive Interrupt Absolute Delay, in units of 1.024 µs; 0: none (13.4.31). The 82544GC has none.
public enum RADV: ReadableRegister, WritableRegister {
    public static var offset: UInt32 { 0x282c }
    public static var meaning: String { "Receive Interrupt Absolute Delay, in units of 1.024 µs" }
    public static var section: String { "13.4.31" }
    public static var fields: KeyValuePairs<String, UInt32> { ["DELAY": 0xffff] }
    public static var cards: CardGroup { .not82544 }
}

/// Receive Small Packet Detect, in bytes (13.4.32).
public enum RSRPD: ReadableRegister, WritableRegister {
    public static var offset: UInt32 { 0x2c00 }
    public static var meaning: String { "Receive Small Packet Detect, in bytes" }
    public static var section: String { "13.4.32" }
    public static var fields: KeyValuePairs<String, UInt32> { ["SIZE": 0xfff] }
    public static var cards: CardGroup { .not82544 }
}

/// Receive Checksum Control; 0: no checksum is offloaded (13.4.47).
public enum RXCSUM: ReadableRegister, WritableRegister {
    public static var offset: UInt32 { 0x5000 }
    public static var meaning: String { "Receive Checksum Control; 0: no checksum is offloaded" }
    public static var section: String { "13.4.47" }
    /// IPv4 headers are checked.
    public static var IPOFL: UInt32 { 1 << 8 }
    /// TCP and UDP are checked.
    public static var TUOFL: UInt32 { 1 << 9 }
    /// TCP and UDP are checked over IPv6 too; reserved on the 82544GC, and on the 82574L, where RFCTL can forbid it.
    public static var IPV6OFL: UInt32 { 1 << 10 }
    public static var fields: KeyValuePairs<String, UInt32> {
        [
            "PCSS": 0xff, "IPOFL": IPOFL, "TUOFL": TUOFL,
        ]
    }
    public static var particularFields: [(name: String, mask: UInt32, cards: CardGroup)] {
        [
            ("IPV6OFL", IPV6OFL, .newerPCI), ("IPPCSE", 1 << 12, .pcie), ("PCSD", 1 << 13, .pcie),
        ]
    }
    /// Everything that a model can check.
    static func value(_ model: CardModel) -> UInt32 {
        IPOFL | TUOFL | (model.family == .pci && model.offloads.contains(.segmentationIPv6) ? IPV6OFL : 0)
    }
}
