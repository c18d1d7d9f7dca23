import Clocks
import DeviceAccess

/// Reading one word of the EEPROM, the two ways that there are.
extension RegisterSpace {
    /// Through EERD (13.4.4).
    ///
    /// - Throws: `.timeout` when the word does not come within 100 ms.
    func eepromWord(_ address: UInt32, done: UInt32, addressShift: UInt32) throws(DeviceError) -> UInt16 {
        try write(EERD.self, EERD.START | address << addressShift)
        let value = try wait(EERD.self, bits: done, value: done, milliseconds: 100)
        return UInt16(truncatingIfNeeded: value >> EERD.DATA_SHIFT)
    }

    /// A wire at a time (5.3.1, 13.4.3): start bit, opcode READ, address, then 16 bits back, highest first.
    ///
    /// - Throws: `.invalid` when the card says that there is no EEPROM.
    func microwireWord(_ address: UInt32) throws(DeviceError) -> UInt16 {
        let control = try read(EECD.self)
        guard control != .max else { throw .vanishedCard }
        guard control & EECD.EE_PRES != 0 else {
            throw DeviceError(.invalid, "EEPROM", "the card says that it has none", remedy: "see 'e1000-uio regs' for EECD")
        }
        let idle = control & ~(EECD.SK | EECD.CS | EECD.DI)
        // A 256-word EEPROM has 8 address bits, a 64-word one 6.
        let addressBits: UInt32 = control & EECD.EE_SIZE != 0 ? 8 : 6
        try microwire(idle)
        try microwire(idle | EECD.CS)
        let command = 0b110 << addressBits | address
        for bit in (0..<addressBits + 3).reversed() {
            try microwireClock(idle | EECD.CS | (command >> bit & 1 != 0 ? EECD.DI : 0))
        }
        var word: UInt16 = 0
        for _ in 0..<16 {
            try microwire(idle | EECD.CS | EECD.SK)
            word = word << 1 | (try read(EECD.self) & EECD.DO != 0 ? 1 : 0)
            try microwire(idle | EECD.CS)
        }
        try microwire(idle)
        return word
    }

    /// One bit to the EEPROM: it samples DI when the clock rises.
    private func microwireClock(_ value: UInt32) throws(DeviceError) {
        try microwire(value)
        try microwire(value | EECD.SK)
        try microwire(value)
    }

    /// Sets the wires and holds them for 1 µs: the part's clock is 1 MHz at most.
    private func microwire(_ value: UInt32) throws(DeviceError) {
        try write(EECD.self, value)
        // The read makes the write arrive.
        _ = try read(EECD.self)
        let end = Clocks.monotonic + 1_000
        while Clocks.monotonic < end {}
    }
}
