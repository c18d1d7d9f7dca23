import DeviceAccess
@testable import E1000
import Frames
import Testing

@Suite("Configuration")
struct ConfigurationTests {
    private static let group = MACAddress(rawValue: 0x0100_5e00_0001)
    private static let station = MACAddress(rawValue: 0x0200_0000_0002)

    @Test("filters and times that no card has are refused, and the card is not touched")
    func refused() {
        func expect(_ words: String, _ change: (inout Configuration) -> Void) {
            var configuration = Configuration()
            change(&configuration)
            let fake = FakeCard()
            do {
                _ = try Controller(fake.device(), configuration: configuration)
                Issue.record("accepted: \(words)")
            } catch {
                #expect(error.kind == .refused && "\(error)".contains(words), "\(error)")
            }
            #expect(fake.written.isEmpty)
        }
        expect("16 addresses") { $0.filters.unicast = (0..<16).map { MACAddress(rawValue: 0x0200_0000_0000 + $0) } }
        expect("is a group's address") { $0.filters.unicast = [Self.group] }
        expect("is not a group's address") { $0.filters.multicast = [Self.station] }
        expect("VLAN 4096") { $0.filters.vlans = [4096] }
        expect("offset 4") { $0.filters.multicastOffset = 4 }
        expect("interval of -1") { $0.moderation.interval = -1 }
        expect("receive delay of") { $0.moderation.receiveDelay = 0x10000 * 1024 }
        expect("bound without a delay") { $0.moderation.transmitBound = 1024 }
    }

    @Test("times are written in each register's unit, rounded up")
    func moderation() throws {
        let fake = FakeCard()
        var configuration = Configuration()
        configuration.moderation.interval = 257
        configuration.moderation.receiveDelay = 1024
        configuration.moderation.receiveBound = 10_000
        configuration.moderation.transmitDelay = 0xffff * 1024
        var card = try Controller(fake.device(), configuration: configuration)
        func last(_ offset: UInt32) -> UInt32? { fake.written.last { $0.offset == offset }?.value }
        #expect([ITR.offset, RDTR.offset, RADV.offset, TIDV.offset, TADV.offset].map(last) == [2, 1, 10, 0xffff, 0])
        try card.setModeration(InterruptModeration())
        #expect([ITR.offset, RDTR.offset, RADV.offset, TIDV.offset, TADV.offset].map(last) == [0, 0, 0, 1, 0])
    }

    @Test("a group's hash: the 12 bits of the address that the offset names (13.5.1)")
    func hash() {
        var filters = ReceiveFilters()
        let address = MACAddress(rawValue: 0x0100_0000_2b7c)
        let hashes = (UInt32(0)...3).map { offset in
            filters.multicastOffset = offset
            return filters.hash(of: address)
        }
        // 0x7c2b shifted down by 4, 3, 2 and 0.
        #expect(hashes == [0x7c2, 0xf85, 0xf0a, 0xc2b])
    }

    @Test("the own entry stays valid while other filters change; RCTL is written only for a reason")
    func live() throws {
        let fake = FakeCard()
        var card = try Controller(fake.device())
        fake.written = []
        var filters = ReceiveFilters()
        filters.unicast = [Self.station]
        filters.vlans = [1]
        filters.multicast = [Self.group]
        filters.vlans = nil
        try card.setFilters(filters)
        #expect(!fake.written.contains { $0.offset == RAR.low(0) || $0.offset == RAR.high(0) || $0.offset == RCTL.offset })
        #expect(fake.written.contains { $0.offset == RAR.low(1) && $0.value == 0x0000_0002 })
        #expect(fake.written.contains { $0.offset == RAR.high(1) && $0.value == 0x8000_0200 })
        filters.vlans = [33]
        try card.setFilters(filters)
        #expect(fake.written.contains { $0.offset == VFTA.offset(1) && $0.value == 2 })
        #expect(fake.written.last?.offset == RCTL.offset)
        #expect(fake.written.last.map { $0.value & RCTL.VFE } == RCTL.VFE)
    }
}
