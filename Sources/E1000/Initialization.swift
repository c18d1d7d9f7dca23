import DeviceAccess
import Frames
import Glibc

// Bringing the card up, in the manual's order. Every register that the driver relies on is written: QEMU's 82540EM resets
// none of them with CTRL.RST, and a driver before us may have left anything.
extension RegisterSpace {
    /// Silence: no interrupt, no DMA. Also the end of the card's use.
    func quiesce() throws(DeviceError) {
        try write(IMC.self, .max)
        try write(RCTL.self, 0)
        try write(TCTL.self, 0)
        // Posted writes arrive before a read is answered.
        guard try read(STATUS.self) != .max else { throw .vanishedCard }
    }

    /// Reset (14.2, 13.4.1): quiet first, then RST, then quiet again, since the reset unmasks nothing but the EEPROM loads defaults.
    func reset() throws(DeviceError) {
        try quiesce()
        // Descriptor writes under way finish before the reset.
        usleep(10_000)
        try change(CTRL.self, set: CTRL.RST)
        // 82540EM: registers must not be read for 1 µs; the EEPROM is loaded within 5 ms.
        usleep(5_000)
        _ = try wait(CTRL.self, bits: CTRL.RST, value: 0, milliseconds: 100)
        try write(IMC.self, .max)
        _ = try read(ICR.self)
    }

    /// General configuration (14.3): the PHY chooses speed and duplex; no flow control; no VLAN offload.
    func configureGeneral() throws(DeviceError) {
        try change(
            CTRL.self, set: CTRL.ASDE | CTRL.SLU,
            clear: CTRL.LRST | CTRL.PHY_RST | CTRL.ILOS | CTRL.FRCSPD | CTRL.FRCDPLX | CTRL.VME)
        try write(FCAL.self, 0)
        try write(FCAH.self, 0)
        try write(FCT.self, 0)
        try write(FCTTV.self, 0)
    }

    /// Receive initialization (14.4). The receiver is not enabled here: `enableReceive` is the last step of all.
    func configureReceive(_ ring: borrowing ReceiveRing, address: MACAddress) throws(DeviceError) {
        // The station address, low byte first; the other exact filters off.
        let bytes = address.bytes.map(UInt32.init)
        try write(RAR.high(0), 0)
        try write(RAR.low(0), bytes[0] | bytes[1] << 8 | bytes[2] << 16 | bytes[3] << 24)
        try write(RAR.high(0), bytes[4] | bytes[5] << 8 | RAR.AV)
        for index in 1..<RAR.count {
            try write(RAR.high(index), 0)
            try write(RAR.low(index), 0)
        }
        for index in 0..<MTA.count { try write(MTA.offset(index), 0) }
        for index in 0..<VFTA.count { try write(VFTA.offset(index), 0) }
        // An interrupt for each frame, at once: no delay, no throttling.
        try write(RDTR.self, 0)
        try write(RADV.self, 0)
        try write(ITR.self, 0)
        try write(RXDCTL.self, 0)
        try write(RXCSUM.self, 0)
        try write(RDBAL.self, UInt32(truncatingIfNeeded: ring.busAddress))
        try write(RDBAH.self, UInt32(truncatingIfNeeded: ring.busAddress >> 32))
        try write(RDLEN.self, ring.byteCount)
        try write(RDH.self, 0)
        try write(RDT.self, 0)
    }

    /// Transmit initialization (14.5).
    func configureTransmit(_ ring: borrowing TransmitRing) throws(DeviceError) {
        try write(TDBAL.self, UInt32(truncatingIfNeeded: ring.busAddress))
        try write(TDBAH.self, UInt32(truncatingIfNeeded: ring.busAddress >> 32))
        try write(TDLEN.self, ring.byteCount)
        try write(TDH.self, 0)
        try write(TDT.self, 0)
        try write(TIDV.self, 0)
        try write(TADV.self, 0)
        // Write-back threshold 0: each descriptor with RS is reported at once.
        try write(TXDCTL.self, 0)
        // 96 bit times between frames on copper (13.4.34).
        try write(TIPG.self, 10 | 8 << TIPG.IPGR1_SHIFT | 6 << TIPG.IPGR2_SHIFT)
        // 16 collisions and 64 byte times, as for full duplex (13.4.33).
        try write(TCTL.self, TCTL.EN | TCTL.PSP | 0x0f << TCTL.CT_SHIFT | 0x40 << TCTL.COLD_SHIFT)
    }

    /// The last step: RCTL is written once, since each write of it holds QEMU's reception back for a second.
    func enableReceive(_ ring: borrowing ReceiveRing, promiscuous: Bool) throws(DeviceError) {
        try write(RDT.self, ring.lastArmed)
        let everything = promiscuous ? RCTL.UPE | RCTL.MPE : 0
        try write(RCTL.self, RCTL.EN | RCTL.BAM | RCTL.BSIZE_2048 | RCTL.SECRC | everything)
    }
}
