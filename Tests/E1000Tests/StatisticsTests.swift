import DeviceAccess
@testable import E1000
import Testing

/// Counters that a read clears, and pairs whose high half clears both; two of them do not clear, as in QEMU.
private final class FakeCounters: RemoteRegisters {
    var values: [UInt32: UInt32] = [:]
    let stay: [UInt32]
    /// Called before each read.
    var before: (UInt32) -> Void = { _ in }
    var reads: [UInt32] = []

    init(stay: [UInt32] = []) { self.stay = stay }

    func read(_ offset: UInt32) throws(DeviceError) -> UInt32 {
        before(offset)
        reads.append(offset)
        let value = values[offset] ?? 0
        let wide = Counter.allCases.first { $0.isWide && ($0.offset == offset || $0.offset + 4 == offset) }
        if let wide {
            if offset == wide.offset + 4 { (values[wide.offset], values[offset]) = (0, 0) }
        } else if !stay.contains(offset) {
            values[offset] = 0
        }
        return value
    }

    func write(_ offset: UInt32, _ value: UInt32) throws(DeviceError) {}

    var registers: RegisterSpace { RegisterSpace(remote: self, size: 0x20000) }
}

@Suite("Statistics")
struct StatisticsTests {
    private let model = CardModel.all[0]

    @Test("each counter is accumulated over reads that clear it; what was there before is not counted", arguments: Counter.allCases)
    func accumulates(counter: Counter) throws {
        let model = try #require(CardModel.all.last)
        let fake = FakeCounters()
        fake.values[counter.offset] = 99
        var reader = try StatisticsReader(fake.registers, model, quirks: Quirks(model, isEmulated: false))
        #expect(try reader.read(fake.registers)[counter] == 0)
        for _ in 0..<3 {
            fake.values[counter.offset] = 0xffff_0000
            _ = try reader.read(fake.registers)
        }
        let result = try reader.read(fake.registers)
        #expect(result[counter] == 3 * 0xffff_0000)
        #expect(Counter.allCases.filter { $0 != counter }.allSatisfy { result[$0] == 0 })
    }

    @Test("QEMU's MPC and RNBC stay: only their growth counts, also past 32 bits")
    func quirk() throws {
        let fake = FakeCounters(stay: [Counter.MPC.offset, Counter.RNBC.offset])
        fake.values[Counter.MPC.offset] = 0xffff_fff0
        var reader = try StatisticsReader(fake.registers, model, quirks: Quirks(model, isEmulated: true))
        fake.values[Counter.MPC.offset] = 0x10
        #expect(try reader.read(fake.registers).missed == 0x20)
        #expect(try reader.read(fake.registers).missed == 0x20)
        fake.values[Counter.RNBC.offset] = 3
        #expect(try reader.read(fake.registers).noBuffer == 3)
    }

    @Test("64 bits are read low, then high; a low half about to wrap is waited for, so that no carry is torn off")
    func wide() throws {
        let fake = FakeCounters()
        var reader = try StatisticsReader(fake.registers, model, quirks: Quirks(model, isEmulated: false))
        fake.reads = []
        (fake.values[Counter.GORC.offset], fake.values[Counter.GORC.offset + 4]) = (5, 2)
        #expect(try reader.read(fake.registers)[.GORC] == 2 << 32 | 5)
        let position = try #require(fake.reads.firstIndex(of: Counter.GORC.offset))
        #expect(fake.reads[position + 1] == Counter.GORC.offset + 4)

        // Wraps after the third look at the low half.
        (fake.values[Counter.TOT.offset], fake.values[Counter.TOT.offset + 4]) = (0xffff_fff0, 0)
        var looks = 0
        fake.before = { [unowned fake] offset in
            guard offset == Counter.TOT.offset else { return }
            looks += 1
            if looks == 3 { (fake.values[offset], fake.values[offset + 4]) = (0x40, 1) }
        }
        #expect(try reader.read(fake.registers)[.TOT] == 1 << 32 | 0x40)
        #expect(looks == 3)

        // One that stays close ends the wait: nothing is being counted then.
        fake.before = { _ in }
        (fake.values[Counter.TOR.offset], fake.values[Counter.TOR.offset + 4]) = (0xffff_fff0, 7)
        #expect(try reader.read(fake.registers)[.TOR] == 7 << 32 | 0xffff_fff0)
    }

    @Test("counters of another family are not read")
    func family() throws {
        let fake = FakeCounters()
        _ = try StatisticsReader(fake.registers, model, quirks: Quirks(model, isEmulated: false))
        #expect(!fake.reads.contains(Counter.IAC.offset) && fake.reads.contains(Counter.TSCTFC.offset))
    }
}
