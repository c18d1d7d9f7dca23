/// Every register that the manual lists, as data: what `e1000-uio regs` prints. The types are the table; this only names them.
public struct RegisterEntry: Sendable {
    /// The manual's name of it.
    public let name: String
    /// Bytes into BAR0; of the first, where there are several.
    public let offset: UInt32
    /// The manual's title of it, and units.
    public let meaning: String
    /// The manual's section.
    public let section: String
    /// A read tells something.
    public let isReadable: Bool
    /// A write does something.
    public let isWritable: Bool
    /// A read changes something: never done unasked.
    public let readHasEffect: Bool
    /// How many there are, one after the other.
    public let count: UInt32
    /// Bytes from one to the next.
    public let stride: UInt32
    /// Bits and bit fields by name; each mask is all ones where the field is.
    public let fields: [(name: String, mask: UInt32)]

    /// - Parameter model: whose bits these are.
    init(_ register: any Register.Type, of model: CardModel) {
        name = register.name
        offset = register.offset
        meaning = register.meaning
        section = register.section
        isReadable = register is any ReadableRegister.Type
        isWritable = register is any WritableRegister.Type
        readHasEffect = register.readHasEffect
        count = register.count
        stride = register.stride
        fields = register.fields.map { (name: $0.key, mask: $0.value) }
            + register.particularFields.filter { $0.cards.contains(model) }.map { (name: $0.name, mask: $0.mask) }
    }

    init(_ counter: Counter) {
        name = "\(counter)"
        offset = counter.offset
        meaning = counter.meaning
        section = counter.section
        (isReadable, isWritable, readHasEffect) = (true, false, true)
        count = counter.isWide ? 2 : 1
        stride = 4
        fields = []
    }

    /// The fields of a value, with their bits moved down to 0.
    public func decode(_ value: UInt32) -> [(name: String, value: UInt32)] {
        fields.map { ($0.name, (value & $0.mask) >> UInt32($0.mask.trailingZeroBitCount)) }
    }
}

/// The register table.
public enum RegisterTable {
    /// In the manual's order.
    static var types: [any Register.Type] {
        [
            CTRL.self, STATUS.self, EECD.self, EERD.self, FLA.self, CTRL_EXT.self, MDIC.self, FCAL.self, FCAH.self, FCT.self,
            VET.self, FCTTV.self, TXCW.self, RXCW.self, LEDCTL.self, PBA.self,
            ICR.self, ITR.self, ICS.self, IMS.self, IMC.self,
            RCTL.self, FCRTL.self, FCRTH.self, RDBAL.self, RDBAH.self, RDLEN.self, RDH.self, RDT.self, RDTR.self, RXDCTL.self,
            RADV.self, RSRPD.self, RXCSUM.self,
            TCTL.self, TIPG.self, AIT.self, TDBAL.self, TDBAH.self, TDLEN.self, TDH.self, TDT.self, TIDV.self, TXDMAC.self,
            TXDCTL.self, TADV.self, TSPMT.self,
            MTA.self, RAL.self, RAH.self, VFTA.self,
            WUC.self, WUFC.self, WUS.self, MANC.self, IPAV.self, IP4AT.self, IP6AT.self, WUPL.self, WUPM.self, FFLT.self,
            FFMT.self, FFVT.self,
            RDFH.self, RDFT.self, RDFHS.self, RDFTS.self, RDFPC.self, TDFH.self, TDFT.self, TDFHS.self, TDFTS.self, TDFPC.self,
            EITR.self, IAM.self, EIAC.self, IVAR.self, EXTCNF_CTRL.self, POEMB.self, PBS.self, EEWR.self, PSRCTL.self, RAID.self,
            TARC0.self, RFCTL.self, MRQC.self, MANC2H.self, MDEF.self, GCR.self, GCR2.self, FACTPS.self, SWSM.self, FWSM.self, FCRTV.self,
            RDBAL1.self, RDBAH1.self, RDLEN1.self, RDH1.self, RDT1.self, RXDCTL1.self,
            TDBAL1.self, TDBAH1.self, TDLEN1.self, TDH1.self, TDT1.self, TXDCTL1.self, TARC1.self, RETA.self, RSSRK.self,
            SYSTIML.self, SYSTIMH.self, TIMINCA.self, TSYNCTXCTL.self, TXSTMPL.self, TXSTMPH.self, TSYNCRXCTL.self, RXSTMPL.self,
            RXSTMPH.self, RXMTRL.self, RXUDP.self,
        ]
    }

    /// Those that a model has, the statistics counters too, with the bits that they have on it.
    public static func entries(of model: CardModel) -> [RegisterEntry] {
        types.filter { $0.cards.contains(model) }.map { RegisterEntry($0, of: model) }
            + Counter.allCases.filter { $0.cards.contains(model) }.map { RegisterEntry($0) }
    }

    /// The names of all of them, on whatever card.
    public static var names: Set<String> { Set(types.map { $0.name } + Counter.allCases.map { "\($0)" }) }

    /// Whether a read of the register of this name changes something.
    public static func readHasEffect(_ name: String) -> Bool {
        types.contains { $0.name == name && $0.readHasEffect } || Counter.allCases.contains { "\($0)" == name }
    }
}
