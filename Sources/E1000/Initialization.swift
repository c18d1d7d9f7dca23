import DeviceAccess
import Frames
import Glibc

// Bringing the card up, in the manual's order. Every register that the driver relies on is written: QEMU's models reset
// few of them with CTRL.RST, and a driver before us may have left anything.
extension RegisterSpace {
    /// Silence: no interrupt, no DMA.
    func quiesce() throws(DeviceError) {
        try write(IMC.self, .max)
        try write(RCTL.self, 0)
        try write(TCTL.self, 0)
        // Posted writes arrive before a read is answered.
        guard try read(STATUS.self) != .max else { throw .vanishedCard }
    }

    /// The end of the card's use: silence, and the card is its firmware's again.
    func release(_ model: CardModel) throws(DeviceError) {
        try quiesce()
        if model.family == .pcie { try change(CTRL_EXT.self, clear: CTRL_EXT.DRV_LOAD) }
    }

    /// Reset (14.7, 13.4.1): quiet first, then RST, then quiet again, since the reset unmasks nothing but the EEPROM loads defaults.
    func reset(_ model: CardModel, _ configuration: Configuration) throws(DeviceError) {
        try quiesce()
        // Takes effect with the reset, which leaves it alone (13.4.16).
        try write(PBA.self, configuration.receiveMemory(model))
        // Descriptor writes under way finish before the reset.
        if model.family == .pcie { try stopBusRequests() } else { usleep(10_000) }
        try change(CTRL.self, set: CTRL.RST)
        // 82540EM: registers must not be read for 1 µs; the EEPROM is loaded within 5 ms.
        usleep(5_000)
        _ = try wait(CTRL.self, bits: CTRL.RST, value: 0, milliseconds: 100)
        if model.family == .pcie { _ = try wait(EECD.self, bits: EECD.AUTO_RD, value: EECD.AUTO_RD, milliseconds: 100) }
        try write(IMC.self, .max)
        _ = try read(ICR.self)
    }

    /// 82574L: no new request leaves the card, and those under way end (its datasheet, 3.1.3.10). One that does not end in 100 ms
    /// is ended by the reset.
    private func stopBusRequests() throws(DeviceError) {
        try change(CTRL.self, set: CTRL.GIO_MASTER_DISABLE)
        do {
            _ = try wait(STATUS.self, bits: STATUS.GIO_MASTER_ENABLE, value: 0, milliseconds: 100)
        } catch {
            guard error.kind == .timeout else { throw error }
        }
    }

    /// General configuration (14.3): the PHY chooses speed and duplex; no flow control.
    func configureGeneral(_ model: CardModel, _ configuration: Configuration) throws(DeviceError) {
        let pciOnly = CTRL.LRST | CTRL.ILOS
        try change(
            CTRL.self, set: CTRL.SLU | (model.family == .pci ? CTRL.ASDE : 0) | (configuration.stripsVLANTags ? CTRL.VME : 0),
            clear: (model.family == .pci ? pciOnly : CTRL.ASDE | CTRL.GIO_MASTER_DISABLE | CTRL.forbidden)
                | CTRL.PHY_RST | CTRL.FRCSPD | CTRL.FRCDPLX | CTRL.RFCE | CTRL.TFCE | CTRL.VME)
        if model.family == .pcie { try configureExpress() }
        // Which frames have a tag: for the VLAN filter as well.
        try write(VET.self, UInt32(EtherType.vlan.rawValue))
        try write(FCAL.self, 0)
        try write(FCAH.self, 0)
        try write(FCT.self, 0)
        try write(FCTTV.self, 0)
    }

    /// What the 82574L needs beside: the card is the driver's, and bits that Intel's own drivers set whatever the EEPROM says.
    private func configureExpress() throws(DeviceError) {
        try change(CTRL_EXT.self, set: CTRL_EXT.DRV_LOAD | CTRL_EXT.required, clear: CTRL_EXT.forbidden)
        try change(GCR.self, set: GCR.required | GCR.L1_ACT_WITHOUT_L0S_RX)
        try change(GCR2.self, set: GCR2.completionFix)
    }

    /// Receive initialization (14.4). The receiver is not enabled here: `enableReceive` is the last step of all.
    func configureReceive(
        _ ring: borrowing ReceiveRing, _ model: CardModel, _ configuration: Configuration, address: MACAddress
    ) throws(DeviceError) {
        try writeAddress(0, address)
        try writeFilters(configuration.filters)
        try writeReceiveModeration(configuration.moderation)
        try write(RXCSUM.self, configuration.verifiesChecksums ? RXCSUM.value(model) : 0)
        switch model.family {
        case .pci:
            try write(RXDCTL.self, 0)
        case .pcie:
            // Each descriptor is written back at once; legacy descriptors; one queue.
            try write(RXDCTL.self, RXDCTL.GRAN | 1 << RXDCTL.WTHRESH_SHIFT)
            try write(RFCTL.self, 0)
            try write(MRQC.self, 0)
            try write(IAM.self, 0)
        }
        try write(RDBAL.self, UInt32(truncatingIfNeeded: ring.busAddress))
        try write(RDBAH.self, UInt32(truncatingIfNeeded: ring.busAddress >> 32))
        try write(RDLEN.self, ring.byteCount)
        // 0, but for a card that is initialised anew.
        try write(RDH.self, ring.position)
        try write(RDT.self, ring.position)
    }

    /// Transmit initialization (14.5).
    func configureTransmit(_ ring: borrowing TransmitRing, _ model: CardModel, _ configuration: Configuration) throws(DeviceError) {
        try write(TDBAL.self, UInt32(truncatingIfNeeded: ring.busAddress))
        try write(TDBAH.self, UInt32(truncatingIfNeeded: ring.busAddress >> 32))
        try write(TDLEN.self, ring.byteCount)
        try write(TDH.self, ring.position)
        try write(TDT.self, ring.position)
        try writeTransmitModeration(configuration.moderation)
        // Each descriptor with RS is reported at once.
        switch model.family {
        case .pci:
            try write(TXDCTL.self, 0)
        case .pcie:
            try write(TXDCTL.self, TXDCTL.GRAN | TXDCTL.COUNT_DESC | 1 << TXDCTL.WTHRESH_SHIFT)
            try write(TARC0.self, TARC0.ENABLE | TARC0.required | 3)
        }
        // 96 bit times between frames (13.4.34; 82574L datasheet, 10.2.6.2).
        try write(TIPG.self, model.transmitGap | 8 << TIPG.IPGR1_SHIFT | 6 << TIPG.IPGR2_SHIFT)
        // 16 collisions, and the collision distance of full duplex (13.4.33; 82574L datasheet, 4.6.6).
        let family = model.family == .pci ? 64 << TCTL.COLD_SHIFT : 63 << TCTL.COLD_SHIFT | TCTL.MULR
        try write(TCTL.self, TCTL.EN | TCTL.PSP | 0x0f << TCTL.CT_SHIFT | family)
    }

    /// The last step: RCTL is written once, since each write of it holds QEMU's reception back for a second.
    func enableReceive(_ ring: borrowing ReceiveRing, _ configuration: Configuration) throws(DeviceError) {
        try write(IMS.self, InterruptCause.LSC | InterruptCause.receive)
        try write(RDT.self, ring.lastArmed)
        let long = configuration.hasLongFrames ? RCTL.LPE : 0
        try write(RCTL.self, RCTL.EN | RCTL.BSIZE_2048 | RCTL.SECRC | long | configuration.filters.receiveControl)
    }
}
