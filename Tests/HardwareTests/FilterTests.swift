import DeviceAccess
import E1000
import Frames
import TestSupport
import Testing

@Suite("Receive filters, on each model", .serialized, .needsOtherEnd)
struct FilterTests {
    /// A card behind a peer, with these filters.
    private func with(_ kind: TestCard, _ filters: ReceiveFilters, _ body: (inout Controller, (MACAddress, UInt16?) -> Void) throws -> Void) throws {
        let bench = Bench(kind, withPeer: true)
        defer { bench.end() }
        var configuration = Configuration()
        configuration.filters = filters
        var card = try bench.card(configuration)
        settle(card)
        try body(&card) { #expect(bench.deliver(Self.frame(to: $0, vlan: $1))) }
    }

    private static func frame(to destination: MACAddress, vlan: UInt16?) -> [UInt8] {
        let tag: [UInt8] = vlan.map { [0x81, 0x00, UInt8($0 >> 8), UInt8($0 & 0xff)] } ?? []
        return destination.bytes + [2, 0, 0, 0, 0, 99] + tag + [0x88, 0xb5] + [UInt8](repeating: 7, count: 60)
    }

    private static func destination(_ frame: [UInt8]) -> MACAddress {
        MACAddress(rawValue: frame[0..<6].reduce(0) { $0 << 8 | UInt64($1) })
    }

    /// What of this arrives; a last frame to the card's own address says that all is there.
    private func arrivals(_ card: inout Controller, _ send: (MACAddress, UInt16?) -> Void, _ frames: [(MACAddress, UInt16?)]) throws -> [[UInt8]] {
        for (destination, vlan) in frames { send(destination, vlan) }
        send(card.macAddress, nil)
        let end = Self.frame(to: card.macAddress, vlan: nil)
        var arrived: [[UInt8]] = []
        while true {
            let next = try receive(1, from: &card)
            guard !next.isEmpty else { throw Stuck() }
            arrived += next
            if arrived.last == end { return arrived.dropLast() }
        }
    }

    private static let broadcast = MACAddress.broadcast
    private static let stranger = MACAddress(rawValue: 0x0200_0000_0002)
    private static let group = MACAddress(rawValue: 0x0100_5e00_0001)
    private static let otherGroup = MACAddress(rawValue: 0x3333_0000_1234)

    @Test("unicast: 15 further addresses, each exact; others only when promiscuous", arguments: TestCard.all)
    func unicast(kind: TestCard) throws {
        var filters = ReceiveFilters()
        filters.unicast = (1...15).map { MACAddress(rawValue: 0x0a00_0000_0000 + $0) }
        try with(kind, filters) { card, send in
            let mine = filters.unicast
            let strange = [Self.stranger, MACAddress(rawValue: 0x0a00_0000_0010), Self.group]
            #expect(try arrivals(&card, send, (mine + strange).map { ($0, nil) }).map(Self.destination) == mine)
            // Live, without a new RCTL: the model need not be waited for.
            filters.unicast = [Self.stranger]
            try card.setFilters(filters)
            #expect(try arrivals(&card, send, (mine + strange).map { ($0, nil) }).map(Self.destination) == [Self.stranger])
            filters.promiscuous = true
            try card.setFilters(filters)
            settle(card)
            #expect(try arrivals(&card, send, (mine + strange).map { ($0, nil) }).map(Self.destination) == mine + strange)
        }
    }

    @Test("multicast by hash for each offset, all-multicast, broadcast off", arguments: TestCard.all)
    func multicast(kind: TestCard) throws {
        var filters = ReceiveFilters()
        filters.multicast = [Self.group]
        filters.broadcast = false
        filters.multicastOffset = UInt32((TestCard.all.firstIndex(of: kind) ?? 0) % 4)
        try with(kind, filters) { card, send in
            let all = [Self.group, Self.otherGroup, Self.broadcast, Self.stranger]
            #expect(try arrivals(&card, send, all.map { ($0, nil) }).map(Self.destination) == [Self.group])
            filters.multicast = [Self.otherGroup]
            try card.setFilters(filters)
            #expect(try arrivals(&card, send, all.map { ($0, nil) }).map(Self.destination) == [Self.otherGroup])
            filters.multicast = []
            filters.allMulticast = true
            filters.broadcast = true
            try card.setFilters(filters)
            settle(card)
            #expect(try arrivals(&card, send, all.map { ($0, nil) }).map(Self.destination) == Array(all.dropLast()))
        }
    }

    @Test("VLAN tags are taken out and told, whatever the frame's length; frames without one have none", arguments: TestCard.all)
    func vlanStrip(kind: TestCard) throws {
        let bench = Bench(kind, withPeer: true)
        defer { bench.end() }
        var configuration = Configuration()
        configuration.stripsVLANTags = true
        var card = try bench.card(configuration)
        settle(card)
        // Priority 5, VLAN 7; priority 0, VLAN 4095; none.
        let tags: [UInt16?] = [0xa007, 0x0fff, nil, 0x0000]
        for tag in tags {
            #expect(bench.deliver(Self.frame(to: .broadcast, vlan: tag)))
        }
        var found: [UInt16?] = []
        while found.count < tags.count, try card.waitForFrame(nanoseconds: 2_000_000_000) {
            while let packet = card.receive() {
                found.append(packet.vlanTag)
                #expect(packet.copy() == Self.frame(to: .broadcast, vlan: nil))
                card.put(packet)
            }
            try card.commit()
        }
        #expect(found == tags)
    }

    @Test("VLAN filter: only the VLANs that were named, and frames without a tag", arguments: TestCard.all)
    func vlanFilter(kind: TestCard) throws {
        var filters = ReceiveFilters()
        filters.vlans = [0, 7, 4095]
        try with(kind, filters) { card, send in
            let tags: [UInt16?] = [0, 1, 7, 8, 39, 4094, 4095, nil]
            let arrived = try arrivals(&card, send, tags.map { (Self.broadcast, $0) })
            #expect(arrived == [0, 7, 4095, nil].map { Self.frame(to: Self.broadcast, vlan: $0) })
        }
    }
}
