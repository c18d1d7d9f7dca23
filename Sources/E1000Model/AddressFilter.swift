/// Which frames are for this card (3.2.1, 13.5).
struct AddressFilter {
    static let broadcast: [UInt8] = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff]

    enum Verdict {
        case rejected
        case exact
        /// Only the multicast hash matched (PIF, 3.2.3.1): software has to look again.
        case inexact
    }

    let control: UInt32
    /// RAR: low and high words in turn.
    let exact: ArraySlice<UInt32>
    /// MTA.
    let hashes: ArraySlice<UInt32>
    /// VFTA.
    let vlans: ArraySlice<UInt32>

    /// - Parameter destination: six bytes.
    func verdict(_ destination: ArraySlice<UInt8>) -> Verdict {
        let bytes = Array(destination)
        let isMulticast = bytes[0] & 1 != 0
        if matchesExactly(bytes) { return .exact }
        if bytes == Self.broadcast, control & RCTLBits.BAM != 0 { return .exact }
        if control & (isMulticast ? RCTLBits.MPE : RCTLBits.UPE) != 0 { return .exact }
        guard isMulticast else { return .rejected }
        let hash = Self.hash(bytes, offset: control >> RCTLBits.MO_SHIFT & 0b11)
        return hashes[hashes.startIndex + Int(hash >> 5)] & 1 << (hash & 31) != 0 ? .inexact : .rejected
    }

    private func matchesExactly(_ bytes: [UInt8]) -> Bool {
        let low = UInt32(bytes[0]) | UInt32(bytes[1]) << 8 | UInt32(bytes[2]) << 16 | UInt32(bytes[3]) << 24
        let high = UInt32(bytes[4]) | UInt32(bytes[5]) << 8
        return stride(from: exact.startIndex, to: exact.endIndex, by: 2).contains { index in
            exact[index + 1] & 1 << 31 != 0 && exact[index] == low && exact[index + 1] & 0xffff == high
        }
    }

    /// Twelve bits of the address (13.5.1): 47:36, 46:35, 45:34 or 43:32 for an offset of 0 to 3.
    static func hash(_ bytes: [UInt8], offset: UInt32) -> UInt32 {
        let top = UInt32(bytes[5]) << 8 | UInt32(bytes[4])
        return top >> [4, 3, 2, 0][Int(offset)] & 0xfff
    }

    /// The VLAN filter (9.3): passes what is not tagged, or not filtered.
    func passes(tag: UInt16?) -> Bool {
        guard let tag, control & RCTLBits.VFE != 0 else { return true }
        if control & RCTLBits.CFIEN != 0, (tag & 1 << 12 != 0) != (control & RCTLBits.CFI != 0) { return false }
        let identifier = tag & 0xfff
        return vlans[vlans.startIndex + Int(identifier >> 5)] & 1 << UInt32(identifier & 31) != 0
    }
}
