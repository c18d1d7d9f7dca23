// Interrupt registers (13.4.17–13.4.21).

/// Interrupt Cause Read (13.4.17): cleared by a read, which also acknowledges the interrupt.
///
/// The 82574L clears it on a read only in some states (its datasheet, 10.2.4.1); a 1 written clears a cause in all.
public enum ICR: ReadableRegister, WritableRegister {
    public static var offset: UInt32 { 0x00c0 }
    public static var meaning: String { "Interrupt Cause Read" }
    public static var section: String { "13.4.17" }
    public static var readHasEffect: Bool { true }
    public static var fields: KeyValuePairs<String, UInt32> { InterruptCause.fields }
    public static var particularFields: [(name: String, mask: UInt32, cards: CardGroup)] { InterruptCause.particularFields }
}

/// Interrupt Throttling: least time between interrupts in units of 256 ns; 0: none (13.4.18). The 82544GC has none.
public enum ITR: ReadableRegister, WritableRegister {
    public static var offset: UInt32 { 0x00c4 }
    public static var meaning: String { "Interrupt Throttling: least time between interrupts in units of 256 ns; 0: none" }
    public static var section: String { "13.4.18" }
    public static var fields: KeyValuePairs<String, UInt32> { ["INTERVAL": 0xffff] }
    public static var cards: CardGroup { .not82544 }
}

/// Interrupt Cause Set: raises causes by hand (13.4.19).
public enum ICS: WritableRegister {
    public static var offset: UInt32 { 0x00c8 }
    public static var meaning: String { "Interrupt Cause Set: raises causes by hand" }
    public static var section: String { "13.4.19" }
    public static var fields: KeyValuePairs<String, UInt32> { InterruptCause.fields }
    public static var particularFields: [(name: String, mask: UInt32, cards: CardGroup)] { InterruptCause.particularFields }
}

/// Interrupt Mask Set/Read: a 1 lets a cause through (13.4.20).
public enum IMS: ReadableRegister, WritableRegister {
    public static var offset: UInt32 { 0x00d0 }
    public static var meaning: String { "Interrupt Mask Set/Read: a 1 lets a cause through" }
    public static var section: String { "13.4.20" }
    public static var fields: KeyValuePairs<String, UInt32> { InterruptCause.fields }
    public static var particularFields: [(name: String, mask: UInt32, cards: CardGroup)] { InterruptCause.particularFields }
}

/// Interrupt Mask Clear: a 1 masks a cause (13.4.21).
public enum IMC: WritableRegister {
    public static var offset: UInt32 { 0x00d8 }
    public static var meaning: String { "Interrupt Mask Clear: a 1 masks a cause" }
    public static var section: String { "13.4.21" }
    public static var fields: KeyValuePairs<String, UInt32> { InterruptCause.fields }
    public static var particularFields: [(name: String, mask: UInt32, cards: CardGroup)] { InterruptCause.particularFields }
}

/// The causes of ICR, ICS, IMS and IMC.
public enum InterruptCause {
    /// Transmit descriptor written back.
    public static var TXDW: UInt32 { 1 << 0 }
    /// Transmit queue empty.
    public static var TXQE: UInt32 { 1 << 1 }
    /// Link status change.
    public static var LSC: UInt32 { 1 << 2 }
    /// Receive sequence error (fibre only).
    public static var RXSEQ: UInt32 { 1 << 3 }
    /// Receive descriptors are running out.
    public static var RXDMT0: UInt32 { 1 << 4 }
    /// Receiver overrun: a frame was lost because the card's FIFO was full (MPC).
    public static var RXO: UInt32 { 1 << 6 }
    /// Receive timer: frames are there.
    public static var RXT0: UInt32 { 1 << 7 }
    /// Those that say something of received frames.
    static var receive: UInt32 { RXT0 | RXO | RXDMT0 }
    /// MDIO access complete.
    public static var MDAC: UInt32 { 1 << 9 }
    /// Receiving /C/ ordered sets (fibre only).
    public static var RXCFG: UInt32 { 1 << 10 }
    /// PHY interrupt; on the 82544GC general purpose pins, as 11, 13 and 14 are.
    public static var PHYINT: UInt32 { 1 << 12 }
    /// General purpose pin 6.
    public static var GPI_SDP6: UInt32 { 1 << 13 }
    /// General purpose pin 7.
    public static var GPI_SDP7: UInt32 { 1 << 14 }
    /// Transmit descriptors are running out; not the 82544GC.
    public static var TXD_LOW: UInt32 { 1 << 15 }
    /// Small receive packet detected; not the 82544GC.
    public static var SRPD: UInt32 { 1 << 16 }
    public static var fields: KeyValuePairs<String, UInt32> {
        [
            "TXDW": TXDW, "TXQE": TXQE, "LSC": LSC, "RXSEQ": RXSEQ, "RXDMT0": RXDMT0, "RXO": RXO, "RXT0": RXT0, "MDAC": MDAC,
        ]
    }
    public static var particularFields: [(name: String, mask: UInt32, cards: CardGroup)] {
        [
            ("RXCFG", RXCFG, .pci), ("PHYINT", PHYINT, .pci), ("GPI_SDP6", GPI_SDP6, .pci), ("GPI_SDP7", GPI_SDP7, .pci),
            ("TXD_LOW", TXD_LOW, .not82544), ("SRPD", SRPD, .not82544), ("ACK", 1 << 17, .pcie), ("MNG", 1 << 18, .pcie),
            ("RXQ0", 1 << 20, .pcie), ("RXQ1", 1 << 21, .pcie), ("TXQ0", 1 << 22, .pcie), ("TXQ1", 1 << 23, .pcie),
            ("OTHER", 1 << 24, .pcie), ("INT_ASSERTED", 1 << 31, .pcie),
        ]
    }
}
