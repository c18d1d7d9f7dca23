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

    @Test("a register's fields do not overlap and are each one run of bits", arguments: CardModel.all)
    func fields(model: CardModel) {
        for entry in RegisterTable.entries(of: model) {
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
        let status = try #require(RegisterTable.entries(of: CardModel.all[0]).first { $0.name == "STATUS" })
        let fields = Dictionary(uniqueKeysWithValues: status.decode(0x80080783).map { ($0.name, $0.value) })
        #expect(fields["LU"] == 1 && fields["SPEED"] == 2 && fields["ASDV"] == 3 && fields["TXOFF"] == 0)
    }

    @Test("each counter names its own section: the manual has them in the order of their offsets (13.7)")
    func counterSections() {
        let sections = Dictionary(uniqueKeysWithValues: Counter.allCases.map { ("\($0)", $0.section) })
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
        let marked = RegisterTable.names.filter { RegisterTable.readHasEffect($0) }
        #expect(marked.isSuperset(of: Counter.allCases.map { "\($0)" } + ["ICR", "SWSM"]))
        #expect(!marked.contains("STATUS") && !marked.contains("RCTL"))
    }

    @Test("what only some cards have: registers, bits, counters")
    func particular() throws {
        func fields(_ register: String, _ model: String) throws -> Set<String>? {
            let model = try #require(CardModel.all.first { $0.name == model })
            return RegisterTable.entries(of: model).first { $0.name == register }.map { Set($0.fields.map(\.name)) }
        }
        for (register, bit, cards) in [
            ("TCTL", "MULR", ["82574L"]), ("TCTL", "NRTU", ["82544GC"]), ("EECD", "EE_SIZE", ["82540EM", "82545EM", "82544GC"]),
            ("EECD", "AUTO_RD", ["82574L"]), ("ICR", "RXQ0", ["82574L"]), ("ICR", "SRPD", ["82540EM", "82545EM", "82574L"]),
            ("WUFC", "IPV6", ["82540EM", "82545EM", "82574L"]), ("LEDCTL", "LED3_MODE", ["82540EM", "82545EM"]),
            ("CTRL", "GIO_MASTER_DISABLE", ["82574L"]), ("STATUS", "PCI66", ["82540EM", "82545EM", "82544GC"]),
        ] { #expect(try CardModel.all.map(\.name).filter { try fields(register, $0)?.contains(bit) == true } == cards, "\(register).\(bit)") }
        for (register, cards) in [
            ("LEDCTL", ["82540EM", "82545EM", "82574L"]), ("TADV", ["82540EM", "82545EM", "82574L"]), ("GCR2", ["82574L"]),
            ("TXDMAC", ["82540EM", "82545EM", "82544GC"]), ("MGTPRC", ["82540EM", "82545EM", "82574L"]), ("IAC", ["82574L"]),
        ] { #expect(try CardModel.all.map(\.name).filter { try fields(register, $0) != nil } == cards, "\(register)") }
        // The same name in two places.
        func mask(_ model: Int) -> UInt32? {
            let register = RegisterTable.entries(of: CardModel.all[model]).first { $0.name == "EERD" }
            return register?.fields.first { $0.name == "DONE" }?.mask
        }
        #expect(mask(0) == 1 << 4 && mask(3) == 1 << 1)
    }
}
