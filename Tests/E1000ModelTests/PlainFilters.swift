import E1000
import Frames

/// Which frames a card must let in: the filters' meaning, word by word, without a table and without a hash table.
struct PlainFilters {
    let own: MACAddress
    let filters: ReceiveFilters

    /// - Parameter tag: of a tagged frame.
    func accepts(_ destination: MACAddress, tag: UInt16? = nil) -> Bool {
        if filters.promiscuous { return true }
        if let tag, let vlans = filters.vlans, !vlans.contains(tag & 0xfff) { return false }
        if destination == .broadcast && filters.broadcast { return true }
        guard destination.isMulticast else { return destination == own || filters.unicast.contains(destination) }
        return filters.allMulticast || filters.multicast.contains { bits(of: $0) == bits(of: destination) }
    }

    /// The twelve bits that a group is told by: 47–36, 46–35, 45–34 or 43–32 of the address as one number, its last byte highest.
    private func bits(of address: MACAddress) -> UInt64 {
        let number = address.bytes.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        let lowest: [UInt64] = [36, 35, 34, 32]
        return number >> lowest[Int(filters.multicastOffset)] & 0xfff
    }
}

extension ReceiveFilters {
    /// Some of everything.
    static func random(_ random: inout some RandomNumberGenerator) -> ReceiveFilters {
        var filters = ReceiveFilters()
        filters.unicast = (0..<Int.random(in: 0...15, using: &random)).map { _ in .random(isMulticast: false, &random) }
        filters.multicast = (0..<Int.random(in: 0...20, using: &random)).map { _ in .random(isMulticast: true, &random) }
        filters.broadcast = Int.random(in: 0..<4, using: &random) != 0
        filters.promiscuous = Int.random(in: 0..<6, using: &random) == 0
        filters.allMulticast = Int.random(in: 0..<6, using: &random) == 0
        if Bool.random(using: &random) {
            filters.vlans = (0..<Int.random(in: 0...8, using: &random)).map { _ in .random(in: 0...4095, using: &random) }
        }
        filters.multicastOffset = .random(in: 0...3, using: &random)
        return filters
    }

    /// An address that these filters have something to say about: one of theirs, a neighbour of one, or a stranger's.
    func probe(own: MACAddress, _ random: inout some RandomNumberGenerator) -> MACAddress {
        let known = [own, .broadcast] + unicast + multicast
        let one = known.randomElement(using: &random) ?? own
        switch Int.random(in: 0..<6, using: &random) {
        case 0: return .random(isMulticast: Bool.random(using: &random), &random)
        // One bit is different, but for the one that makes a group of it.
        case 1: return MACAddress(rawValue: one.rawValue ^ 1 << UInt64.random(in: 0..<40, using: &random))
        // The same hash, whatever the offset.
        case 2: return MACAddress(rawValue: one.rawValue ^ 1 << UInt64.random(in: 16..<40, using: &random))
        default: return one
        }
    }
}

extension MACAddress {
    static func random(isMulticast: Bool, _ random: inout some RandomNumberGenerator) -> MACAddress {
        let group: UInt64 = 1 << 40
        let address = UInt64.random(in: 0...0xffff_ffff_ffff, using: &random)
        return MACAddress(rawValue: isMulticast ? address | group : address & ~group)
    }
}
