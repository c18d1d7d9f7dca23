// The bits that the model acts upon, by register; sections of the manual.

/// Device Control (13.4.1).
enum CTRLBits {
    static let FD: UInt32 = 1 << 0
    /// 82574L: no new bus requests.
    static let GIO_MASTER_DISABLE: UInt32 = 1 << 2
    static let SLU: UInt32 = 1 << 6
    static let SPEED: UInt32 = 0b11 << 8
    static let FRCSPD: UInt32 = 1 << 11
    static let FRCDPLX: UInt32 = 1 << 12
    static let RST: UInt32 = 1 << 26
    static let RFCE: UInt32 = 1 << 27
    static let TFCE: UInt32 = 1 << 28
    static let VME: UInt32 = 1 << 30
    static let PHY_RST: UInt32 = 1 << 31
}

/// Device Status (13.4.2).
enum STATUSBits {
    static let FD: UInt32 = 1 << 0
    static let LU: UInt32 = 1 << 1
    static let TXOFF: UInt32 = 1 << 4
    /// 82574L: bus requests may be under way.
    static let GIO_MASTER_ENABLE: UInt32 = 1 << 19
    static let SPEED_SHIFT: UInt32 = 6
}

/// EEPROM Read (13.4.4).
enum EERDBits {
    static let START: UInt32 = 1 << 0
}

/// MDI Control (13.4.7).
enum MDICBits {
    static let WRITE: UInt32 = 0b01
    static let READ: UInt32 = 0b10
    static let R: UInt32 = 1 << 28
    static let I: UInt32 = 1 << 29
    static let E: UInt32 = 1 << 30
}

/// Interrupt causes (13.4.17).
public enum ModelCause {
    /// A transmit descriptor was written back.
    public static let TXDW: UInt32 = 1 << 0
    /// The transmit ring has become empty.
    public static let TXQE: UInt32 = 1 << 1
    /// The link has gone up or down.
    public static let LSC: UInt32 = 1 << 2
    /// Receive descriptors run low: only as many are left as RCTL.RDMTS says.
    public static let RXDMT0: UInt32 = 1 << 4
    /// A frame was lost: the packet memory was full.
    public static let RXO: UInt32 = 1 << 6
    /// A frame was received, and the delays have passed.
    public static let RXT0: UInt32 = 1 << 7
    /// An access to the PHY has ended.
    public static let MDAC: UInt32 = 1 << 9
    /// A small packet was received (RSRPD).
    public static let SRPD: UInt32 = 1 << 16
}

/// Receive Control (13.4.22).
enum RCTLBits {
    static let EN: UInt32 = 1 << 1
    static let SBP: UInt32 = 1 << 2
    static let UPE: UInt32 = 1 << 3
    static let MPE: UInt32 = 1 << 4
    static let LPE: UInt32 = 1 << 5
    static let LBM_SHIFT: UInt32 = 6
    static let RDMTS_SHIFT: UInt32 = 8
    static let MO_SHIFT: UInt32 = 12
    static let BAM: UInt32 = 1 << 15
    static let BSIZE_SHIFT: UInt32 = 16
    static let VFE: UInt32 = 1 << 18
    static let CFIEN: UInt32 = 1 << 19
    static let CFI: UInt32 = 1 << 20
    static let DPF: UInt32 = 1 << 22
    static let PMCF: UInt32 = 1 << 23
    static let BSEX: UInt32 = 1 << 25
    static let SECRC: UInt32 = 1 << 26
}

/// Transmit Control (13.4.33).
enum TCTLBits {
    static let EN: UInt32 = 1 << 1
    static let PSP: UInt32 = 1 << 3
}

/// Flow Control Receive Thresholds, in bytes (13.4.23, 13.4.24).
enum FlowThresholdBits {
    static let THRESHOLD: UInt32 = 0x1fff << 3
    /// FCRTL: XON is sent.
    static let XONE: UInt32 = 1 << 31
}

/// Receive Checksum Control (13.4.47).
enum RXCSUMBits {
    static let PCSS: UInt32 = 0xff
    static let IPOFL: UInt32 = 1 << 8
    static let TUOFL: UInt32 = 1 << 9
    static let IPV6OFL: UInt32 = 1 << 10
}

/// 82574L: Receive Filter Control (its datasheet, 10.2.5).
enum RFCTLBits {
    static let IPV6_XSUM_DIS: UInt32 = 1 << 11
}

/// Receive descriptor, second word (3.2.3): length 15:0, checksum 31:16, status 39:32, errors 47:40, special 63:48.
enum ReceiveStatus {
    static let DD: UInt8 = 1 << 0
    static let EOP: UInt8 = 1 << 1
    static let IXSM: UInt8 = 1 << 2
    static let VP: UInt8 = 1 << 3
    /// 82574L only.
    static let UDPCS: UInt8 = 1 << 4
    static let TCPCS: UInt8 = 1 << 5
    static let IPCS: UInt8 = 1 << 6
    static let PIF: UInt8 = 1 << 7
}

enum ReceiveErrors {
    static let CE: UInt8 = 1 << 0
    static let TCPE: UInt8 = 1 << 5
    static let IPE: UInt8 = 1 << 6
}

/// Transmit descriptor, second word (3.3.3, 3.3.6, 3.3.7).
enum TransmitBits {
    static let EOP: UInt64 = 1 << 24
    static let IFCS: UInt64 = 1 << 25
    /// Insert checksum (legacy), TCP segmentation (extended).
    static let IC_TSE: UInt64 = 1 << 26
    static let RS: UInt64 = 1 << 27
    static let DEXT: UInt64 = 1 << 29
    static let VLE: UInt64 = 1 << 30
    static let IDE: UInt64 = 1 << 31
    static let DD: UInt64 = 1 << 32
    /// Extended data descriptor, POPTS.
    static let IXSM: UInt64 = 1 << 40
    static let TXSM: UInt64 = 1 << 41
}
