/// The card's statistics registers (13.7; 82574L datasheet, 10.2.7): each is 32 bits and cleared by a read; four are
/// pairs of 64 bits.
public enum Counter: CaseIterable, Sendable, Hashable {
    /// Named as in the manual; `meaning` has what each counts.
    case CRCERRS, ALGNERRC, SYMERRS, RXERRC, MPC, SCC, ECOL, MCC, LATECOL, COLC, DC, TNCRS, SEC, CEXTERR, RLEC, XONRXC,
        XONTXC, XOFFRXC, XOFFTXC, FCRUC, PRC64, PRC127, PRC255, PRC511, PRC1023, PRC1522, GPRC, BPRC, MPRC, GPTC, GORC, GOTC,
        RNBC, RUC, RFC, ROC, RJC, MGTPRC, MGTPDC, MGTPTC, TOR, TOT, TPR, TPT, PTC64, PTC127, PTC255, PTC511, PTC1023,
        PTC1522, MPTC, BPTC, TSCTC, TSCTFC, IAC, ICRXPTC, ICRXATC, ICTXPTC, ICTXATC, ICTXQEC, ICTXQMTC, ICRXDMTC, ICRXOC

    /// The manual's section: it has them in this order.
    public var section: String { cards == .pcie ? "82574L 10.2.7" : "13.7.\(position + 1)" }
    /// Bytes into BAR0; of the low half of a pair.
    public var offset: UInt32 { row.offset }
    /// What it counts.
    public var meaning: String { row.meaning }
    /// A pair of registers, low half first.
    public var isWide: Bool { self == .GORC || self == .GOTC || self == .TOR || self == .TOT }
    /// The cards that have it.
    public var cards: CardGroup {
        switch self {
        case .MGTPRC, .MGTPDC, .MGTPTC: .not82544
        default: offset >= Self.IAC.offset ? .pcie : .all
        }
    }

    private var row: (offset: UInt32, meaning: String) {
        switch self {
        case .CRCERRS: (0x4000, "frames received with a wrong check sequence")
        case .ALGNERRC: (0x4004, "frames received that are no whole number of bytes (10 and 100 Mb/s)")
        case .SYMERRS: (0x4008, "symbol errors (fibre only)")
        case .RXERRC: (0x400c, "frames with a receive error from the PHY")
        case .MPC: (0x4010, "frames lost because the card's receive FIFO was full")
        case .SCC: (0x4014, "frames sent after one collision")
        case .ECOL: (0x4018, "frames given up after 16 collisions")
        case .MCC: (0x401c, "frames sent after 2 to 15 collisions")
        case .LATECOL: (0x4020, "collisions after the first 64 bytes, at 1000 Mb/s 512")
        case .COLC: (0x4028, "collisions, but for late ones")
        case .DC: (0x4030, "times that sending was deferred")
        case .TNCRS: (0x4034, "frames sent without carrier sense")
        case .SEC: (0x4038, "sequence errors (fibre only)")
        case .CEXTERR: (0x403c, "frames received with carrier extension errors")
        case .RLEC: (0x4040, "frames shorter than 64 bytes or longer than the maximum")
        case .XONRXC: (0x4048, "XON frames received")
        case .XONTXC: (0x404c, "XON frames sent")
        case .XOFFRXC: (0x4050, "XOFF frames received")
        case .XOFFTXC: (0x4054, "XOFF frames sent")
        case .FCRUC: (0x4058, "flow control frames received of an unsupported kind")
        case .PRC64: (0x405c, "good frames received of 64 bytes, with CRC")
        case .PRC127: (0x4060, "good frames received of 65 to 127 bytes")
        case .PRC255: (0x4064, "good frames received of 128 to 255 bytes")
        case .PRC511: (0x4068, "good frames received of 256 to 511 bytes")
        case .PRC1023: (0x406c, "good frames received of 512 to 1023 bytes")
        case .PRC1522: (0x4070, "good frames received of 1024 bytes to the maximum")
        case .GPRC: (0x4074, "good frames received")
        case .BPRC: (0x4078, "broadcast frames received")
        case .MPRC: (0x407c, "multicast frames received")
        case .GPTC: (0x4080, "good frames sent")
        case .GORC: (0x4088, "bytes of good frames received, with CRC")
        case .GOTC: (0x4090, "bytes of good frames sent, with CRC")
        case .RNBC: (0x40a0, "frames that found no free receive descriptor")
        case .RUC: (0x40a4, "frames shorter than 64 bytes with a good CRC")
        case .RFC: (0x40a8, "frames shorter than 64 bytes with a bad CRC")
        case .ROC: (0x40ac, "frames longer than the maximum with a good CRC")
        case .RJC: (0x40b0, "frames longer than the maximum with a bad CRC")
        case .MGTPRC: (0x40b4, "management frames received")
        case .MGTPDC: (0x40b8, "management frames dropped")
        case .MGTPTC: (0x40bc, "management frames sent")
        case .TOR: (0x40c0, "bytes of all frames received, good or not")
        case .TOT: (0x40c8, "bytes of all frames sent, good or not")
        case .TPR: (0x40d0, "frames received, good or not")
        case .TPT: (0x40d4, "frames sent, good or not")
        case .PTC64: (0x40d8, "frames sent of 64 bytes, with CRC")
        case .PTC127: (0x40dc, "frames sent of 65 to 127 bytes")
        case .PTC255: (0x40e0, "frames sent of 128 to 255 bytes")
        case .PTC511: (0x40e4, "frames sent of 256 to 511 bytes")
        case .PTC1023: (0x40e8, "frames sent of 512 to 1023 bytes")
        case .PTC1522: (0x40ec, "frames sent of 1024 bytes to the maximum")
        case .MPTC: (0x40f0, "multicast frames sent")
        case .BPTC: (0x40f4, "broadcast frames sent")
        case .TSCTC: (0x40f8, "TCP segmentation contexts sent")
        case .TSCTFC: (0x40fc, "TCP segmentation contexts that failed")
        case .IAC: (0x4100, "interrupts asserted")
        case .ICRXPTC: (0x4104, "interrupts from the receive packet timer")
        case .ICRXATC: (0x4108, "interrupts from the receive absolute timer")
        case .ICTXPTC: (0x410c, "interrupts from the transmit packet timer")
        case .ICTXATC: (0x4110, "interrupts from the transmit absolute timer")
        case .ICTXQEC: (0x4118, "interrupts because the transmit queue was empty")
        case .ICTXQMTC: (0x411c, "interrupts because few transmit descriptors were left")
        case .ICRXDMTC: (0x4120, "interrupts because few receive descriptors were left")
        case .ICRXOC: (0x4124, "interrupts because of a receiver overrun")
        }
    }
}
