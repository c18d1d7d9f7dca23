// Registers that only the 82574L of these cards has (its datasheet, 10.2).

/// Extended Interrupt Throttle of an MSI-X vector, in units of 256 ns (82574L 10.2.4.3).
public enum EITR: ReadableRegister, WritableRegister {
    public static var offset: UInt32 { 0x00e8 }
    public static var meaning: String { "Extended Interrupt Throttle of an MSI-X vector, in units of 256 ns" }
    public static var section: String { "82574L 10.2.4.3" }
    public static var count: UInt32 { 5 }
    public static var cards: CardGroup { .pcie }
}

/// Interrupt Acknowledge Auto Mask (82574L 10.2.4.8).
public enum IAM: ReadableRegister, WritableRegister {
    public static var offset: UInt32 { 0x00e0 }
    public static var meaning: String { "Interrupt Acknowledge Auto Mask" }
    public static var section: String { "82574L 10.2.4.8" }
    public static var cards: CardGroup { .pcie }
}

/// Interrupt Vector Allocation (82574L 10.2.4.9).
public enum IVAR: ReadableRegister, WritableRegister {
    public static var offset: UInt32 { 0x00e4 }
    public static var meaning: String { "Interrupt Vector Allocation" }
    public static var section: String { "82574L 10.2.4.9" }
    public static var cards: CardGroup { .pcie }
}

/// Transmit Arbitration Counter of queue 0 (82574L 10.2).
public enum TARC0: ReadableRegister, WritableRegister {
    public static var offset: UInt32 { 0x3840 }
    public static var meaning: String { "Transmit Arbitration Counter of queue 0" }
    public static var section: String { "82574L 10.2" }
    public static var cards: CardGroup { .pcie }
    /// The queue takes part.
    public static var ENABLE: UInt32 { 1 << 10 }
    /// Set by every driver of Intel's; the datasheet has no name for it.
    static var required: UInt32 { 1 << 26 }
    public static var fields: KeyValuePairs<String, UInt32> { ["COUNT": 0x7f, "ENABLE": ENABLE] }
}

/// Receive Filter Control (82574L 10.2).
public enum RFCTL: ReadableRegister, WritableRegister {
    public static var offset: UInt32 { 0x5008 }
    public static var meaning: String { "Receive Filter Control" }
    public static var section: String { "82574L 10.2" }
    public static var cards: CardGroup { .pcie }
    /// Descriptors of the extended format.
    public static var EXTEN: UInt32 { 1 << 15 }
    public static var fields: KeyValuePairs<String, UInt32> { ["EXTEN": EXTEN] }
}

/// Multiple Receive Queues Command; 0: one queue (82574L 10.2).
public enum MRQC: ReadableRegister, WritableRegister {
    public static var offset: UInt32 { 0x5818 }
    public static var meaning: String { "Multiple Receive Queues Command; 0: one queue" }
    public static var section: String { "82574L 10.2" }
    public static var cards: CardGroup { .pcie }
}

/// PCIe Control (82574L 10.2).
public enum GCR: ReadableRegister, WritableRegister {
    public static var offset: UInt32 { 0x5b00 }
    public static var meaning: String { "PCIe Control" }
    public static var section: String { "82574L 10.2" }
    public static var cards: CardGroup { .pcie }
    /// The link may sleep in L1 without L0s.
    public static var L1_ACT_WITHOUT_L0S_RX: UInt32 { 1 << 27 }
    /// Set by every driver of Intel's; the datasheet has no name for it.
    static var required: UInt32 { 1 << 22 }
    public static var fields: KeyValuePairs<String, UInt32> { ["L1_ACT_WITHOUT_L0S_RX": L1_ACT_WITHOUT_L0S_RX] }
}

/// Software Semaphore: a read takes it (82574L 10.2).
public enum SWSM: ReadableRegister, WritableRegister {
    public static var offset: UInt32 { 0x5b50 }
    public static var meaning: String { "Software Semaphore: a read takes it" }
    public static var section: String { "82574L 10.2" }
    public static var readHasEffect: Bool { true }
    public static var cards: CardGroup { .pcie }
    /// Taken.
    public static var SMBI: UInt32 { 1 << 0 }
    /// Taken by the driver.
    public static var SWESMBI: UInt32 { 1 << 1 }
    public static var fields: KeyValuePairs<String, UInt32> { ["SMBI": SMBI, "SWESMBI": SWESMBI] }
}

/// Firmware Semaphore (82574L 10.2).
public enum FWSM: ReadableRegister, WritableRegister {
    public static var offset: UInt32 { 0x5b54 }
    public static var meaning: String { "Firmware Semaphore" }
    public static var section: String { "82574L 10.2" }
    public static var cards: CardGroup { .pcie }
}

/// Extended Interrupt Auto Clear (82574L 10.2).
public enum EIAC: ReadableRegister, WritableRegister {
    public static var offset: UInt32 { 0x00dc }
    public static var meaning: String { "Extended Interrupt Auto Clear" }
    public static var section: String { "82574L 10.2" }
    public static var cards: CardGroup { .pcie }
}

/// Extended Configuration Control (82574L 10.2).
public enum EXTCNF_CTRL: ReadableRegister, WritableRegister {
    public static var offset: UInt32 { 0x0f00 }
    public static var meaning: String { "Extended Configuration Control" }
    public static var section: String { "82574L 10.2" }
    public static var cards: CardGroup { .pcie }
}

/// PHY OEM Bits (82574L 10.2).
public enum POEMB: ReadableRegister, WritableRegister {
    public static var offset: UInt32 { 0x0f10 }
    public static var meaning: String { "PHY OEM Bits" }
    public static var section: String { "82574L 10.2" }
    public static var cards: CardGroup { .pcie }
}

/// Packet Buffer Size, in KiB (82574L 10.2).
public enum PBS: ReadableRegister, WritableRegister {
    public static var offset: UInt32 { 0x1008 }
    public static var meaning: String { "Packet Buffer Size, in KiB" }
    public static var section: String { "82574L 10.2" }
    public static var cards: CardGroup { .pcie }
}

/// EEPROM Write (82574L 10.2).
public enum EEWR: ReadableRegister, WritableRegister {
    public static var offset: UInt32 { 0x102c }
    public static var meaning: String { "EEPROM Write" }
    public static var section: String { "82574L 10.2" }
    public static var cards: CardGroup { .pcie }
}

/// Packet Split Receive Control (82574L 10.2).
public enum PSRCTL: ReadableRegister, WritableRegister {
    public static var offset: UInt32 { 0x2170 }
    public static var meaning: String { "Packet Split Receive Control" }
    public static var section: String { "82574L 10.2" }
    public static var cards: CardGroup { .pcie }
}

/// Receive ACK Interrupt Delay (82574L 10.2).
public enum RAID: ReadableRegister, WritableRegister {
    public static var offset: UInt32 { 0x2c08 }
    public static var meaning: String { "Receive ACK Interrupt Delay" }
    public static var section: String { "82574L 10.2" }
    public static var cards: CardGroup { .pcie }
}

/// Management Control to Host (82574L 10.2).
public enum MANC2H: ReadableRegister, WritableRegister {
    public static var offset: UInt32 { 0x5860 }
    public static var meaning: String { "Management Control to Host" }
    public static var section: String { "82574L 10.2" }
    public static var cards: CardGroup { .pcie }
}

/// Manageability Decision Filters (82574L 10.2).
public enum MDEF: ReadableRegister, WritableRegister {
    public static var offset: UInt32 { 0x5890 }
    public static var meaning: String { "Manageability Decision Filters" }
    public static var section: String { "82574L 10.2" }
    public static var count: UInt32 { 8 }
    public static var cards: CardGroup { .pcie }
}

/// Function Active and Power State (82574L 10.2).
public enum FACTPS: ReadableRegister, WritableRegister {
    public static var offset: UInt32 { 0x5b30 }
    public static var meaning: String { "Function Active and Power State" }
    public static var section: String { "82574L 10.2" }
    public static var cards: CardGroup { .pcie }
}

/// PCIe Control 2 (82574L 10.2).
public enum GCR2: ReadableRegister, WritableRegister {
    public static var offset: UInt32 { 0x5b64 }
    public static var meaning: String { "PCIe Control 2" }
    public static var section: String { "82574L 10.2" }
    public static var cards: CardGroup { .pcie }
    /// Against completions that get lost while the link saves power, which can stop the transmitter (Intel's specification update).
    static var completionFix: UInt32 { 1 << 0 }
}

/// Flow Control Refresh Threshold Value (82574L 10.2).
public enum FCRTV: ReadableRegister, WritableRegister {
    public static var offset: UInt32 { 0x5f40 }
    public static var meaning: String { "Flow Control Refresh Threshold Value" }
    public static var section: String { "82574L 10.2" }
    public static var cards: CardGroup { .pcie }
}
