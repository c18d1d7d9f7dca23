import DeviceAccess
import Frames

/// The card's EEPROM (5.6): 64 words of 16 bits whose sum is 0xBABA.
public struct EEPROM: Sendable {
    /// Words that are read, those that the checksum covers.
    public static var wordCount: Int { 64 }
    /// What all words add up to, modulo 2^16 (5.6.35).
    public static var checksum: UInt16 { 0xbaba }

    /// As they were read, from word 0x00 on.
    public let words: [UInt16]

    /// Reads all words of a card that nobody drives, whatever their sum: for a look at one that `Controller` refuses. The card is
    /// reset before, as for any use of it.
    ///
    /// - Throws: `.refused` for a card that is not one of the family, `.timeout` when the card or its EEPROM does not answer, `.invalid`
    ///   when the card says that it has none, `.vanished` when it has left the bus.
    public init(of device: borrowing Device) throws(DeviceError) {
        let model = try CardModel.driven(device)
        try device.registers.reset(model, Configuration())
        try self.init(reading: device.registers, model.eeprom)
    }

    /// Reads all words, the way the model needs it; `check` is the caller's.
    ///
    /// - Throws: `.timeout` when the EEPROM does not answer, `.invalid` when the card says that it has none.
    init(reading registers: RegisterSpace, _ access: CardModel.EEPROMAccess) throws(DeviceError) {
        var words: [UInt16] = []
        words.reserveCapacity(Self.wordCount)
        for address in 0..<UInt32(Self.wordCount) {
            switch access {
            case .register(let done, let shift): words.append(try registers.eepromWord(address, done: done, addressShift: shift))
            case .microwire: words.append(try registers.microwireWord(address))
            }
        }
        self.words = words
    }

    /// - Throws: `.invalid` when the words do not add up.
    package init(words: [UInt16]) throws(DeviceError) {
        self.words = words
        try check()
    }

    /// All words, added up.
    public var sum: UInt16 { words.reduce(0, &+) }
    /// There are 64 words, and they add up.
    public var isGood: Bool { words.count == Self.wordCount && sum == Self.checksum }

    /// - Throws: `.invalid` when the words do not add up.
    func check() throws(DeviceError) {
        guard isGood else {
            throw DeviceError(
                .invalid, "EEPROM", "checksum is \(Self.hex(sum)), should be \(Self.hex(Self.checksum)): its MAC address cannot be trusted",
                remedy: "'e1000-uio eeprom' shows its words; rewrite the EEPROM with the vendor's tool")
        }
    }

    /// Ethernet Individual Address, words 0 to 2, low byte first (5.6.1).
    public var macAddress: MACAddress {
        MACAddress(rawValue: words[0..<3].reduce(0) { $0 << 16 | UInt64($1.byteSwapped) })
    }
}
