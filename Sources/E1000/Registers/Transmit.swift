// Transmit registers (13.4.33–13.4.45).

/// Transmit Control (13.4.33).
public enum TCTL: ReadableRegister, WritableRegister {
    public static var offset: UInt32 { 0x0400 }
    public static var meaning: String { "Transmit Control" }
    public static var section: String { "13.4.33" }
    /// Enable.
    public static var EN: UInt32 { 1 << 1 }
    /// Short frames are padded to 64 bytes.
    public static var PSP: UInt32 { 1 << 3 }
    /// Collision threshold.
    public static var CT_SHIFT: UInt32 { 4 }
    /// The bits of the collision threshold.
    public static var CT_MASK: UInt32 { 0xff << 4 }
    /// Collision distance in byte times.
    public static var COLD_SHIFT: UInt32 { 12 }
    /// The bits of the collision distance.
    public static var COLD_MASK: UInt32 { 0x3ff << 12 }
    public static var fields: KeyValuePairs<String, UInt32> {
        [
            "EN": EN, "PSP": PSP, "CT": CT_MASK, "COLD": COLD_MASK, "SWXOFF": 1 << 22, "RTLC": 1 << 24,
        ]
    }
    /// Several requests for data may be under way (82574L).
    public static var MULR: UInt32 { 1 << 28 }
    public static var particularFields: [(name: String, mask: UInt32, cards: CardGroup)] {
        [
            ("NRTU", 1 << 25, .only82544), ("PBE", 1 << 23, .pcie), ("UNORTX", 1 << 25, .pcie), ("TXDSCMT", 0x3 << 26, .pcie),
            ("MULR", MULR, .pcie), ("RRTHRESH", 0x3 << 29, .pcie),
        ]
    }
}

/// Transmit Inter Packet Gap (13.4.34).
public enum TIPG: ReadableRegister, WritableRegister {
    public static var offset: UInt32 { 0x0410 }
    public static var meaning: String { "Transmit Inter Packet Gap" }
    public static var section: String { "13.4.34" }
    /// Where the field for the first part of a gap starts, in which half duplex heeds the carrier; 8 ns a unit at 1000 Mb/s.
    public static var IPGR1_SHIFT: UInt32 { 10 }
    /// Where the field for the whole gap starts that follows the frame of another station; the same units.
    public static var IPGR2_SHIFT: UInt32 { 20 }
    public static var fields: KeyValuePairs<String, UInt32> { ["IPGT": 0x3ff, "IPGR1": 0x3ff << 10, "IPGR2": 0x3ff << 20] }
}

/// Adaptive IFS Throttle (13.4.35).
public enum AIT: ReadableRegister, WritableRegister {
    public static var offset: UInt32 { 0x0458 }
    public static var meaning: String { "Adaptive IFS Throttle" }
    public static var section: String { "13.4.35" }
    public static var fields: KeyValuePairs<String, UInt32> { ["AIFS": 0xffff] }
}

/// Transmit Descriptor Base Address Low (13.4.36).
public enum TDBAL: ReadableRegister, WritableRegister {
    public static var offset: UInt32 { 0x3800 }
    public static var meaning: String { "Transmit Descriptor Base Address Low" }
    public static var section: String { "13.4.36" }
}

/// Transmit Descriptor Base Address High (13.4.37).
public enum TDBAH: ReadableRegister, WritableRegister {
    public static var offset: UInt32 { 0x3804 }
    public static var meaning: String { "Transmit Descriptor Base Address High" }
    public static var section: String { "13.4.37" }
}

/// Transmit Descriptor Length, in bytes (13.4.38).
public enum TDLEN: ReadableRegister, WritableRegister {
    public static var offset: UInt32 { 0x3808 }
    public static var meaning: String { "Transmit Descriptor Length, in bytes" }
    public static var section: String { "13.4.38" }
}

/// Transmit Descriptor Head (13.4.39).
public enum TDH: ReadableRegister, WritableRegister {
    public static var offset: UInt32 { 0x3810 }
    public static var meaning: String { "Transmit Descriptor Head" }
    public static var section: String { "13.4.39" }
}

/// Transmit Descriptor Tail (13.4.40).
public enum TDT: ReadableRegister, WritableRegister {
    public static var offset: UInt32 { 0x3818 }
    public static var meaning: String { "Transmit Descriptor Tail" }
    public static var section: String { "13.4.40" }
}

/// Transmit Interrupt Delay Value, in units of 1.024 µs, never 0 (13.4.41): of descriptors with IDE.
public enum TIDV: ReadableRegister, WritableRegister {
    public static var offset: UInt32 { 0x3820 }
    public static var meaning: String { "Transmit Interrupt Delay Value, in units of 1.024 µs" }
    public static var section: String { "13.4.41" }
    public static var fields: KeyValuePairs<String, UInt32> { ["IDV": 0xffff] }
    public static var particularFields: [(name: String, mask: UInt32, cards: CardGroup)] {
        [
            ("FPD", 1 << 31, .pcie),
        ]
    }
}

/// Transmit DMA Control (13.4.42).
public enum TXDMAC: ReadableRegister, WritableRegister {
    public static var offset: UInt32 { 0x3000 }
    public static var meaning: String { "Transmit DMA Control" }
    public static var section: String { "13.4.42" }
    public static var cards: CardGroup { .pci }
    public static var fields: KeyValuePairs<String, UInt32> { ["DPP": 1 << 0] }
}

/// Transmit Descriptor Control: prefetch and write-back thresholds (13.4.43).
public enum TXDCTL: ReadableRegister, WritableRegister {
    public static var offset: UInt32 { 0x3828 }
    public static var meaning: String { "Transmit Descriptor Control: prefetch and write-back thresholds" }
    public static var section: String { "13.4.43" }
    /// 82574L: descriptors that are still to be sent are counted; its datasheet (10.2.6.11) wants it set.
    public static var COUNT_DESC: UInt32 { 1 << 22 }
    /// Descriptors that are collected before they are written back.
    public static var WTHRESH_SHIFT: UInt32 { 16 }
    /// Thresholds count descriptors, not cache lines.
    public static var GRAN: UInt32 { 1 << 24 }
    public static var fields: KeyValuePairs<String, UInt32> {
        [
            "PTHRESH": 0x3f, "HTHRESH": 0x3f << 8, "WTHRESH": 0x3f << 16, "GRAN": GRAN,
        ]
    }
    public static var particularFields: [(name: String, mask: UInt32, cards: CardGroup)] {
        [
            ("COUNT_DESC", COUNT_DESC, .pcie), ("LWTHRESH", 0x7f << 25, .not82544),
        ]
    }
}

/// Transmit Absolute Interrupt Delay Value, in units of 1.024 µs; 0: none (13.4.44). The 82544GC has none.
public enum TADV: ReadableRegister, WritableRegister {
    public static var offset: UInt32 { 0x382c }
    public static var meaning: String { "Transmit Absolute Interrupt Delay Value, in units of 1.024 µs" }
    public static var section: String { "13.4.44" }
    public static var fields: KeyValuePairs<String, UInt32> { ["IDV": 0xffff] }
    public static var cards: CardGroup { .not82544 }
}

/// TCP Segmentation Pad and Threshold (13.4.45).
public enum TSPMT: ReadableRegister, WritableRegister {
    public static var offset: UInt32 { 0x3830 }
    public static var meaning: String { "TCP Segmentation Pad and Threshold" }
    public static var section: String { "13.4.45" }
    public static var cards: CardGroup { .pci }
    public static var fields: KeyValuePairs<String, UInt32> { ["TSMT": 0xffff, "TSPBP": 0xffff << 16] }
}
