/// The EEPROM's own wires (5.3.1, 13.4.3): chip select, clock and data, as EECD's bits move them.
struct Microwire: Sendable {
    static let SK: UInt32 = 1 << 0
    static let CS: UInt32 = 1 << 1
    static let DI: UInt32 = 1 << 2
    static let DO: UInt32 = 1 << 3
    /// Start bit, two bits of opcode, six of address.
    private static let commandLength = 9

    private var wires: UInt32 = 0
    private var command: UInt32 = 0
    /// Bits of the command that came, from the start bit on.
    private var received = 0
    /// What is clocked out, highest bit first.
    private var word: UInt16 = 0
    private var left = 0
    /// DO.
    private(set) var output = false

    /// EECD was written: a rising clock moves one bit.
    mutating func write(_ value: UInt32, _ words: [UInt16]) {
        let rises = value & Self.SK != 0 && wires & Self.SK == 0
        wires = value
        guard value & Self.CS != 0 else {
            (command, received, left, output) = (0, 0, 0, false)
            return
        }
        guard rises else { return }
        if received < Self.commandLength {
            let bit = value & Self.DI != 0
            // Zeros before the start bit are nothing.
            guard bit || received > 0 else { return }
            command = command << 1 | (bit ? 1 : 0)
            received += 1
            // READ is 10; the dummy zero that follows the address is already there.
            if received == Self.commandLength, command >> 6 & 0b11 == 0b10 {
                word = words[Int(command & 0x3f)]
                left = 16
            }
            return
        }
        guard left > 0 else { return }
        left -= 1
        output = word >> UInt16(left) & 1 != 0
    }
}
