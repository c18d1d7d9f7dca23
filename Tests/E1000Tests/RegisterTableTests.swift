@testable import E1000
import Testing

@Suite("Register table")
struct RegisterTableTests {
    @Test("no two registers of a model share an offset or a name, and all lie in BAR0", arguments: CardModel.all)
    func distinct(model: CardModel) {
        let entries = RegisterTable.entries(of: model)
        let offsets = entries.flatMap { entry in (0..<entry.count).map { entry.offset + $0 * entry.stride } }
        #expect(Set(offsets).count == offsets.count)
        #expect(Set(entries.map(\.name)).count == entries.count)
        #expect(offsets.allSatisfy { $0.isMultiple(of: 4) && $0 < 0x20000 })
        #expect(entries.allSatisfy { !$0.meaning.isEmpty && ($0.isReadable || $0.isWritable) })
    }

    @Test("a register's fields do not overlap and are each one run of bits")
    func fields() {
        for entry in RegisterTable.all {
            var seen: UInt32 = 0
            for field in entry.fields {
                #expect(field.mask & seen == 0, "\(entry.name).\(field.name)")
                seen |= field.mask
                let run = field.mask >> UInt32(field.mask.trailingZeroBitCount)
                #expect(field.mask != 0 && run & (run &+ 1) == 0, "\(entry.name).\(field.name)")
            }
        }
    }

    @Test("fields are moved down to bit 0")
    func decoding() throws {
        let status = try #require(RegisterTable.all.first { $0.name == "STATUS" })
        let fields = Dictionary(uniqueKeysWithValues: status.decode(0x80080783).map { ($0.name, $0.value) })
        #expect(fields["LU"] == 1 && fields["SPEED"] == 2 && fields["ASDV"] == 3 && fields["TXOFF"] == 0)
    }

    @Test("each counter names its own section: the manual has them in the order of their offsets (13.7)")
    func counterSections() {
        let sections = Dictionary(uniqueKeysWithValues: RegisterTable.all.map { ($0.name, $0.section) })
        // Read on the manual's pages 352 to 377.
        for (name, section) in [
            ("SYMERRS", 3), ("RXERRC", 4), ("DC", 11), ("TNCRS", 12), ("SEC", 13), ("CEXTERR", 14), ("RLEC", 15), ("XONRXC", 16),
            ("XOFFTXC", 19), ("PRC1522", 26), ("GPRC", 27), ("GPTC", 30), ("GORC", 31), ("GOTC", 32), ("RNBC", 33), ("RUC", 34),
            ("RFC", 35), ("ROC", 36), ("RJC", 37), ("MGTPRC", 38), ("MGTPTC", 40), ("TOR", 41), ("TOT", 42), ("TSCTC", 53), ("TSCTFC", 54),
        ] { #expect(sections[name] == "13.7.\(section)") }
        #expect(sections["IAC"] == "82574L 10.2.7")
        let offsets = Counter.allCases.map(\.offset)
        #expect(offsets == offsets.sorted())
    }

    @Test("what a read changes is marked: ICR and every counter")
    func effects() {
        let marked = Set(RegisterTable.all.filter(\.readHasEffect).map(\.name))
        #expect(marked.isSuperset(of: Counter.allCases.map { "\($0)" } + ["ICR", "SWSM"]))
        #expect(!marked.contains("STATUS") && !marked.contains("RCTL"))
    }
}
