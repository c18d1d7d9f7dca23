@testable import E1000Model
import TestSupport
import Testing

@Suite("Filters of the model")
struct FilterTests {
    private func accepts(_ address: [UInt8], control: UInt32, prepare: (inout Rig) -> Void = { _ in }) -> UInt64? {
        var rig = Rig()
        prepare(&rig)
        rig.startReceiving(8, control: control)
        rig.arrive(Rig.frame(to: address))
        let word = rig.received(0)
        #expect(rig.read(.TPR) == 1, "every frame on the wire counts, for us or not")
        #expect(rig.read(.GPRC) == (word & 1 << 32 != 0 ? 1 : 0))
        return word & 1 << 32 != 0 ? word : nil
    }

    private let stranger: [UInt8] = [0x02, 9, 9, 9, 9, 9], group: [UInt8] = [0x01, 0, 0x5e, 0, 0, 1]

    @Test("own address always, broadcast with BAM, others with UPE, groups with MPE (3.2.1)")
    func modes() {
        #expect(accepts(Rig.address, control: 0) != nil)
        #expect(accepts(Rig.broadcast, control: 0) == nil)
        #expect(accepts(Rig.broadcast, control: 1 << 15) != nil)
        #expect(accepts(stranger, control: 1 << 15) == nil)
        #expect(accepts(stranger, control: 1 << 3) != nil)
        #expect(accepts(group, control: 1 << 3) == nil)
        #expect(accepts(group, control: 1 << 4) != nil)
        #expect(accepts(stranger, control: 1 << 4) == nil)
    }

    @Test("each of the 16 exact addresses, only while it is valid (13.5.3)", arguments: 0..<16)
    func exact(entry: UInt32) {
        func program(_ valid: UInt32) -> (inout Rig) -> Void {
            { rig in
                rig.write(0x5400 + entry * 8, 0x0909_0902)
                rig.write(0x5404 + entry * 8, 0x0909 | valid << 31)
            }
        }
        #expect(accepts(stranger, control: 0, prepare: program(1)) != nil)
        #expect(accepts(stranger, control: 0, prepare: program(0)) == nil)
    }

    @Test("the manual's example: xx:xx:xx:xx:9x:BC with offset 0 is bit 9 of row 94 (13.5.1)")
    func example() {
        let hash = AddressFilter.hash([0x01, 2, 3, 4, 0x9f, 0xbc], offset: 0)
        #expect(hash >> 5 == 94 && hash & 31 == 9)
    }

    @Test("the hash is bits 47:36, 46:35, 45:34 or 43:32 of the address, over random addresses", arguments: 0..<4)
    func hashBits(offset: UInt32) {
        var random = SplitMix(seed: UInt64(offset))
        for _ in 0..<500 {
            let address = (0..<6).map { _ in UInt8.random(in: 0...255, using: &random) }
            // The address as one number, the last byte on the wire highest.
            let number = address.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            let lowest = UInt64([36, 35, 34, 32][Int(offset)])
            #expect(UInt64(AddressFilter.hash(address, offset: offset)) == number >> lowest & 0xfff)
        }
    }

    @Test("a hash match is inexact (PIF), and only groups are hashed", arguments: 0..<4)
    func hashed(offset: UInt32) {
        let hash = AddressFilter.hash(group, offset: offset)
        let program: (inout Rig) -> Void = { $0.write(0x5200 + (hash >> 5) * 4, 1 << (hash & 31)) }
        #expect((accepts(group, control: offset << 12, prepare: program) ?? 0) & 1 << 39 != 0)
        #expect((accepts(group, control: offset << 12 | 1 << 4, prepare: program) ?? 0) & 1 << 39 == 0)
        let unicast = [0x02] + group[1...]
        #expect(accepts(unicast, control: offset << 12, prepare: program) == nil)
    }

    @Test("VLAN filter: only the tags whose bit is set, and CFI as it is wanted (9.3); VME strips the tag")
    func vlan() {
        var rig = Rig()
        rig.write(0x5600 + (42 >> 5) * 4, 1 << (42 & 31))
        rig.write(.VET, 0x8100)
        rig.write(.CTRL, 1 << 6 | 1 << 30)
        rig.startReceiving(8, control: 1 << 26 | 1 << 18 | 1 << 19)
        func tagged(_ tag: UInt16) -> [UInt8] {
            var frame = Rig.frame(length: 64)
            frame.insert(contentsOf: [0x81, 0, UInt8(tag >> 8), UInt8(tag & 0xff)], at: 12)
            return frame
        }
        rig.arrive(tagged(43))
        rig.arrive(tagged(0x102a))
        #expect(rig.received(0) & 1 << 32 == 0)
        rig.arrive(tagged(0x602a))
        #expect(rig.received(0) & 1 << 32 != 0)
        // VP, the tag in the special field, the frame without it.
        #expect(rig.received(0) & 1 << 35 != 0 && rig.received(0) >> 48 == 0x602a)
        #expect(rig.receivedBytes(0) == Rig.frame(length: 64))
        // Untagged frames are not filtered.
        rig.arrive(Rig.frame())
        #expect(rig.received(1) & 1 << 32 != 0 && rig.received(1) & 1 << 35 == 0)
    }
}
