import DeviceAccess
import Frames

/// The card's EEPROM (5.6): 64 words of 16 bits whose sum is 0xBABA.
public struct EEPROM: Sendable {
    public static var wordCount: Int { 64 }
    /// What all words add up to, modulo 2^16 (5.6.35).
    public static var checksum: UInt16 { 0xbaba }

    public let words: [UInt16]

    /// Reads all words, the way the model needs it.
    ///
    /// - Throws: `.timeout` when the EEPROM does not answer, `.invalid` when the checksum is wrong.
    init(reading registers: RegisterSpace, _ access: CardModel.EEPROMAccess) throws(DeviceError) {
        var words: [UInt16] = []
        words.reserveCapacity(Self.wordCount)
        for address in 0..<UInt32(Self.wordCount) {
            switch access {
            case .register(let done, let shift): words.append(try registers.eepromWord(address, done: done, addressShift: shift))
            case .microwire: words.append(try registers.microwireWord(address))
            }
        }
        try self.init(words: words)
    }

    /// - Throws: `.invalid` when the words do not add up.
    package init(words: [UInt16]) throws(DeviceError) {
        let sum = words.reduce(0, &+)
        guard words.count == Self.wordCount, sum == Self.checksum else {
            throw DeviceError(
                .invalid, "EEPROM", "checksum is 0x\(String(sum, radix: 16)), should be 0xbaba: its MAC address cannot be trusted",
                remedy: "rewrite the EEPROM with the vendor's tool")
        }
        self.words = words
    }

    /// Ethernet Individual Address, words 0 to 2, low byte first (5.6.1).
    public var macAddress: MACAddress {
        MACAddress(rawValue: words[0..<3].reduce(0) { $0 << 16 | UInt64($1.byteSwapped) })
    }
}
