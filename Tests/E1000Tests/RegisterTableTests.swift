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

    @Test("what a read changes is marked: ICR and every counter")
    func effects() {
        let marked = Set(RegisterTable.all.filter(\.readHasEffect).map(\.name))
        #expect(marked.isSuperset(of: Counter.allCases.map { "\($0)" } + ["ICR", "SWSM"]))
        #expect(!marked.contains("STATUS") && !marked.contains("RCTL"))
    }
}
