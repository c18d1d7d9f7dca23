import Clocks
import DeviceAccess
import Glibc

/// The four verbs of the driver: read, write, change bits, wait.
extension RegisterSpace {
    @inline(__always)
    func read<R: ReadableRegister>(_ register: R.Type) throws(DeviceError) -> UInt32 { try read(R.offset) }

    @inline(__always)
    func write<R: WritableRegister>(_ register: R.Type, _ value: UInt32) throws(DeviceError) { try write(R.offset, value) }

    func change<R: ReadableRegister & WritableRegister>(
        _ register: R.Type, set: UInt32 = 0, clear: UInt32 = 0
    ) throws(DeviceError) {
        try write(R.offset, try read(R.offset) & ~clear | set)
    }

    /// Waits until `bits` of a register are `value`, at most `milliseconds`.
    ///
    /// - Throws: `.timeout`, with the register's name; `.vanished` when it reads all ones.
    func wait<R: ReadableRegister>(
        _ register: R.Type, bits: UInt32, value: UInt32, milliseconds: Int64
    ) throws(DeviceError) -> UInt32 {
        let deadline = Clocks.monotonic + milliseconds * 1_000_000
        var looks = 0
        while true {
            looks += 1
            let current = try read(R.offset)
            if current == .max { throw .vanishedCard }
            if current & bits == value { return current }
            // A busy machine may not have let us look in time.
            guard Clocks.monotonic < deadline || looks < 4 else {
                throw DeviceError(
                    .timeout, "\(R.self)", "it is 0x\(String(current, radix: 16)) after \(milliseconds) ms, bits "
                        + "0x\(String(bits, radix: 16)) should have become 0x\(String(value, radix: 16))",
                    remedy: "unbind and bind the card again, or power it off")
            }
            usleep(20)
        }
    }
}

extension DeviceError {
    /// A card that has left the bus answers each read with all ones.
    static var vanishedCard: DeviceError {
        DeviceError(.vanished, "card", "its registers read all ones: it has left the bus", remedy: "see 'e1000-uio list'")
    }
}
