import Clocks
import DeviceAccess
import Glibc

/// Registers of the PHY (13.4.7.1; IEEE 802.3, 22.2.4), reached through MDIC.
public enum PHYRegister: UInt32, Sendable, CaseIterable {
    /// Control.
    case BMCR = 0
    /// Status; its link bit stays 0 after a break until it is read.
    case BMSR = 1
    /// Identifier, upper half: the manufacturer's.
    case PHYID1 = 2
    /// Identifier, lower half: the rest of the manufacturer's, the model, and in the lowest four bits the revision.
    case PHYID2 = 3
    /// What we offer in autonegotiation.
    case ANAR = 4
    /// What the link's other end offers.
    case ANLPAR = 5
    /// 1000BASE-T control: whether we offer it.
    case GTCR = 9
    /// 1000BASE-T status: whether the other end offers it.
    case GTSR = 10
}

/// Control of the PHY (IEEE 802.3, 22.2.4.1).
public enum BMCR {
    /// Upper bit of the speed: 1000 Mb/s.
    public static var SPEED_1000: UInt16 { 1 << 6 }
    /// Full duplex, where it is not negotiated.
    public static var FULL_DUPLEX: UInt16 { 1 << 8 }
    /// Restarts autonegotiation; clears itself.
    public static var RESTART: UInt16 { 1 << 9 }
    /// Autonegotiation enabled.
    public static var ANE: UInt16 { 1 << 12 }
    /// Lower bit of the speed: 100 Mb/s.
    public static var SPEED_100: UInt16 { 1 << 13 }
    /// What is sent comes back, and the wire is cut off.
    public static var LOOPBACK: UInt16 { 1 << 14 }
    /// Clears itself.
    public static var RESET: UInt16 { 1 << 15 }
}

/// Status of the PHY (IEEE 802.3, 22.2.4.2).
public enum BMSR {
    /// The link is up, and was up all the time since the last read.
    public static var LINK: UInt16 { 1 << 2 }
    /// Autonegotiation has ended.
    public static var ANEG_COMPLETE: UInt16 { 1 << 5 }
}

extension RegisterSpace {
    /// Inside these cards.
    private var phyAddress: UInt32 { 1 << MDIC.PHYADD_SHIFT }

    /// - Throws: `.timeout` when the PHY does not answer within 10 ms, `.invalid` when it has no such register.
    func readPHY(_ register: PHYRegister) throws(DeviceError) -> UInt16 {
        try write(MDIC.self, MDIC.OP_READ | phyAddress | register.rawValue << MDIC.REGADD_SHIFT)
        return UInt16(truncatingIfNeeded: try finish(register))
    }

    func writePHY(_ register: PHYRegister, _ value: UInt16) throws(DeviceError) {
        try write(MDIC.self, MDIC.OP_WRITE | phyAddress | register.rawValue << MDIC.REGADD_SHIFT | UInt32(value))
        _ = try finish(register)
    }

    /// Waits until bits of BMCR have cleared themselves.
    ///
    /// - Throws: `.timeout` when they have not after `milliseconds`.
    func waitForPHY(clear bits: UInt16, milliseconds: Int64) throws(DeviceError) {
        let deadline = Clocks.monotonic + milliseconds * 1_000_000
        while try readPHY(.BMCR) & bits != 0 {
            guard Clocks.monotonic < deadline else {
                throw DeviceError(
                    .timeout, "PHY", "its reset has not ended after \(milliseconds) ms", remedy: "power the card off and on")
            }
            usleep(1_000)
        }
    }

    /// An access takes 64 µs (13.4.7).
    private func finish(_ register: PHYRegister) throws(DeviceError) -> UInt32 {
        let value = try wait(MDIC.self, bits: MDIC.R, value: MDIC.R, milliseconds: 10)
        guard value & MDIC.E == 0 else {
            throw DeviceError(.invalid, "PHY", "it refused the access to \(register)", remedy: "power the card off and on")
        }
        return value & MDIC.DATA_MASK
    }
}

/// What the PHY says.
public struct PHYState: Sendable, Equatable, Codable {
    /// PHYID1 in the upper half, PHYID2 below; the revision is in the lowest four bits.
    public let identifier: UInt32
    /// BMCR (IEEE 802.3, 22.2.4.1).
    public let control: UInt16
    /// BMSR, as it is now (IEEE 802.3, 22.2.4.2).
    public let status: UInt16
    /// ANAR: what we offer, without 1000BASE-T (IEEE 802.3, 28.2.4.1.3).
    public let advertisement: UInt16
    /// ANLPAR: what the other end offers; of no meaning unless `isNegotiated` (IEEE 802.3, 28.2.4.1.4).
    public let partner: UInt16

    /// Speed and duplex are to be agreed upon, not forced.
    public var isAutonegotiating: Bool { control & BMCR.ANE != 0 }
    /// The two ends have agreed.
    public var isNegotiated: Bool { status & BMSR.ANEG_COMPLETE != 0 }
    /// The PHY has a link; the MAC's word for it is `LinkState.isUp`.
    public var isLinkUp: Bool { status & BMSR.LINK != 0 }
}

extension Controller {
    /// What the PHY says now: seven reads of 64 µs each, one after the other.
    ///
    /// - Throws: `.timeout` when the PHY does not answer, `.invalid` when it refuses an access.
    public func phyState() throws(DeviceError) -> PHYState {
        let registers = device.registers
        let identifier = UInt32(try registers.readPHY(.PHYID1)) << 16 | UInt32(try registers.readPHY(.PHYID2))
        // Read twice: the first tells of the past.
        _ = try registers.readPHY(.BMSR)
        return PHYState(
            identifier: identifier, control: try registers.readPHY(.BMCR), status: try registers.readPHY(.BMSR),
            advertisement: try registers.readPHY(.ANAR), partner: try registers.readPHY(.ANLPAR))
    }

    /// Reads one register of the PHY; 0 to 65,535. A read of BMSR ends what its link bit tells of the past.
    ///
    /// - Throws: `.timeout` when the PHY does not answer within 10 ms, `.invalid` when it refuses the access.
    public func readPHY(_ register: PHYRegister) throws(DeviceError) -> UInt16 { try device.registers.readPHY(register) }
}
