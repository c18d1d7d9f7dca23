// Diagnostics registers (13.8): the pointers of the card's own packet memory, in units of 8 bytes.

/// Receive Data FIFO Head (13.8.1).
public enum RDFH: ReadableRegister, WritableRegister {
    public static var offset: UInt32 { 0x2410 }
    public static var meaning: String { "Receive Data FIFO Head" }
    public static var section: String { "13.8.1" }
}

/// Receive Data FIFO Tail (13.8.2).
public enum RDFT: ReadableRegister, WritableRegister {
    public static var offset: UInt32 { 0x2418 }
    public static var meaning: String { "Receive Data FIFO Tail" }
    public static var section: String { "13.8.2" }
}

/// Receive Data FIFO Head Saved (13.8.3).
public enum RDFHS: ReadableRegister, WritableRegister {
    public static var offset: UInt32 { 0x2420 }
    public static var meaning: String { "Receive Data FIFO Head Saved" }
    public static var section: String { "13.8.3" }
}

/// Receive Data FIFO Tail Saved (13.8.4).
public enum RDFTS: ReadableRegister, WritableRegister {
    public static var offset: UInt32 { 0x2428 }
    public static var meaning: String { "Receive Data FIFO Tail Saved" }
    public static var section: String { "13.8.4" }
}

/// Receive Data FIFO Packet Count (13.8.5).
public enum RDFPC: ReadableRegister, WritableRegister {
    public static var offset: UInt32 { 0x2430 }
    public static var meaning: String { "Receive Data FIFO Packet Count" }
    public static var section: String { "13.8.5" }
}

/// Transmit Data FIFO Head (13.8.6).
public enum TDFH: ReadableRegister, WritableRegister {
    public static var offset: UInt32 { 0x3410 }
    public static var meaning: String { "Transmit Data FIFO Head" }
    public static var section: String { "13.8.6" }
}

/// Transmit Data FIFO Tail (13.8.7).
public enum TDFT: ReadableRegister, WritableRegister {
    public static var offset: UInt32 { 0x3418 }
    public static var meaning: String { "Transmit Data FIFO Tail" }
    public static var section: String { "13.8.7" }
}

/// Transmit Data FIFO Head Saved (13.8.8).
public enum TDFHS: ReadableRegister, WritableRegister {
    public static var offset: UInt32 { 0x3420 }
    public static var meaning: String { "Transmit Data FIFO Head Saved" }
    public static var section: String { "13.8.8" }
}

/// Transmit Data FIFO Tail Saved (13.8.9).
public enum TDFTS: ReadableRegister, WritableRegister {
    public static var offset: UInt32 { 0x3428 }
    public static var meaning: String { "Transmit Data FIFO Tail Saved" }
    public static var section: String { "13.8.9" }
}

/// Transmit Data FIFO Packet Count (13.8.10).
public enum TDFPC: ReadableRegister, WritableRegister {
    public static var offset: UInt32 { 0x3430 }
    public static var meaning: String { "Transmit Data FIFO Packet Count" }
    public static var section: String { "13.8.10" }
}
