// The 82574L's second queues, which this driver leaves alone, and what shares received frames out among them.

/// Receive Descriptor Base Address Low of queue 1 (82574L 10.2).
public enum RDBAL1: ReadableRegister, WritableRegister {
    public static var offset: UInt32 { 0x2900 }
    public static var meaning: String { "Receive Descriptor Base Address Low of queue 1" }
    public static var section: String { "82574L 10.2" }
    public static var cards: CardGroup { .pcie }
}

/// Receive Descriptor Base Address High of queue 1 (82574L 10.2).
public enum RDBAH1: ReadableRegister, WritableRegister {
    public static var offset: UInt32 { 0x2904 }
    public static var meaning: String { "Receive Descriptor Base Address High of queue 1" }
    public static var section: String { "82574L 10.2" }
    public static var cards: CardGroup { .pcie }
}

/// Receive Descriptor Length of queue 1, in bytes (82574L 10.2).
public enum RDLEN1: ReadableRegister, WritableRegister {
    public static var offset: UInt32 { 0x2908 }
    public static var meaning: String { "Receive Descriptor Length of queue 1, in bytes" }
    public static var section: String { "82574L 10.2" }
    public static var cards: CardGroup { .pcie }
}

/// Receive Descriptor Head of queue 1 (82574L 10.2).
public enum RDH1: ReadableRegister, WritableRegister {
    public static var offset: UInt32 { 0x2910 }
    public static var meaning: String { "Receive Descriptor Head of queue 1" }
    public static var section: String { "82574L 10.2" }
    public static var cards: CardGroup { .pcie }
}

/// Receive Descriptor Tail of queue 1 (82574L 10.2).
public enum RDT1: ReadableRegister, WritableRegister {
    public static var offset: UInt32 { 0x2918 }
    public static var meaning: String { "Receive Descriptor Tail of queue 1" }
    public static var section: String { "82574L 10.2" }
    public static var cards: CardGroup { .pcie }
}

/// Receive Descriptor Control of queue 1 (82574L 10.2).
public enum RXDCTL1: ReadableRegister, WritableRegister {
    public static var offset: UInt32 { 0x2928 }
    public static var meaning: String { "Receive Descriptor Control of queue 1" }
    public static var section: String { "82574L 10.2" }
    public static var cards: CardGroup { .pcie }
    public static var fields: KeyValuePairs<String, UInt32> { ["PTHRESH": 0x3f, "HTHRESH": 0x3f << 8, "WTHRESH": 0x3f << 16, "GRAN": 1 << 24] }
}

/// Transmit Descriptor Base Address Low of queue 1 (82574L 10.2).
public enum TDBAL1: ReadableRegister, WritableRegister {
    public static var offset: UInt32 { 0x3900 }
    public static var meaning: String { "Transmit Descriptor Base Address Low of queue 1" }
    public static var section: String { "82574L 10.2" }
    public static var cards: CardGroup { .pcie }
}

/// Transmit Descriptor Base Address High of queue 1 (82574L 10.2).
public enum TDBAH1: ReadableRegister, WritableRegister {
    public static var offset: UInt32 { 0x3904 }
    public static var meaning: String { "Transmit Descriptor Base Address High of queue 1" }
    public static var section: String { "82574L 10.2" }
    public static var cards: CardGroup { .pcie }
}

/// Transmit Descriptor Length of queue 1, in bytes (82574L 10.2).
public enum TDLEN1: ReadableRegister, WritableRegister {
    public static var offset: UInt32 { 0x3908 }
    public static var meaning: String { "Transmit Descriptor Length of queue 1, in bytes" }
    public static var section: String { "82574L 10.2" }
    public static var cards: CardGroup { .pcie }
}

/// Transmit Descriptor Head of queue 1 (82574L 10.2).
public enum TDH1: ReadableRegister, WritableRegister {
    public static var offset: UInt32 { 0x3910 }
    public static var meaning: String { "Transmit Descriptor Head of queue 1" }
    public static var section: String { "82574L 10.2" }
    public static var cards: CardGroup { .pcie }
}

/// Transmit Descriptor Tail of queue 1 (82574L 10.2).
public enum TDT1: ReadableRegister, WritableRegister {
    public static var offset: UInt32 { 0x3918 }
    public static var meaning: String { "Transmit Descriptor Tail of queue 1" }
    public static var section: String { "82574L 10.2" }
    public static var cards: CardGroup { .pcie }
}

/// Transmit Descriptor Control of queue 1 (82574L 10.2).
public enum TXDCTL1: ReadableRegister, WritableRegister {
    public static var offset: UInt32 { 0x3928 }
    public static var meaning: String { "Transmit Descriptor Control of queue 1" }
    public static var section: String { "82574L 10.2" }
    public static var cards: CardGroup { .pcie }
    public static var fields: KeyValuePairs<String, UInt32> { ["PTHRESH": 0x3f, "HTHRESH": 0x3f << 8, "WTHRESH": 0x3f << 16, "GRAN": 1 << 24] }
}

/// Transmit Arbitration Counter of queue 1 (82574L 10.2).
public enum TARC1: ReadableRegister, WritableRegister {
    public static var offset: UInt32 { 0x3940 }
    public static var meaning: String { "Transmit Arbitration Counter of queue 1" }
    public static var section: String { "82574L 10.2" }
    public static var cards: CardGroup { .pcie }
    public static var fields: KeyValuePairs<String, UInt32> { ["COUNT": 0x7f, "ENABLE": 1 << 10] }
}

/// Redirection Table: queues by hash (82574L 10.2).
public enum RETA: ReadableRegister, WritableRegister {
    public static var offset: UInt32 { 0x5c00 }
    public static var meaning: String { "Redirection Table: queues by hash" }
    public static var section: String { "82574L 10.2" }
    public static var count: UInt32 { 32 }
    public static var cards: CardGroup { .pcie }
}

/// RSS Random Key (82574L 10.2).
public enum RSSRK: ReadableRegister, WritableRegister {
    public static var offset: UInt32 { 0x5c80 }
    public static var meaning: String { "RSS Random Key" }
    public static var section: String { "82574L 10.2" }
    public static var count: UInt32 { 10 }
    public static var cards: CardGroup { .pcie }
}
