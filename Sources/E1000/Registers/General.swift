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
    public static var SPEED_MASK: UInt32 { 0b11 << 8 }
    /// Force speed; 0: what the PHY negotiated.
    public static var FRCSPD: UInt32 { 1 << 11 }
    /// Force duplex.
    public static var FRCDPLX: UInt32 { 1 << 12 }
    /// Software definable pin 0: its level, and whether it is an output.
    public static var SWDPIN0_DATA: UInt32 { 1 << 18 }
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
    public static var fields: KeyValuePairs<String, UInt32> {
        [
            "FD": FD, "GIO_MASTER_DISABLE": GIO_MASTER_DISABLE, "LRST": LRST, "ASDE": ASDE, "SLU": SLU, "ILOS": ILOS, "SPEED": SPEED_MASK, "FRCSPD": FRCSPD,
            "FRCDPLX": FRCDPLX, "RST": RST, "RFCE": RFCE, "TFCE": TFCE, "VME": VME, "PHY_RST": PHY_RST, "SWDPIN0_DATA": SWDPIN0_DATA,
            "SWDPIN1_DATA": 1 << 19, "ADVD3WUC": 1 << 20, "EN_PHY_PWR_MGMT": 1 << 21, "SWDPIN0_IO": SWDPIN0_IO, "SWDPIN1_IO": 1 << 23
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
    /// Speed: 0 is 10, 1 is 100, 2 and 3 are 1000 Mb/s.
    public static var SPEED_SHIFT: UInt32 { 6 }
    public static var SPEED_MASK: UInt32 { 0b11 << 6 }
    /// Requests to the bus are under way or allowed (82574L).
    public static var GIO_MASTER_ENABLE: UInt32 { 1 << 19 }
    public static var fields: KeyValuePairs<String, UInt32> {
        [
            "FD": FD, "LU": LU, "SPEED": SPEED_MASK, "GIO_MASTER_ENABLE": GIO_MASTER_ENABLE, "FUNCTION_ID": 0x3 << 2,
            "TXOFF": 1 << 4, "TBIMODE": 1 << 5, "ASDV": 0x3 << 8, "PCI66": 1 << 11, "BUS64": 1 << 12, "PCIX_MODE": 1 << 13,
            "PCIXSPD": 0x3 << 14
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
            "SK": SK, "CS": CS, "DI": DI, "DO": DO, "EE_PRES": EE_PRES, "EE_SIZE": EE_SIZE, "FWE": 0x3 << 4, "EE_REQ": 1 << 6,
            "EE_GNT": 1 << 7
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
    public static var ADDR_SHIFT: UInt32 { 8 }
    public static var DATA_SHIFT: UInt32 { 16 }
    public static var fields: KeyValuePairs<String, UInt32> {
        [
            "START": START, "DONE": DONE, "ADDR": 0xff << 8, "DATA": 0xffff << 16
        ]
    }

    /// Where the 82574L has them (its datasheet, 10.2.2).
    public enum PCIe {
        /// DATA is valid.
        public static var DONE: UInt32 { 1 << 1 }
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
    public static var fields: KeyValuePairs<String, UInt32> {
        [
            "DRV_LOAD": DRV_LOAD, "GPI_EN": 0xf, "SDP6_DATA": 1 << 6, "SDP7_DATA": 1 << 7, "SDP6_IODIR": 1 << 10,
            "SDP7_IODIR": 1 << 11, "ASDCHK": 1 << 12, "EE_RST": 1 << 13, "SPD_BYPS": 1 << 15, "RO_DIS": 1 << 17,
            "LINK_MODE": 0x3 << 22
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
    public static var REGADD_MASK: UInt32 { 0x1f << 16 }
    /// Address of the PHY: 1 inside these cards.
    public static var PHYADD_SHIFT: UInt32 { 21 }
    public static var PHYADD_MASK: UInt32 { 0x1f << 21 }
    /// Operation.
    public static var OP_WRITE: UInt32 { 1 << 26 }
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
    public static var family: CardModel.Family? { .pci }
}

/// Receive Configuration Word (fibre only) (13.4.14).
public enum RXCW: ReadableRegister {
    public static var offset: UInt32 { 0x0180 }
    public static var meaning: String { "Receive Configuration Word (fibre only)" }
    public static var section: String { "13.4.14" }
    public static var family: CardModel.Family? { .pci }
}

/// LED Control: four lights of 8 bits each (13.4.15).
public enum LEDCTL: ReadableRegister, WritableRegister {
    public static var offset: UInt32 { 0x0e00 }
    public static var meaning: String { "LED Control: four lights of 8 bits each" }
    public static var section: String { "13.4.15" }
    public static var fields: KeyValuePairs<String, UInt32> {
        [
            "LED0_MODE": 0xf, "LED0_IVRT": 1 << 6, "LED0_BLINK": 1 << 7, "LED1_MODE": 0xf << 8, "LED1_IVRT": 1 << 14,
            "LED1_BLINK": 1 << 15, "LED2_MODE": 0xf << 16, "LED2_IVRT": 1 << 22, "LED2_BLINK": 1 << 23, "LED3_MODE": 0xf << 24,
            "LED3_IVRT": 1 << 30, "LED3_BLINK": 1 << 31
        ]
    }
    /// Modes of a light.
    public static var MODE_ON: UInt32 { 0b1110 }
    public static var MODE_OFF: UInt32 { 0b1111 }
}

/// Packet Buffer Allocation, in KiB (13.4.16).
public enum PBA: ReadableRegister, WritableRegister {
    public static var offset: UInt32 { 0x1000 }
    public static var meaning: String { "Packet Buffer Allocation, in KiB" }
    public static var section: String { "13.4.16" }
    public static var fields: KeyValuePairs<String, UInt32> { ["RXA": 0xffff, "TXA": 0xffff << 16] }
}
