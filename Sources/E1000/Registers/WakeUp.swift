// Wake-up (13.6) and management registers.

/// Wake Up Control (13.6.1).
public enum WUC: ReadableRegister, WritableRegister {
    public static var offset: UInt32 { 0x5800 }
    public static var meaning: String { "Wake Up Control" }
    public static var section: String { "13.6.1" }
    public static var fields: KeyValuePairs<String, UInt32> {
        [
            "APME": 1 << 0, "PME_EN": 1 << 1, "PME_STATUS": 1 << 2, "APMPME": 1 << 3
        ]
    }
}

/// Wake Up Filter Control (13.6.2).
public enum WUFC: ReadableRegister, WritableRegister {
    public static var offset: UInt32 { 0x5808 }
    public static var meaning: String { "Wake Up Filter Control" }
    public static var section: String { "13.6.2" }
    public static var fields: KeyValuePairs<String, UInt32> {
        [
            "LNKC": 1 << 0, "MAG": 1 << 1, "EX": 1 << 2, "MC": 1 << 3, "BC": 1 << 4, "ARP": 1 << 5, "IPV4": 1 << 6,
            "FLX": 0xf << 16,
        ]
    }
    public static var particularFields: [(name: String, mask: UInt32, cards: CardGroup)] {
        [
            ("IPV6", 1 << 7, .not82544),
        ]
    }
}

/// Wake Up Status (13.6.3).
public enum WUS: ReadableRegister, WritableRegister {
    public static var offset: UInt32 { 0x5810 }
    public static var meaning: String { "Wake Up Status" }
    public static var section: String { "13.6.3" }
    public static var fields: KeyValuePairs<String, UInt32> {
        [
            "LNKC": 1 << 0, "MAG": 1 << 1, "EX": 1 << 2, "MC": 1 << 3, "BC": 1 << 4, "ARP": 1 << 5, "IPV4": 1 << 6,
            "FLX": 0xf << 16,
        ]
    }
    public static var particularFields: [(name: String, mask: UInt32, cards: CardGroup)] {
        [
            ("IPV6", 1 << 7, .not82544),
        ]
    }
}

/// Management Control (13.6).
public enum MANC: ReadableRegister, WritableRegister {
    public static var offset: UInt32 { 0x5820 }
    public static var meaning: String { "Management Control" }
    public static var section: String { "13.6" }
    public static var fields: KeyValuePairs<String, UInt32> {
        [
            "SMBUS_EN": 1 << 0, "ASF_EN": 1 << 1, "R_ON_FORCE": 1 << 2, "ARP_EN": 1 << 13, "RCV_TCO_EN": 1 << 17
        ]
    }
}

/// IP Address Valid (13.6.4).
public enum IPAV: ReadableRegister, WritableRegister {
    public static var offset: UInt32 { 0x5838 }
    public static var meaning: String { "IP Address Valid" }
    public static var section: String { "13.6.4" }
    public static var fields: KeyValuePairs<String, UInt32> {
        [
            "V40": 1 << 0, "V41": 1 << 1, "V42": 1 << 2, "V43": 1 << 3, "V60": 1 << 16
        ]
    }
}

/// IPv4 Address Table (13.6.5).
public enum IP4AT: ReadableRegister, WritableRegister {
    public static var offset: UInt32 { 0x5840 }
    public static var meaning: String { "IPv4 Address Table" }
    public static var section: String { "13.6.5" }
    public static var count: UInt32 { 4 }
    public static var stride: UInt32 { 8 }
}

/// IPv6 Address Table (13.6.6).
public enum IP6AT: ReadableRegister, WritableRegister {
    public static var offset: UInt32 { 0x5880 }
    public static var meaning: String { "IPv6 Address Table" }
    public static var section: String { "13.6.6" }
    public static var count: UInt32 { 4 }
}

/// Wake Up Packet Length, in bytes (13.6.7). Written for diagnosis only; no reset clears it.
public enum WUPL: ReadableRegister, WritableRegister {
    public static var offset: UInt32 { 0x5900 }
    public static var meaning: String { "Wake Up Packet Length, in bytes" }
    public static var section: String { "13.6.7" }
    public static var fields: KeyValuePairs<String, UInt32> { ["LEN": 0xfff] }
}

/// Wake Up Packet Memory (13.6.8). Written for diagnosis only; no reset clears it.
public enum WUPM: ReadableRegister, WritableRegister {
    public static var offset: UInt32 { 0x5a00 }
    public static var meaning: String { "Wake Up Packet Memory" }
    public static var section: String { "13.6.8" }
    public static var count: UInt32 { 32 }
}

/// Flexible Filter Length Table (13.6.9).
public enum FFLT: ReadableRegister, WritableRegister {
    public static var offset: UInt32 { 0x5f00 }
    public static var meaning: String { "Flexible Filter Length Table" }
    public static var section: String { "13.6.9" }
    public static var count: UInt32 { 4 }
    public static var stride: UInt32 { 8 }
}

/// Flexible Filter Mask Table (13.6.10).
public enum FFMT: ReadableRegister, WritableRegister {
    public static var offset: UInt32 { 0x9000 }
    public static var meaning: String { "Flexible Filter Mask Table" }
    public static var section: String { "13.6.10" }
    public static var count: UInt32 { 128 }
    public static var stride: UInt32 { 8 }
}

/// Flexible Filter Value Table (13.6.11).
public enum FFVT: ReadableRegister, WritableRegister {
    public static var offset: UInt32 { 0x9800 }
    public static var meaning: String { "Flexible Filter Value Table" }
    public static var section: String { "13.6.11" }
    public static var count: UInt32 { 128 }
    public static var stride: UInt32 { 8 }
}
