/// The counters of 13.7: they stick at their largest value, and count octets from the destination address to the CRC.
extension ModelCard {
    static let crcLength = 4

    mutating func count(_ register: ModelRegister) {
        if self[register] != .max { self[register] += 1 }
    }

    private mutating func count(octets: Int, low: ModelRegister, high: ModelRegister) {
        let (sum, overflow) = (UInt64(self[high]) << 32 | UInt64(self[low])).addingReportingOverflow(UInt64(octets))
        let total = overflow ? .max : sum
        (self[low], self[high]) = (UInt32(truncatingIfNeeded: total), UInt32(truncatingIfNeeded: total >> 32))
    }

    private static func sizeClass(_ octets: Int, _ classes: [ModelRegister]) -> ModelRegister {
        switch octets {
        case ...64: classes[0]
        case ...127: classes[1]
        case ...255: classes[2]
        case ...511: classes[3]
        case ...1023: classes[4]
        default: classes[5]
        }
    }

    /// Any frame on the wire, whatever becomes of it (13.7.43, 13.7.41).
    mutating func countArrival(octets: Int) {
        count(.TPR)
        count(octets: octets, low: .TORL, high: .TORH)
    }

    /// A good frame that passed the filters and found room, and is no pause frame (13.7.27).
    mutating func countReceived(_ frame: [UInt8]) {
        let octets = frame.count + Self.crcLength
        count(.GPRC)
        count(octets: octets, low: .GORCL, high: .GORCH)
        count(Self.sizeClass(octets, [.PRC64, .PRC127, .PRC255, .PRC511, .PRC1023, .PRC1522]))
        if frame.starts(with: AddressFilter.broadcast) {
            count(.BPRC)
        } else if frame[0] & 1 != 0 {
            count(.MPRC)
        }
    }

    /// Any frame that went out: pause frames are in no other counter but their own (13.7.30, 13.7.44, 13.7.42).
    mutating func countDeparture(octets: Int) {
        count(.TPT)
        count(octets: octets, low: .TOTL, high: .TOTH)
    }

    /// A frame of the host's that went out.
    mutating func countSent(_ frame: [UInt8]) {
        let octets = frame.count + Self.crcLength
        countDeparture(octets: octets)
        // Good is what is 64 octets or longer (13.7.30).
        if octets >= 64 {
            count(.GPTC)
            count(octets: octets, low: .GOTCL, high: .GOTCH)
        }
        count(Self.sizeClass(octets, [.PTC64, .PTC127, .PTC255, .PTC511, .PTC1023, .PTC1522]))
        if frame.starts(with: AddressFilter.broadcast) {
            count(.BPTC)
        } else if let first = frame.first, first & 1 != 0 {
            count(.MPTC)
        }
    }
}
