// Filter registers (13.5).

/// Multicast Table Array (13.5.1): 128 words of a hash filter.
public enum MTA: ReadableRegister, WritableRegister {
    public static var offset: UInt32 { 0x5200 }
    public static var meaning: String { "Multicast Table Array: a hash filter" }
    public static var section: String { "13.5.1" }
    public static var count: UInt32 { 128 }
}

/// Receive Address Low (13.5.2).
public enum RAL: ReadableRegister, WritableRegister {
    public static var offset: UInt32 { 0x5400 }
    public static var meaning: String { "Receive Address Low" }
    public static var section: String { "13.5.2" }
    public static var count: UInt32 { 16 }
    public static var stride: UInt32 { 8 }
}

/// Receive Address High (13.5.3).
public enum RAH: ReadableRegister, WritableRegister {
    public static var offset: UInt32 { 0x5404 }
    public static var meaning: String { "Receive Address High" }
    public static var section: String { "13.5.3" }
    public static var count: UInt32 { 16 }
    public static var stride: UInt32 { 8 }
    /// The entry is valid.
    public static var AV: UInt32 { 1 << 31 }
    public static var fields: KeyValuePairs<String, UInt32> { ["AV": AV, "RAH": 0xffff, "AS": 0x3 << 16] }
}

/// VLAN Filter Table Array (13.5.4): 128 words, one bit a VLAN.
public enum VFTA: ReadableRegister, WritableRegister {
    public static var offset: UInt32 { 0x5600 }
    public static var meaning: String { "VLAN Filter Table Array, one bit a VLAN" }
    public static var section: String { "13.5.4" }
    public static var count: UInt32 { 128 }
}

/// A Receive Address entry as a pair (13.5.2, 13.5.3): 16 exact filters; entry 0 is the card's own.
public enum RAR {
    /// Entries: 16.
    public static var count: UInt32 { RAL.count }
    /// Bytes into BAR0 of an entry's low word: the address' first four bytes, the first one lowest.
    public static func low(_ index: UInt32) -> UInt32 { RAL.offset(index) }
    /// Bytes into BAR0 of an entry's high word: the address' last two bytes, and AV.
    public static func high(_ index: UInt32) -> UInt32 { RAH.offset(index) }
    /// In the high word: the entry is valid.
    public static var AV: UInt32 { RAH.AV }
}
