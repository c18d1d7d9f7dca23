// Time stamps of IEEE 1588 frames by the 82574L, which this driver leaves alone.

/// System Time Low (82574L 10.2).
public enum SYSTIML: ReadableRegister, WritableRegister {
    public static var offset: UInt32 { 0xb600 }
    public static var meaning: String { "System Time Low" }
    public static var section: String { "82574L 10.2" }
    public static var cards: CardGroup { .pcie }
}

/// System Time High (82574L 10.2).
public enum SYSTIMH: ReadableRegister, WritableRegister {
    public static var offset: UInt32 { 0xb604 }
    public static var meaning: String { "System Time High" }
    public static var section: String { "82574L 10.2" }
    public static var cards: CardGroup { .pcie }
}

/// Increment of the system time (82574L 10.2).
public enum TIMINCA: ReadableRegister, WritableRegister {
    public static var offset: UInt32 { 0xb608 }
    public static var meaning: String { "Increment of the system time" }
    public static var section: String { "82574L 10.2" }
    public static var cards: CardGroup { .pcie }
}

/// Transmit Time Sync Control (82574L 10.2).
public enum TSYNCTXCTL: ReadableRegister, WritableRegister {
    public static var offset: UInt32 { 0xb614 }
    public static var meaning: String { "Transmit Time Sync Control" }
    public static var section: String { "82574L 10.2" }
    public static var cards: CardGroup { .pcie }
}

/// Transmit Time Stamp Low (82574L 10.2).
public enum TXSTMPL: ReadableRegister {
    public static var offset: UInt32 { 0xb618 }
    public static var meaning: String { "Transmit Time Stamp Low" }
    public static var section: String { "82574L 10.2" }
    public static var cards: CardGroup { .pcie }
}

/// Transmit Time Stamp High; a read makes room for the next (82574L 10.2).
public enum TXSTMPH: ReadableRegister {
    public static var offset: UInt32 { 0xb61c }
    public static var meaning: String { "Transmit Time Stamp High; a read makes room for the next" }
    public static var section: String { "82574L 10.2" }
    public static var readHasEffect: Bool { true }
    public static var cards: CardGroup { .pcie }
}

/// Receive Time Sync Control (82574L 10.2).
public enum TSYNCRXCTL: ReadableRegister, WritableRegister {
    public static var offset: UInt32 { 0xb620 }
    public static var meaning: String { "Receive Time Sync Control" }
    public static var section: String { "82574L 10.2" }
    public static var cards: CardGroup { .pcie }
}

/// Receive Time Stamp Low (82574L 10.2).
public enum RXSTMPL: ReadableRegister {
    public static var offset: UInt32 { 0xb624 }
    public static var meaning: String { "Receive Time Stamp Low" }
    public static var section: String { "82574L 10.2" }
    public static var cards: CardGroup { .pcie }
}

/// Receive Time Stamp High; a read makes room for the next (82574L 10.2).
public enum RXSTMPH: ReadableRegister {
    public static var offset: UInt32 { 0xb628 }
    public static var meaning: String { "Receive Time Stamp High; a read makes room for the next" }
    public static var section: String { "82574L 10.2" }
    public static var readHasEffect: Bool { true }
    public static var cards: CardGroup { .pcie }
}

/// Receive Time Sync message type and version (82574L 10.2).
public enum RXMTRL: ReadableRegister, WritableRegister {
    public static var offset: UInt32 { 0xb634 }
    public static var meaning: String { "Receive Time Sync message type and version" }
    public static var section: String { "82574L 10.2" }
    public static var cards: CardGroup { .pcie }
}

/// Receive Time Sync UDP port (82574L 10.2).
public enum RXUDP: ReadableRegister, WritableRegister {
    public static var offset: UInt32 { 0xb638 }
    public static var meaning: String { "Receive Time Sync UDP port" }
    public static var section: String { "82574L 10.2" }
    public static var cards: CardGroup { .pcie }
}
