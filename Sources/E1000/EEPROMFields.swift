/// One thing that the EEPROM says, decoded (5.6).
public struct EEPROMField: Sendable, Equatable {
    /// The words that it is in.
    public let words: ClosedRange<Int>
    public let name: String
    public let value: String
}

extension EEPROM {
    /// What the words mean that all cards of the family have in common.
    public var fields: [EEPROMField] {
        func word(_ index: Int, _ name: String) -> EEPROMField {
            EEPROMField(words: index...index, name: name, value: Self.hex(words[index]))
        }
        let control = words[0x0a]
        return [
            EEPROMField(words: 0x00...0x02, name: "MAC address", value: "\(macAddress)"),
            word(0x03, "compatibility"),
            word(0x05, "version"),
            EEPROMField(words: 0x08...0x09, name: "board number (PBA)", value: Self.boardNumber(words[0x08], words[0x09])),
            EEPROMField(words: 0x0a...0x0a, name: "initialization control 1", value: Self.hex(control)),
            word(0x0b, "subsystem id"),
            word(0x0c, "subsystem vendor id"),
            word(0x0d, "device id"),
            word(0x0e, "vendor id"),
            word(0x0f, "initialization control 2"),
            EEPROMField(
                words: 0x0a...0x0a, name: "identifiers from EEPROM",
                value: "\(control & 1 != 0 ? "vendor and device" : "-"), \(control & 2 != 0 ? "subsystem" : "-")"),
            word(0x3f, "checksum word"),
        ]
    }

    /// Two words of binary-coded digits: 123456-003.
    private static func boardNumber(_ high: UInt16, _ low: UInt16) -> String {
        let digits = String(UInt32(high) << 8 | UInt32(low >> 8), radix: 16)
        let suffix = String(low & 0xff, radix: 16)
        return String(repeating: "0", count: 6 - digits.count) + digits + "-" + String(repeating: "0", count: 3 - suffix.count) + suffix
    }

    static func hex(_ value: UInt16) -> String {
        let digits = String(value, radix: 16)
        return "0x" + String(repeating: "0", count: 4 - digits.count) + digits
    }
}
