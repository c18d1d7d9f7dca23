// General registers (13.4.1–13.4.16), in the manual's order.
//
// The manual: Intel, PCI/PCI-X Family of Gigabit Ethernet Controllers Software Developer's Manual (317453).

/// Device Control (13.4.1).
public enum CTRL: ReadableRegister, WritableRegister {
    public static var offset: UInt32 { 0x0000 }
    public static var meaning: String { "Device Control" }
    public static var section: String { "13.4.1" }
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
    /// Speed, where forced: 0 is 10, 1 is 100, 2 is 1000 Mb/s.
    public static var SPEED_SHIFT: UInt32 { 8 }
    /// The bits of the speed.
    public static var SPEED_MASK: UInt32 { 0b11 << 8 }
    /// Force speed; 0: what the PHY negotiated.
    public static var FRCSPD: UInt32 { 1 << 11 }
    /// Force duplex.
    public static var FRCDPLX: UInt32 { 1 << 12 }
    /// Level of software definable pin 0.
    public static var SWDPIN0_DATA: UInt32 { 1 << 18 }
    /// Software definable pin 0 is an output.
    public static var SWDPIN0_IO: UInt32 { 1 << 22 }
    /// Device reset; clears itself.
    public static var RST: UInt32 { 1 << 26 }
    /// Pause frames received are obeyed.
    public static var RFCE: UInt32 { 1 << 27 }
    /// Pause frames are sent when the receive FIFO fills.
    public static var TFCE: UInt32 { 1 << 28 }
    /// VLAN tags are stripped and inserted by the card.
    public static var VME: UInt32 { 1 << 30 }
    /// PHY reset.
    public static var PHY_RST: UInt32 { 1 << 31 }
    /// 82574L: cleared by every driver of Intel's; the datasheet has no name for it.
    static var forbidden: UInt32 { 1 << 29 }
    public static var fields: KeyValuePairs<String, UInt32> {
        [
            "FD": FD, "ASDE": ASDE, "SLU": SLU, "SPEED": SPEED_MASK, "FRCSPD": FRCSPD, "FRCDPLX": FRCDPLX, "RST": RST, "RFCE": RFCE,
            "TFCE": TFCE, "VME": VME, "PHY_RST": PHY_RST, "ADVD3WUC": 1 << 20,
        ]
    }
    public static var particularFields: [(name: String, mask: UInt32, cards: CardGroup)] {
        [
            ("GIO_MASTER_DISABLE", GIO_MASTER_DISABLE, .pcie), ("LRST", LRST, .pci), ("ILOS", ILOS, .pci),
            ("SWDPIN0_DATA", SWDPIN0_DATA, .pci), ("SWDPIN1_DATA", 1 << 19, .pci), ("EN_PHY_PWR_MGMT", 1 << 21, .pci),
            ("SWDPIN0_IO", SWDPIN0_IO, .pci), ("SWDPIN1_IO", 1 << 23, .pci),
        ]
    }
    /// No new requests to the bus (82574L).
    public static var GIO_MASTER_DISABLE: UInt32 { 1 << 2 }
}

/// Device Status (13.4.2).
public enum STATUS: ReadableRegister {
    public static var offset: UInt32 { 0x0008 }
    public static var meaning: String { "Device Status" }
    public static var section: String { "13.4.2" }
    /// Full duplex.
    public static var FD: UInt32 { 1 << 0 }
    /// Link up.
    public static var LU: UInt32 { 1 << 1 }
    /// Sending is paused: the other end has asked for that.
    public static var TXOFF: UInt32 { 1 << 4 }
    /// Speed: 0 is 10, 1 is 100, 2 and 3 are 1000 Mb/s.
    public static var SPEED_SHIFT: UInt32 { 6 }
    /// The bits of the speed.
    public static var SPEED_MASK: UInt32 { 0b11 << 6 }
    /// Requests to the bus are under way or allowed (82574L).
    public static var GIO_MASTER_ENABLE: UInt32 { 1 << 19 }
    public static var fields: KeyValuePairs<String, UInt32> {
        [
            "FD": FD, "LU": LU, "TXOFF": TXOFF, "SPEED": SPEED_MASK, "ASDV": 0x3 << 8,
        ]
    }
    public static var particularFields: [(name: String, mask: UInt32, cards: CardGroup)] {
        [
            ("FUNCTION_ID", 0x3 << 2, .pci), ("TBIMODE", 1 << 5, .pci), ("PCI66", 1 << 11, .pci), ("BUS64", 1 << 12, .pci),
            ("PCIX_MODE", 1 << 13, .pci), ("PCIXSPD", 0x3 << 14, .pci), ("PHYRA", 1 << 10, .pcie),
            ("GIO_MASTER_ENABLE", GIO_MASTER_ENABLE, .pcie),
        ]
    }
}

/// EEPROM/Flash Control and Data (13.4.3).
public enum EECD: ReadableRegister, WritableRegister {
    public static var offset: UInt32 { 0x0010 }
    public static var meaning: String { "EEPROM/Flash Control and Data" }
    public static var section: String { "13.4.3" }
    /// Clock to the EEPROM.
    public static var SK: UInt32 { 1 << 0 }
    /// Chip select.
    public static var CS: UInt32 { 1 << 1 }
    /// Data to the EEPROM.
    public static var DI: UInt32 { 1 << 2 }
    /// Data from the EEPROM.
    public static var DO: UInt32 { 1 << 3 }
    /// An EEPROM is there.
    public static var EE_PRES: UInt32 { 1 << 8 }
    /// 82544: 256 words, else 64.
    public static var EE_SIZE: UInt32 { 1 << 9 }
    public static var fields: KeyValuePairs<String, UInt32> {
        [
            "SK": SK, "CS": CS, "DI": DI, "DO": DO, "FWE": 0x3 << 4, "EE_REQ": 1 << 6, "EE_GNT": 1 << 7, "EE_PRES": EE_PRES,
        ]
    }
    public static var particularFields: [(name: String, mask: UInt32, cards: CardGroup)] {
        [
            ("EE_SIZE", EE_SIZE, .pci), ("AUTO_RD", AUTO_RD, .pcie), ("NVSIZE", 0xf << 11, .pcie),
            ("NVADDS", 0x3 << 15, .pcie), ("AUPDEN", 1 << 20, .pcie), ("SEC1VAL", 1 << 22, .pcie), ("NVMTYPE", 1 << 23, .pcie),
        ]
    }
    /// The card has read its EEPROM after a reset (82574L; the same bit as EE_SIZE).
    public static var AUTO_RD: UInt32 { 1 << 9 }
}

/// EEPROM Read (13.4.4).
public enum EERD: ReadableRegister, WritableRegister {
    public static var offset: UInt32 { 0x0014 }
    public static var meaning: String { "EEPROM Read" }
    public static var section: String { "13.4.4" }
    /// Starts a read of the word at ADDR.
    public static var START: UInt32 { 1 << 0 }
    /// DATA is valid.
    public static var DONE: UInt32 { 1 << 4 }
    /// Where the word's number starts.
    public static var ADDR_SHIFT: UInt32 { 8 }
    /// Where the word that was read starts.
    public static var DATA_SHIFT: UInt32 { 16 }
    public static var fields: KeyValuePairs<String, UInt32> { ["START": START, "DATA": 0xffff << 16] }
    public static var particularFields: [(name: String, mask: UInt32, cards: CardGroup)] {
        [
            ("DONE", DONE, .pci), ("ADDR", 0xff << 8, .pci), ("DONE", PCIe.DONE, .pcie), ("ADDR", 0x3fff << 2, .pcie),
        ]
    }

    /// Where the 82574L has them (its datasheet, 10.2.2).
    public enum PCIe {
        /// DATA is valid.
        public static var DONE: UInt32 { 1 << 1 }
        /// Where the word's number starts.
        public static var ADDR_SHIFT: UInt32 { 2 }
    }
}

/// Flash Access (13.4.5).
public enum FLA: ReadableRegister, WritableRegister {
    public static var offset: UInt32 { 0x001c }
    public static var meaning: String { "Flash Access" }
    public static var section: String { "13.4.5" }
    public static var fields: KeyValuePairs<String, UInt32> {
        [
            "FL_SCK": 1 << 0, "FL_CE": 1 << 1, "FL_SI": 1 << 2, "FL_SO": 1 << 3, "FL_REQ": 1 << 4, "FL_GNT": 1 << 5,
            "FL_BUSY": 1 << 30, "FL_ER": 1 << 31
        ]
    }
}

/// Extended Device Control (13.4.6).
public enum CTRL_EXT: ReadableRegister, WritableRegister {
    public static var offset: UInt32 { 0x0018 }
    public static var meaning: String { "Extended Device Control" }
    public static var section: String { "13.4.6" }
    /// A driver has the card; its firmware keeps away (82574L).
    public static var DRV_LOAD: UInt32 { 1 << 28 }
    /// 82574L: set and cleared by every driver of Intel's; the datasheet has no names for them.
    static var required: UInt32 { 1 << 22 }
    static var forbidden: UInt32 { 1 << 23 }
    public static var fields: KeyValuePairs<String, UInt32> {
        [
            "GPI_EN": 0xf, "SDP6_DATA": 1 << 6, "SDP7_DATA": 1 << 7, "SDP6_IODIR": 1 << 10, "SDP7_IODIR": 1 << 11, "ASDCHK": 1 << 12,
            "EE_RST": 1 << 13, "SPD_BYPS": 1 << 15, "RO_DIS": 1 << 17,
        ]
    }
    public static var particularFields: [(name: String, mask: UInt32, cards: CardGroup)] {
        [
            ("LINK_MODE", 0x3 << 22, .pci), ("EIAME", 1 << 24, .pcie), ("IAME", 1 << 27, .pcie), ("DRV_LOAD", DRV_LOAD, .pcie),
            ("INT_TIMERS_CLEAR_ENA", 1 << 29, .pcie), ("PBA_CLR", 1 << 31, .pcie),
        ]
    }
}

/// MDI Control: one access to a register of the PHY (13.4.7).
public enum MDIC: ReadableRegister, WritableRegister {
    public static var offset: UInt32 { 0x0020 }
    public static var meaning: String { "MDI Control: one access to a register of the PHY" }
    public static var section: String { "13.4.7" }
    /// What is written or was read.
    public static var DATA_MASK: UInt32 { 0xffff }
    /// Register of the PHY.
    public static var REGADD_SHIFT: UInt32 { 16 }
    /// The bits of the register's number.
    public static var REGADD_MASK: UInt32 { 0x1f << 16 }
    /// Address of the PHY: 1 inside these cards.
    public static var PHYADD_SHIFT: UInt32 { 21 }
    /// The bits of the PHY's address.
    public static var PHYADD_MASK: UInt32 { 0x1f << 21 }
    /// Operation: a write.
    public static var OP_WRITE: UInt32 { 1 << 26 }
    /// Operation: a read.
    public static var OP_READ: UInt32 { 2 << 26 }
    /// Ready: the access has ended.
    public static var R: UInt32 { 1 << 28 }
    /// An interrupt (ICR.MDAC) at its end.
    public static var I: UInt32 { 1 << 29 }
    /// Error: the PHY did not answer.
    public static var E: UInt32 { 1 << 30 }
    public static var fields: KeyValuePairs<String, UInt32> {
        [
            "DATA": DATA_MASK, "REGADD": REGADD_MASK, "PHYADD": PHYADD_MASK, "OP_WRITE": OP_WRITE, "OP_READ": OP_READ, "R": R,
            "I": I, "E": E
        ]
    }
}

/// Flow Control Address Low (13.4.8).
public enum FCAL: ReadableRegister, WritableRegister {
    public static var offset: UInt32 { 0x0028 }
    public static var meaning: String { "Flow Control Address Low" }
    public static var section: String { "13.4.8" }
}

/// Flow Control Address High (13.4.9).
public enum FCAH: ReadableRegister, WritableRegister {
    public static var offset: UInt32 { 0x002c }
    public static var meaning: String { "Flow Control Address High" }
    public static var section: String { "13.4.9" }
}

/// Flow Control Type (13.4.10).
public enum FCT: ReadableRegister, WritableRegister {
    public static var offset: UInt32 { 0x0030 }
    public static var meaning: String { "Flow Control Type" }
    public static var section: String { "13.4.10" }
}

/// VLAN Ether Type (13.4.11).
public enum VET: ReadableRegister, WritableRegister {
    public static var offset: UInt32 { 0x0038 }
    public static var meaning: String { "VLAN Ether Type" }
    public static var section: String { "13.4.11" }
}

/// Flow Control Transmit Timer Value, in units of 512 bit times (13.4.12).
public enum FCTTV: ReadableRegister, WritableRegister {
    public static var offset: UInt32 { 0x0170 }
    public static var meaning: String { "Flow Control Transmit Timer Value, in units of 512 bit times" }
    public static var section: String { "13.4.12" }
}

/// Transmit Configuration Word (fibre only) (13.4.13).
public enum TXCW: ReadableRegister, WritableRegister {
    public static var offset: UInt32 { 0x0178 }
    public static var meaning: String { "Transmit Configuration Word (fibre only)" }
    public static var section: String { "13.4.13" }
    public static var cards: CardGroup { .pci }
}

/// Receive Configuration Word (fibre only) (13.4.14).
public enum RXCW: ReadableRegister {
    public static var offset: UInt32 { 0x0180 }
    public static var meaning: String { "Receive Configuration Word (fibre only)" }
    public static var section: String { "13.4.14" }
    public static var cards: CardGroup { .pci }
}

/// LED Control: lights of 8 bits each (13.4.15): four, on the 82574L three. The 82544GC has none.
public enum LEDCTL: ReadableRegister, WritableRegister {
    public static var offset: UInt32 { 0x0e00 }
    public static var meaning: String { "LED Control: lights of 8 bits each" }
    public static var section: String { "13.4.15" }
    public static var fields: KeyValuePairs<String, UInt32> {
        [
            "LED0_MODE": 0xf, "LED0_IVRT": LED0_IVRT, "LED0_BLINK": 1 << 7, "LED1_MODE": 0xf << 8, "LED1_IVRT": 1 << 14,
            "LED1_BLINK": 1 << 15, "LED2_MODE": 0xf << 16, "LED2_IVRT": 1 << 22, "LED2_BLINK": 1 << 23,
        ]
    }
    public static var particularFields: [(name: String, mask: UInt32, cards: CardGroup)] {
        [
            ("LED3_MODE", 0xf << 24, .newerPCI), ("LED3_IVRT", 1 << 30, .newerPCI), ("LED3_BLINK", 1 << 31, .newerPCI),
        ]
    }
    public static var cards: CardGroup { .not82544 }
    /// The first light is inverted.
    public static var LED0_IVRT: UInt32 { 1 << 6 }
    /// Mode of a light: lit.
    public static var MODE_ON: UInt32 { 0b1110 }
    /// Mode of a light: dark.
    public static var MODE_OFF: UInt32 { 0b1111 }
}

/// Packet Buffer Allocation, in KiB (13.4.16).
public enum PBA: ReadableRegister, WritableRegister {
    public static var offset: UInt32 { 0x1000 }
    public static var meaning: String { "Packet Buffer Allocation, in KiB" }
    public static var section: String { "13.4.16" }
    public static var fields: KeyValuePairs<String, UInt32> { ["RXA": 0xffff, "TXA": 0xffff << 16] }
}
