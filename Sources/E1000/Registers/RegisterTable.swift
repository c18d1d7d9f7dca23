/// Every register that the manual lists, as data: what `e1000-uio regs` prints. The types are the table; this only names them.
public struct RegisterEntry: Sendable {
    public let name: String
    /// Bytes into BAR0; of the first, where there are several.
    public let offset: UInt32
    /// The manual's title of it, and units.
    public let meaning: String
    /// The manual's section.
    public let section: String
    public let isReadable: Bool
    public let isWritable: Bool
    /// A read changes something: never done unasked.
    public let readHasEffect: Bool
    /// How many there are, and the bytes from one to the next.
    public let count: UInt32
    public let stride: UInt32
    /// The only family that has it; `nil`: both.
    public let family: CardModel.Family?
    /// Bits and bit fields by name; each mask is all ones where the field is.
    public let fields: [(name: String, mask: UInt32)]

    init(_ register: any Register.Type) {
        name = register.name
        offset = register.offset
        meaning = register.meaning
        section = register.section
        isReadable = register is any ReadableRegister.Type
        isWritable = register is any WritableRegister.Type
        readHasEffect = register.readHasEffect
        count = register.count
        stride = register.stride
        family = register.family
        fields = register.fields.map { (name: $0.key, mask: $0.value) }
    }

    init(_ counter: Counter) {
        name = "\(counter)"
        offset = counter.offset
        meaning = counter.meaning
        section = counter.section
        (isReadable, isWritable, readHasEffect) = (true, false, true)
        count = counter.isWide ? 2 : 1
        stride = 4
        family = counter.family
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
            TCTL.self, TIPG.self, AIFS.self, TDBAL.self, TDBAH.self, TDLEN.self, TDH.self, TDT.self, TIDV.self, TXDMAC.self,
            TXDCTL.self, TADV.self, TSPMT.self,
            MTA.self, RAL.self, RAH.self, VFTA.self,
            WUC.self, WUFC.self, WUS.self, MANC.self, IPAV.self, IP4AT.self, IP6AT.self, WUPL.self, WUPM.self, FFLT.self,
            FFMT.self, FFVT.self,
            RDFH.self, RDFT.self, RDFHS.self, RDFTS.self, RDFPC.self, TDFH.self, TDFT.self, TDFHS.self, TDFTS.self, TDFPC.self,
            EITR.self, IAM.self, IVAR.self, TARC0.self, RFCTL.self, MRQC.self, GCR.self, SWSM.self, FWSM.self,
        ]
    }

    /// All of them, the statistics counters too.
    public static let all: [RegisterEntry] = types.map { RegisterEntry($0) } + Counter.allCases.map { RegisterEntry($0) }

    /// Those that a model has.
    public static func entries(of model: CardModel) -> [RegisterEntry] {
        all.filter { $0.family == nil || $0.family == model.family }
    }
}
