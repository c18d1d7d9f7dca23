import DeviceAccess

extension Controller {
    /// Registers as they are, for a person to look at.
    ///
    /// - Parameter withEffects: also those that a read changes. Counters are then no longer in `readStatistics`, and causes of
    ///   the interrupt are lost.
    /// - Throws: `.vanished` when the card has left the bus.
    public func readRegisters(withEffects: Bool = false) throws(DeviceError) -> [(entry: RegisterEntry, values: [UInt32])] {
        guard try device.registers.read(STATUS.self) != .max else { throw .vanishedCard }
        var result: [(entry: RegisterEntry, values: [UInt32])] = []
        for entry in RegisterTable.entries(of: model) where entry.isReadable && (withEffects || !entry.readHasEffect) {
            var values: [UInt32] = []
            for index in 0..<entry.count { values.append(try device.registers.read(entry.offset + index * entry.stride)) }
            result.append((entry, values))
        }
        return result
    }
}
