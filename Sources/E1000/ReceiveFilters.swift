import DeviceAccess
import Frames

/// Which frames are received (13.4.22, 13.5). Frames for the card's own address always are.
public struct ReceiveFilters: Sendable, Equatable {
    /// Further addresses of our own, at most 15: compared exactly.
    public var unicast: [MACAddress] = []
    /// Groups: a hash of 12 bits decides, so that others may be received too.
    public var multicast: [MACAddress] = []
    /// Frames to everyone.
    public var broadcast = true
    /// Every frame.
    public var promiscuous = false
    /// Every frame to a group.
    public var allMulticast = false
    /// VLANs (0 to 4095) whose tagged frames are received; `nil`: all. Frames without a tag are not concerned.
    public var vlans: [UInt16]?
    /// Which bits of a group's address the hash is made of, 0 to 3: bits 47–36, 46–35, 45–34 or 43–32 (RCTL.MO).
    public var multicastOffset: UInt32 = 0

    /// Frames for the card's own address, and those to everyone.
    public init() {}

    /// - Throws: `.refused` for more addresses than the card compares, a group's address among them, or impossible VLANs.
    func check() throws(DeviceError) {
        guard unicast.count < RAR.count else {
            throw DeviceError(
                .refused, "receive filters", "\(unicast.count) addresses beside the card's own",
                remedy: "give at most \(RAR.count - 1), or receive everything")
        }
        if let address = unicast.first(where: \.isMulticast) {
            throw DeviceError(.refused, "receive filters", "\(address) is a group's address", remedy: "give it as multicast")
        }
        if let address = multicast.first(where: { !$0.isMulticast }) {
            throw DeviceError(.refused, "receive filters", "\(address) is not a group's address", remedy: "give it as unicast")
        }
        if let vlan = vlans?.first(where: { $0 > 4095 }) {
            throw DeviceError(.refused, "receive filters", "VLAN \(vlan)", remedy: "give 0 to 4095")
        }
        guard multicastOffset <= 3 else {
            throw DeviceError(.refused, "receive filters", "multicast offset \(multicastOffset)", remedy: "give 0 to 3")
        }
    }

    /// Their bits of RCTL.
    var receiveControl: UInt32 {
        (broadcast ? RCTL.BAM : 0) | (promiscuous ? RCTL.UPE | RCTL.MPE : 0) | (allMulticast ? RCTL.MPE : 0)
            | (vlans == nil || promiscuous ? 0 : RCTL.VFE) | multicastOffset << RCTL.MO_SHIFT
    }

    /// The bit of MTA, 0 to 4095, that lets a group in (13.5.1).
    func hash(of address: MACAddress) -> UInt32 {
        // The address' last two bytes, the last one highest.
        let bytes = address.bytes
        let bits = UInt32(bytes[4]) | UInt32(bytes[5]) << 8
        let shift: UInt32 = [4, 3, 2, 0][Int(multicastOffset)]
        return bits >> shift & 0xfff
    }
}

extension RegisterSpace {
    /// RAR but for the card's own entry, MTA and VFTA; not RCTL.
    func writeFilters(_ filters: ReceiveFilters) throws(DeviceError) {
        for index in 1..<RAR.count {
            let position = Int(index) - 1
            try writeAddress(index, position < filters.unicast.count ? filters.unicast[position] : nil)
        }
        try writeBits(filters.multicast.map(filters.hash), MTA.self)
        try writeBits((filters.vlans ?? []).map(UInt32.init), VFTA.self)
    }

    /// One exact filter; `nil`: off. Invalid while it changes.
    func writeAddress(_ index: UInt32, _ address: MACAddress?) throws(DeviceError) {
        try write(RAR.high(index), 0)
        // Low byte first.
        let bytes = (address ?? MACAddress(rawValue: 0)).bytes.map(UInt32.init)
        try write(RAR.low(index), bytes[0] | bytes[1] << 8 | bytes[2] << 16 | bytes[3] << 24)
        if address != nil { try write(RAR.high(index), bytes[4] | bytes[5] << 8 | RAR.AV) }
    }

    /// Sets these bits of a table of bits, and no others.
    private func writeBits<R: WritableRegister>(_ bits: [UInt32], _ table: R.Type) throws(DeviceError) {
        var words = [UInt32](repeating: 0, count: Int(R.count))
        for bit in bits { words[Int(bit >> 5)] |= 1 << (bit & 31) }
        for index in 0..<R.count { try write(R.offset(index), words[Int(index)]) }
    }
}
