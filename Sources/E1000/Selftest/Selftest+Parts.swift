import Clocks
import DeviceAccess

// What the self-test checks without a frame.
extension Controller {
    /// Patterns in registers that hold 32 bits and do nothing meanwhile: exact filters that are off, and the multicast table.
    mutating func checkRegisters() throws(DeviceError) -> Outcome {
        let registers = device.registers
        var count = 0
        for offset in [RAR.low(15), MTA.offset(0), MTA.offset(127), VFTA.offset(0), VFTA.offset(127)] {
            let before = try registers.read(offset)
            for value: UInt32 in [0x0000_0000, 0xffff_fffe, 0xaaaa_aaaa, 0x5555_5555, 0x0123_4567, 0x89ab_cdef] {
                try registers.write(offset, value)
                let found = try registers.read(offset)
                guard found == value else {
                    try registers.write(offset, before)
                    return .failed("0x\(String(offset, radix: 16)) holds 0x\(String(found, radix: 16)), not 0x\(String(value, radix: 16))")
                }
                count += 1
            }
            try registers.write(offset, before)
        }
        return .passed("\(count) patterns held")
    }

    mutating func checkEEPROM() throws(DeviceError) -> Outcome {
        let again = try EEPROM(reading: device.registers, model.eeprom)
        guard again.words == eeprom.words else { return .failed("two reads differ") }
        return .passed("\(again.words.count) words add up to \(EEPROM.hex(again.sum)), \(macAddress)")
    }

    mutating func checkPHY() throws(DeviceError) -> Outcome {
        let identifier = try phyState().identifier
        let digits = String(identifier, radix: 16)
        let text = "0x" + String(repeating: "0", count: 8 - digits.count) + digits
        guard model.phy.contains(identifier & ~0xf) else { return .failed("its identifier \(text) is not one of a \(model.name)") }
        return .passed("identifier \(text)")
    }

    /// A cause that is raised by hand (ICS) arrives as an interrupt.
    mutating func checkInterrupt() throws(DeviceError) -> Outcome {
        var slowest: Int64 = 0
        for round in 1...10 {
            try acknowledge()
            try device.enableInterrupt()
            let start = Clocks.monotonic
            try device.registers.write(ICS.self, InterruptCause.LSC)
            guard try device.waitForInterrupt(nanoseconds: 1_000_000_000) else {
                return .failed("interrupt \(round) of 10 did not come within 1 s")
            }
            slowest = max(slowest, Clocks.monotonic - start)
            try acknowledge()
        }
        _ = try takeLinkChange()
        return .passed("10 of 10, the slowest after \(slowest / 1000) µs")
    }
}
