import Clocks
import DeviceAccess

extension InterruptModeration {
    /// - Throws: `.refused` for times that a register cannot hold, or a bound without the delay that it bounds.
    func check() throws(DeviceError) {
        for (name, value, unit) in [
            ("interval", interval, Self.intervalUnit), ("receive delay", receiveDelay, Self.delayUnit),
            ("receive bound", receiveBound, Self.delayUnit), ("transmit delay", transmitDelay, Self.delayUnit),
            ("transmit bound", transmitBound, Self.delayUnit),
        ] where value < 0 || value > 0xffff * unit {
            throw DeviceError(.refused, "interrupt moderation", "\(name) of \(value) ns", remedy: "use 0 to \(0xffff * unit) ns")
        }
        // 13.4.31, 13.4.44: the absolute timers run only beside the relative ones.
        if receiveBound > 0 && receiveDelay == 0 || transmitBound > 0 && transmitDelay == 0 {
            throw DeviceError(.refused, "interrupt moderation", "a bound without a delay has no effect", remedy: "give the delay too")
        }
    }

    static func units(_ nanoseconds: Int64, of unit: Int64) -> UInt32 { UInt32((nanoseconds + unit - 1) / unit) }
}

extension RegisterSpace {
    func writeReceiveModeration(_ moderation: InterruptModeration) throws(DeviceError) {
        let unit = InterruptModeration.delayUnit
        try write(RDTR.self, InterruptModeration.units(moderation.receiveDelay, of: unit))
        try write(RADV.self, InterruptModeration.units(moderation.receiveBound, of: unit))
        try write(ITR.self, InterruptModeration.units(moderation.interval, of: InterruptModeration.intervalUnit))
    }

    func writeTransmitModeration(_ moderation: InterruptModeration) throws(DeviceError) {
        let unit = InterruptModeration.delayUnit
        // Never 0 (13.4.41).
        try write(TIDV.self, max(1, InterruptModeration.units(moderation.transmitDelay, of: unit)))
        try write(TADV.self, InterruptModeration.units(moderation.transmitBound, of: unit))
    }
}

extension Configuration {
    /// What can be checked before a card is touched; the rings check their own sizes.
    func check() throws(DeviceError) {
        try filters.check()
        try moderation.check()
        try link.check()
        let most = min(256, transmitDescriptors / 4)
        guard reportEvery == 1 || 1...max(1, most) ~= reportEvery else {
            throw DeviceError(
                .refused, "transmit ring", "a report for every \(reportEvery) of \(transmitDescriptors) descriptors", remedy: "use 1 to \(most)")
        }
    }
}

extension Controller {
    /// Changes which frames are received.
    ///
    /// - Throws: `.refused` for filters that the card does not have.
    public mutating func setFilters(_ filters: ReceiveFilters) throws(DeviceError) {
        try filters.check()
        let before = configuration.filters.receiveControl
        try device.registers.writeFilters(filters)
        configuration.filters = filters
        // Written only for a reason: QEMU's e1000 stops receiving for a second.
        guard filters.receiveControl != before else { return }
        try device.registers.change(RCTL.self, set: filters.receiveControl, clear: before)
        receivesFrom = Clocks.monotonic + quirks.receiveDelay
    }

    /// Changes how long interrupts are held back.
    ///
    /// - Throws: `.refused` for times that the card cannot count.
    public mutating func setModeration(_ moderation: InterruptModeration) throws(DeviceError) {
        try moderation.check()
        try device.registers.writeReceiveModeration(moderation)
        try device.registers.writeTransmitModeration(moderation)
        transmitRing.delaysInterrupts = moderation.transmitDelay > 0
        configuration.moderation = moderation
    }
}
