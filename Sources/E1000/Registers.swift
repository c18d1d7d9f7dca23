// The registers that this driver uses, as chapter 13 of the manual lists them: offset, access mode, meaning, bits beneath.
//
// The manual: Intel, PCI/PCI-X Family of Gigabit Ethernet Controllers Software Developer's Manual (317453), 82540EM and relatives.

// MARK: General (13.4.1–13.4.7)

/// Device Control (13.4.1).
public enum CTRL: ReadableRegister, WritableRegister {
    public static var offset: UInt32 { 0x0000 }
    /// Full duplex, where forced.
    public static var FD: UInt32 { 1 << 0 }
    /// Link reset (fibre only); 0 on copper.
    public static var LRST: UInt32 { 1 << 3 }
    /// Auto-speed detection.
    public static var ASDE: UInt32 { 1 << 5 }
    /// Set link up: the MAC may talk to the PHY.
    public static var SLU: UInt32 { 1 << 6 }
    /// Invert loss of signal; 0 on copper.
    public static var ILOS: UInt32 { 1 << 7 }
    /// Force speed; 0: what the PHY negotiated.
    public static var FRCSPD: UInt32 { 1 << 11 }
    /// Force duplex.
    public static var FRCDPLX: UInt32 { 1 << 12 }
    /// Device reset; clears itself.
    public static var RST: UInt32 { 1 << 26 }
    /// VLAN tags are stripped and inserted by the card.
    public static var VME: UInt32 { 1 << 30 }
    /// PHY reset.
    public static var PHY_RST: UInt32 { 1 << 31 }
}

/// Device Status (13.4.2).
public enum STATUS: ReadableRegister {
    public static var offset: UInt32 { 0x0008 }
    /// Full duplex.
    public static var FD: UInt32 { 1 << 0 }
    /// Link up.
    public static var LU: UInt32 { 1 << 1 }
    /// Speed: 0 is 10, 1 is 100, 2 and 3 are 1000 Mb/s.
    public static var SPEED_SHIFT: UInt32 { 6 }
    public static var SPEED_MASK: UInt32 { 0b11 << 6 }
}

/// EEPROM Read (13.4.4).
public enum EERD: ReadableRegister, WritableRegister {
    public static var offset: UInt32 { 0x0014 }
    /// Starts a read of the word at ADDR.
    public static var START: UInt32 { 1 << 0 }
    /// DATA is valid.
    public static var DONE: UInt32 { 1 << 4 }
    public static var ADDR_SHIFT: UInt32 { 8 }
    public static var DATA_SHIFT: UInt32 { 16 }
}

/// Flow Control Address Low (13.4.8), High (13.4.9), Type (13.4.10), Transmit Timer Value (13.4.12).
public enum FCAL: WritableRegister { public static var offset: UInt32 { 0x0028 } }
public enum FCAH: WritableRegister { public static var offset: UInt32 { 0x002c } }
public enum FCT: WritableRegister { public static var offset: UInt32 { 0x0030 } }
public enum FCTTV: WritableRegister { public static var offset: UInt32 { 0x0170 } }

// MARK: Interrupts (13.4.17–13.4.21)

/// Interrupt Cause Read (13.4.17): cleared by a read, which also acknowledges the interrupt.
public enum ICR: ReadableRegister {
    public static var offset: UInt32 { 0x00c0 }
}

/// Interrupt Throttling (13.4.18): least time between interrupts in units of 256 ns; 0: none.
public enum ITR: ReadableRegister, WritableRegister { public static var offset: UInt32 { 0x00c4 } }

/// Interrupt Cause Set (13.4.19): raises causes by hand.
public enum ICS: WritableRegister { public static var offset: UInt32 { 0x00c8 } }

/// Interrupt Mask Set/Read (13.4.20): a 1 lets a cause through.
public enum IMS: ReadableRegister, WritableRegister { public static var offset: UInt32 { 0x00d0 } }

/// Interrupt Mask Clear (13.4.21): a 1 masks a cause.
public enum IMC: WritableRegister { public static var offset: UInt32 { 0x00d8 } }

/// The causes of ICR, ICS, IMS and IMC.
public enum InterruptCause {
    /// Transmit descriptor written back.
    public static var TXDW: UInt32 { 1 << 0 }
    /// Link status change.
    public static var LSC: UInt32 { 1 << 2 }
    /// Receive descriptors are running out.
    public static var RXDMT0: UInt32 { 1 << 4 }
    /// Receiver overrun: a frame was lost for want of a descriptor.
    public static var RXO: UInt32 { 1 << 6 }
    /// Receive timer: frames are there.
    public static var RXT0: UInt32 { 1 << 7 }
}

// MARK: Receive (13.4.22–13.4.31, 13.4.46–13.4.47)

/// Receive Control (13.4.22).
public enum RCTL: ReadableRegister, WritableRegister {
    public static var offset: UInt32 { 0x0100 }
    /// Enable.
    public static var EN: UInt32 { 1 << 1 }
    /// Unicast promiscuous.
    public static var UPE: UInt32 { 1 << 3 }
    /// Multicast promiscuous.
    public static var MPE: UInt32 { 1 << 4 }
    /// Broadcast accepted.
    public static var BAM: UInt32 { 1 << 15 }
    /// Buffer size; 0 with BSEX 0: 2048 bytes.
    public static var BSIZE_2048: UInt32 { 0 << 16 }
    /// The CRC is stripped.
    public static var SECRC: UInt32 { 1 << 26 }
}

/// Receive Descriptor Base Address Low/High (13.4.25/26), Length in bytes (13.4.27), Head (13.4.28), Tail (13.4.29).
public enum RDBAL: WritableRegister { public static var offset: UInt32 { 0x2800 } }
public enum RDBAH: WritableRegister { public static var offset: UInt32 { 0x2804 } }
public enum RDLEN: WritableRegister { public static var offset: UInt32 { 0x2808 } }
public enum RDH: ReadableRegister, WritableRegister { public static var offset: UInt32 { 0x2810 } }
public enum RDT: ReadableRegister, WritableRegister { public static var offset: UInt32 { 0x2818 } }

/// Receive Delay Timer (13.4.30) and Receive Absolute Delay (13.4.31), in units of 1.024 µs; 0: an interrupt for each frame.
public enum RDTR: WritableRegister { public static var offset: UInt32 { 0x2820 } }
public enum RADV: WritableRegister { public static var offset: UInt32 { 0x282c } }

/// Receive Descriptor Control (13.4.46): prefetch and write-back thresholds.
public enum RXDCTL: WritableRegister { public static var offset: UInt32 { 0x2828 } }

/// Receive Checksum Control (13.4.47): 0: no checksum is offloaded.
public enum RXCSUM: WritableRegister { public static var offset: UInt32 { 0x5000 } }

// MARK: Transmit (13.4.33–13.4.44)

/// Transmit Control (13.4.33).
public enum TCTL: ReadableRegister, WritableRegister {
    public static var offset: UInt32 { 0x0400 }
    /// Enable.
    public static var EN: UInt32 { 1 << 1 }
    /// Short frames are padded to 64 bytes.
    public static var PSP: UInt32 { 1 << 3 }
    /// Collision threshold.
    public static var CT_SHIFT: UInt32 { 4 }
    /// Collision distance in byte times.
    public static var COLD_SHIFT: UInt32 { 12 }
}

/// Transmit Inter Packet Gap (13.4.34): IPGT, IPGR1 and IPGR2, ten bits each.
public enum TIPG: WritableRegister {
    public static var offset: UInt32 { 0x0410 }
    public static var IPGR1_SHIFT: UInt32 { 10 }
    public static var IPGR2_SHIFT: UInt32 { 20 }
}

/// Transmit Descriptor Base Address Low/High (13.4.36/37), Length in bytes (13.4.38), Head (13.4.39), Tail (13.4.40).
public enum TDBAL: WritableRegister { public static var offset: UInt32 { 0x3800 } }
public enum TDBAH: WritableRegister { public static var offset: UInt32 { 0x3804 } }
public enum TDLEN: WritableRegister { public static var offset: UInt32 { 0x3808 } }
public enum TDH: ReadableRegister, WritableRegister { public static var offset: UInt32 { 0x3810 } }
public enum TDT: ReadableRegister, WritableRegister { public static var offset: UInt32 { 0x3818 } }

/// Transmit Interrupt Delay Value (13.4.41) and Absolute Delay (13.4.44), in units of 1.024 µs.
public enum TIDV: WritableRegister { public static var offset: UInt32 { 0x3820 } }
public enum TADV: WritableRegister { public static var offset: UInt32 { 0x382c } }

/// Transmit Descriptor Control (13.4.43): prefetch and write-back thresholds.
public enum TXDCTL: WritableRegister { public static var offset: UInt32 { 0x3828 } }

// MARK: Filters (13.5)

/// Multicast Table Array (13.5.1): 128 words of a hash filter.
public enum MTA {
    public static var count: UInt32 { 128 }
    public static func offset(_ index: UInt32) -> UInt32 { 0x5200 + index * 4 }
}

/// Receive Address Low/High (13.5.2/3): 16 exact filters; entry 0 is the card's own.
public enum RAR {
    public static var count: UInt32 { 16 }
    public static func low(_ index: UInt32) -> UInt32 { 0x5400 + index * 8 }
    public static func high(_ index: UInt32) -> UInt32 { 0x5404 + index * 8 }
    /// In the high word: the entry is valid.
    public static var AV: UInt32 { 1 << 31 }
}

/// VLAN Filter Table Array (13.5.4): 128 words, one bit a VLAN.
public enum VFTA {
    public static var count: UInt32 { 128 }
    public static func offset(_ index: UInt32) -> UInt32 { 0x5600 + index * 4 }
}

// MARK: Statistics (13.7): cleared by a read, as the manual says

/// CRC Error Count (13.7.1).
public enum CRCERRS: ReadableRegister { public static var offset: UInt32 { 0x4000 } }
/// Receive Error Count.
public enum RXERRC: ReadableRegister { public static var offset: UInt32 { 0x400c } }
/// Missed Packets Count: frames lost because the card's receive FIFO was full.
public enum MPC: ReadableRegister { public static var offset: UInt32 { 0x4010 } }
/// Good Packets Received Count.
public enum GPRC: ReadableRegister { public static var offset: UInt32 { 0x4074 } }
/// Good Packets Transmitted Count.
public enum GPTC: ReadableRegister { public static var offset: UInt32 { 0x4080 } }
/// Receive No Buffers Count: frames that came when no descriptor was free.
public enum RNBC: ReadableRegister { public static var offset: UInt32 { 0x40a0 } }
