// Registers that only the 82574L of these cards has (its datasheet, 10.2).

/// Extended Interrupt Throttle of an MSI-X vector, in units of 256 ns (82574L 10.2.4.3).
public enum EITR: ReadableRegister, WritableRegister {
    public static var offset: UInt32 { 0x00e8 }
    public static var meaning: String { "Extended Interrupt Throttle of an MSI-X vector, in units of 256 ns" }
    public static var section: String { "82574L 10.2.4.3" }
    public static var count: UInt32 { 5 }
    public static var family: CardModel.Family? { .pcie }
}

/// Interrupt Acknowledge Auto Mask (82574L 10.2.4.8).
public enum IAM: ReadableRegister, WritableRegister {
    public static var offset: UInt32 { 0x00e0 }
    public static var meaning: String { "Interrupt Acknowledge Auto Mask" }
    public static var section: String { "82574L 10.2.4.8" }
    public static var family: CardModel.Family? { .pcie }
}

/// Interrupt Vector Allocation (82574L 10.2.4.9).
public enum IVAR: ReadableRegister, WritableRegister {
    public static var offset: UInt32 { 0x00e4 }
    public static var meaning: String { "Interrupt Vector Allocation" }
    public static var section: String { "82574L 10.2.4.9" }
    public static var family: CardModel.Family? { .pcie }
}

/// Transmit Arbitration Counter of queue 0 (82574L 10.2).
public enum TARC0: ReadableRegister, WritableRegister {
    public static var offset: UInt32 { 0x3840 }
    public static var meaning: String { "Transmit Arbitration Counter of queue 0" }
    public static var section: String { "82574L 10.2" }
    public static var family: CardModel.Family? { .pcie }
    /// The queue takes part.
    public static var ENABLE: UInt32 { 1 << 10 }
    public static var fields: KeyValuePairs<String, UInt32> { ["COUNT": 0x7f, "ENABLE": ENABLE] }
}

/// Receive Filter Control (82574L 10.2).
public enum RFCTL: ReadableRegister, WritableRegister {
    public static var offset: UInt32 { 0x5008 }
    public static var meaning: String { "Receive Filter Control" }
    public static var section: String { "82574L 10.2" }
    public static var family: CardModel.Family? { .pcie }
    /// Descriptors of the extended format.
    public static var EXTEN: UInt32 { 1 << 15 }
    public static var fields: KeyValuePairs<String, UInt32> { ["EXTEN": EXTEN] }
}

/// Multiple Receive Queues Command; 0: one queue (82574L 10.2).
public enum MRQC: ReadableRegister, WritableRegister {
    public static var offset: UInt32 { 0x5818 }
    public static var meaning: String { "Multiple Receive Queues Command; 0: one queue" }
    public static var section: String { "82574L 10.2" }
    public static var family: CardModel.Family? { .pcie }
}

/// PCIe Control (82574L 10.2).
public enum GCR: ReadableRegister, WritableRegister {
    public static var offset: UInt32 { 0x5b00 }
    public static var meaning: String { "PCIe Control" }
    public static var section: String { "82574L 10.2" }
    public static var family: CardModel.Family? { .pcie }
}

/// Software Semaphore: a read takes it (82574L 10.2).
public enum SWSM: ReadableRegister, WritableRegister {
    public static var offset: UInt32 { 0x5b50 }
    public static var meaning: String { "Software Semaphore: a read takes it" }
    public static var section: String { "82574L 10.2" }
    public static var readHasEffect: Bool { true }
    public static var family: CardModel.Family? { .pcie }
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
    public static var family: CardModel.Family? { .pcie }
}
