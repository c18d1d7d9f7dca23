/// A register of the card by its byte offset into BAR0, named as in chapter 13 of the manual (table 13-2).
///
/// Written down a second time here, independent of the driver's table: a wrong offset in one of them shows as a failing test.
public enum ModelRegister: UInt32, CaseIterable, Sendable {
    /// General: control, status, EEPROM, flash, PHY (13.4.1–13.4.7).
    case CTRL = 0x0000, STATUS = 0x0008, EECD = 0x0010, EERD = 0x0014, CTRL_EXT = 0x0018, FLA = 0x001c, MDIC = 0x0020
    /// Which frames are pause frames, and which are tagged (13.4.8–13.4.11).
    case FCAL = 0x0028, FCAH = 0x002c, FCT = 0x0030, VET = 0x0038
    /// Interrupts (13.4.17–13.4.21).
    case ICR = 0x00c0, ITR = 0x00c4, ICS = 0x00c8, IMS = 0x00d0, IMC = 0x00d8
    /// Receive and transmit control, and what concerns a fibre's link, pauses and gaps (13.4.12–13.4.14, 13.4.22, 13.4.33–13.4.35).
    case RCTL = 0x0100, FCTTV = 0x0170, TXCW = 0x0178, RXCW = 0x0180, TCTL = 0x0400, TIPG = 0x0410, AIT = 0x0458
    /// Lights, packet memory, and its thresholds for pause frames (13.4.15, 13.4.16, 13.4.23, 13.4.24).
    case LEDCTL = 0x0e00, PBA = 0x1000, FCRTL = 0x2160, FCRTH = 0x2168
    /// The receive ring (13.4.25–13.4.29).
    case RDBAL = 0x2800, RDBAH = 0x2804, RDLEN = 0x2808, RDH = 0x2810, RDT = 0x2818
    /// Receive moderation, thresholds and small packets (13.4.30–13.4.32, 13.4.46).
    case RDTR = 0x2820, RXDCTL = 0x2828, RADV = 0x282c, RSRPD = 0x2c00
    /// Transmit DMA control (13.4.42).
    case TXDMAC = 0x3000
    /// The transmit ring (13.4.36–13.4.40).
    case TDBAL = 0x3800, TDBAH = 0x3804, TDLEN = 0x3808, TDH = 0x3810, TDT = 0x3818
    /// Transmit moderation, thresholds and segmentation (13.4.41, 13.4.43–13.4.45).
    case TIDV = 0x3820, TXDCTL = 0x3828, TADV = 0x382c, TSPMT = 0x3830
    /// Receive checksums (13.4.47).
    case RXCSUM = 0x5000

    /// 82574L only: interrupts, arbitration, packet memory, EEPROM writes.
    case EIAC = 0x00dc, IAM = 0x00e0, IVAR = 0x00e4, EXTCNF_CTRL = 0x0f00, POEMB = 0x0f10, PBS = 0x1008, EEWR = 0x102c
    /// 82574L only: split headers, acknowledgements, arbitration, filters, queues, management.
    case PSRCTL = 0x2170, RAID = 0x2c08, TARC0 = 0x3840, TARC1 = 0x3940, RFCTL = 0x5008, MRQC = 0x5818, MANC2H = 0x5860
    /// 82574L only: the bus, power, semaphores with the firmware, pause frames.
    case GCR = 0x5b00, FACTPS = 0x5b30, SWSM = 0x5b50, FWSM = 0x5b54, GCR2 = 0x5b64, FCRTV = 0x5f40
    /// 82574L only: counters of interrupts by their cause.
    case IAC = 0x4100, ICRXPTC = 0x4104, ICRXATC = 0x4108, ICTXPTC = 0x410c, ICTXATC = 0x4110, ICTXQEC = 0x4118
    /// 82574L only: the other counters of interrupts.
    case ICTXQMTC = 0x411c, ICRXDMTC = 0x4120, ICRXOC = 0x4124

    /// Diagnostics of the receive FIFO (13.8.1–13.8.5).
    case RDFH = 0x2410, RDFT = 0x2418, RDFHS = 0x2420, RDFTS = 0x2428, RDFPC = 0x2430
    /// Diagnostics of the transmit FIFO (13.8.6–13.8.10).
    case TDFH = 0x3410, TDFT = 0x3418, TDFHS = 0x3420, TDFTS = 0x3428, TDFPC = 0x3430

    /// Length of the packet that woke the machine (13.6.7).
    case WUPL = 0x5900
    /// Wake-up and management (13.6).
    case WUC = 0x5800, WUFC = 0x5808, WUS = 0x5810, IPAV = 0x5838, MANC = 0x5820

    /// Statistics (13.7): receive errors, losses, collisions.
    case CRCERRS = 0x4000, ALGNERRC = 0x4004, SYMERRS = 0x4008, RXERRC = 0x400c, MPC = 0x4010, SCC = 0x4014, ECOL = 0x4018
    /// Statistics: collisions, deferrals, carrier.
    case MCC = 0x401c, LATECOL = 0x4020, COLC = 0x4028, DC = 0x4030, TNCRS = 0x4034, SEC = 0x4038, CEXTERR = 0x403c
    /// Statistics: lengths that cannot be, and pause frames.
    case RLEC = 0x4040, XONRXC = 0x4048, XONTXC = 0x404c, XOFFRXC = 0x4050, XOFFTXC = 0x4054, FCRUC = 0x4058
    /// Statistics: received frames by length.
    case PRC64 = 0x405c, PRC127 = 0x4060, PRC255 = 0x4064, PRC511 = 0x4068, PRC1023 = 0x406c, PRC1522 = 0x4070
    /// Statistics: good, broadcast and multicast frames.
    case GPRC = 0x4074, BPRC = 0x4078, MPRC = 0x407c, GPTC = 0x4080
    /// Statistics: bytes of good frames.
    case GORCL = 0x4088, GORCH = 0x408c, GOTCL = 0x4090, GOTCH = 0x4094
    /// Statistics: no buffer, wrong lengths, management.
    case RNBC = 0x40a0, RUC = 0x40a4, RFC = 0x40a8, ROC = 0x40ac, RJC = 0x40b0, MGTPRC = 0x40b4, MGTPDC = 0x40b8
    /// Statistics: management frames sent, all bytes, all frames.
    case MGTPTC = 0x40bc, TORL = 0x40c0, TORH = 0x40c4, TOTL = 0x40c8, TOTH = 0x40cc, TPR = 0x40d0, TPT = 0x40d4
    /// Statistics: sent frames by length.
    case PTC64 = 0x40d8, PTC127 = 0x40dc, PTC255 = 0x40e0, PTC511 = 0x40e4, PTC1023 = 0x40e8, PTC1522 = 0x40ec
    /// Statistics: multicast and broadcast frames sent, segmentation.
    case MPTC = 0x40f0, BPTC = 0x40f4, TSCTC = 0x40f8, TSCTFC = 0x40fc
}

/// Arrays of registers: base, words (13.5).
enum RegisterArray {
    static let MTA: (base: UInt32, count: UInt32) = (0x5200, 128)
    static let RAR: (base: UInt32, count: UInt32) = (0x5400, 32)
    static let VFTA: (base: UInt32, count: UInt32) = (0x5600, 128)
    static let WUPM: (base: UInt32, count: UInt32) = (0x5a00, 32)
    /// Wake-up (13.6): base, count, stride in bytes.
    static let others: [(base: UInt32, count: UInt32, stride: UInt32)] = [
        (0x5840, 4, 8), (0x5880, 4, 4), (0x5f00, 4, 8), (0x9000, 128, 8), (0x9800, 128, 8),
    ]
    /// Of the 82574L: EITR; decision filters; redirection and key; a second receive and transmit queue; time stamps; and what it
    /// stores without doing anything.
    static let pcie: [(base: UInt32, count: UInt32, stride: UInt32)] = [
        (0x00e8, 5, 4), (0x5890, 8, 4), (0x5c00, 32, 4), (0x5c80, 10, 4), (0x2900, 3, 4), (0x2910, 2, 8), (0x2928, 1, 4), (0x3900, 3, 4),
        (0x3910, 2, 8), (0x3928, 1, 4), (0xb600, 3, 4), (0xb614, 6, 4), (0xb634, 2, 4),
    ]
}

/// How a register answers (13.2, table 13-1).
enum RegisterAccess: Sendable {
    case readWrite
    /// A write changes nothing.
    case readOnly
    /// Reads zero.
    case writeOnly
    /// A counter: a read clears it; a write changes nothing.
    case clearOnRead
    /// The low half of a 64-bit counter: it clears with its high half.
    case clearWithHigh
}

/// What the manual says of one register.
struct RegisterDefinition: Sendable {
    let access: RegisterAccess
    /// Bits that a write reaches; the others are reserved, or the card's own.
    let writable: UInt32
    /// Value after reset; `nil`: the manual gives none (X), so that a driver has to write it.
    let reset: UInt32?
    /// CTRL.RST leaves it alone.
    var survivesReset = false
    /// The PCI cards have nothing there.
    var isPCIeOnly = false
}

extension RegisterDefinition {
    /// The definitions by word offset; `nil`: nothing is there.
    static let table: [RegisterDefinition?] = {
        var table = [RegisterDefinition?](repeating: nil, count: ModelCard.registerWords)
        for register in ModelRegister.allCases { table[Int(register.rawValue >> 2)] = definition(of: register) }
        for array in [RegisterArray.MTA, RegisterArray.VFTA, RegisterArray.WUPM] {
            for index in 0..<array.count {
                table[Int(array.base >> 2 + index)] = RegisterDefinition(
                    access: .readWrite, writable: .max, reset: nil, survivesReset: true)
            }
        }
        for (arrays, isPCIeOnly) in [(RegisterArray.others, false), (RegisterArray.pcie, true)] {
            for array in arrays {
                for index in 0..<array.count {
                    table[Int((array.base + index * array.stride) >> 2)] = RegisterDefinition(
                        access: .readWrite, writable: .max, reset: 0, isPCIeOnly: isPCIeOnly)
                }
            }
        }
        for index in 0..<RegisterArray.RAR.count {
            // High words: AV, AS, 16 bits of the address. The card clears AV of all but the first entry, and nothing else (13.5.3).
            let isHigh = index % 2 == 1
            table[Int(RegisterArray.RAR.base >> 2 + index)] = RegisterDefinition(
                access: .readWrite, writable: isHigh ? 0x8003_ffff : .max, reset: isHigh ? ModelCard.unspecified & 0x0003_ffff : nil)
        }
        return table
    }()

    private static func definition(of register: ModelRegister) -> RegisterDefinition {
        switch register {
        case .CTRL: readWrite(0x79fc_1fed | 1 << 26 | 1 << 31, reset: 0x0000_0201)
        case .EIAC, .IAM, .IVAR, .EXTCNF_CTRL, .POEMB, .PBS, .EEWR, .PSRCTL, .RAID, .TARC0, .TARC1, .RFCTL, .MRQC, .MANC2H, .GCR, .FACTPS,
            .SWSM, .FWSM, .GCR2, .FCRTV:
            RegisterDefinition(access: .readWrite, writable: .max, reset: 0, isPCIeOnly: true)
        case .IAC, .ICRXPTC, .ICRXATC, .ICTXPTC, .ICTXATC, .ICTXQEC, .ICTXQMTC, .ICRXDMTC, .ICRXOC:
            RegisterDefinition(access: .clearOnRead, writable: 0, reset: 0, isPCIeOnly: true)
        case .STATUS, .RXCW: RegisterDefinition(access: .readOnly, writable: 0, reset: 0)
        case .EECD: readWrite(0x0000_0077, reset: 0x0000_0110)
        case .EERD: readWrite(0x0000_fffd)
        case .MDIC: readWrite(0x2fff_ffff)
        case .FCTTV, .VET: readWrite(0xffff, reset: nil)
        case .FCAH, .FCT, .AIT, .RDH, .RDT, .TDH, .TDT, .TIDV, .TADV, .RADV: readWrite(0xffff)
        case .ICR: readWrite(0x0001_ffff)
        case .ITR: readWrite(0xffff)
        case .ICS, .IMC: RegisterDefinition(access: .writeOnly, writable: 0x0001_ffff, reset: 0)
        case .IMS: readWrite(0x0001_ffff)
        case .RCTL: readWrite(0x06df_b3fe)
        // Bit 28: the 82574L's.
        case .TCTL: readWrite(0x137f_fffa)
        case .TIPG: readWrite(0x3fff_ffff, reset: nil)
        case .LEDCTL: readWrite(0xcfcf_cfcf, reset: 0x0706_8302)
        // Receive 48 KB, transmit the other 16 KB (13.4.16); seven bits are software's, and only power-up resets them.
        case .PBA: RegisterDefinition(access: .readWrite, writable: 0x7f, reset: 0x0010_0030, survivesReset: true)
        case .RDBAL, .TDBAL: readWrite(0xffff_fff0, reset: nil)
        case .RDBAH, .TDBAH, .FCAL: readWrite(.max, reset: nil)
        case .RDLEN, .TDLEN: readWrite(0x000f_ff80)
        case .RDTR: readWrite(0x8000_ffff)
        case .FCRTL, .FCRTH: readWrite(0x8000_fff8)
        case .RXDCTL: readWrite(0x013f_3f3f)
        // Bit 22: the 82574L's.
        case .TXDCTL: readWrite(0xff7f_3f3f)
        case .RDFH, .RDFT, .RDFHS, .RDFTS, .RDFPC, .TDFH, .TDFT, .TDFHS, .TDFTS, .TDFPC: readWrite(0x1fff)
        // No reset but that of power clears them (14.7).
        case .WUS: RegisterDefinition(access: .readWrite, writable: .max, reset: 0, survivesReset: true)
        case .WUPL: RegisterDefinition(access: .readWrite, writable: 0xfff, reset: nil, survivesReset: true)
        case .RSRPD: readWrite(0xfff)
        case .RXCSUM: readWrite(0x0000_07ff)
        case .GORCL, .GOTCL, .TORL, .TOTL: RegisterDefinition(access: .clearWithHigh, writable: 0, reset: 0)
        case let counter where counter.rawValue & 0xff00 == 0x4000:
            RegisterDefinition(access: .clearOnRead, writable: 0, reset: 0)
        default: readWrite(.max)
        }
    }

    private static func readWrite(_ writable: UInt32, reset: UInt32? = 0) -> RegisterDefinition {
        RegisterDefinition(access: .readWrite, writable: writable, reset: reset)
    }
}
