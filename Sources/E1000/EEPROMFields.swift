/// One thing that the EEPROM says, decoded (5.6).
public struct EEPROMField: Sendable, Equatable {
    /// The words that it is in.
    public let words: ClosedRange<Int>
    /// What the words are about, in words for a person.
    public let name: String
    /// What they say: a number in hexadecimal, or text.
    public let value: String
}

extension EEPROM {
    /// What a word holds that nobody has written: it says nothing.
    public static var blank: UInt16 { 0xffff }

    /// What the words mean to this model, in their order; without blank ones. Bits that only some of the family have are left raw.
    public func fields(of model: CardModel) -> [EEPROMField] {
        var fields = [
            EEPROMField(words: 0x00...0x02, name: "MAC address", value: "\(macAddress)"),
            word(0x03, "compatibility", words[0x03] & Self.onMotherboard != 0 ? "on the motherboard" : ""),
            // The 82544GC has no LEDCTL that they could be for.
            word(0x04, "port lights, mode 1/2", model.eeprom == .microwire ? "" : Self.lights(words[0x04])),
            word(0x05, "version"),
            EEPROMField(words: 0x08...0x09, name: "board number (PBA)", value: Self.boardNumber(words[0x08], words[0x09])),
            word(0x0a, "initialization control 1", control1(model)),
            word(0x0b, "subsystem id"),
            word(0x0c, "subsystem vendor id"),
            word(0x0d, "device id"),
            word(0x0e, "vendor id"),
            word(0x0f, "initialization control 2", control2(model)),
            word(0x3f, "checksum word"),
        ]
        fields.removeAll { $0.words.allSatisfy { words[$0] == Self.blank } }
        return fields
    }

    /// A word's value, and after a comma what it means.
    private func word(_ index: Int, _ name: String, _ meaning: String = "") -> EEPROMField {
        EEPROMField(words: index...index, name: name, value: Self.hex(words[index]) + (meaning.isEmpty ? "" : ", \(meaning)"))
    }

    /// Word 0x03: LAN on motherboard.
    private static var onMotherboard: UInt16 { 1 << 11 }

    /// Word 0x0a: whether the identifiers are the EEPROM's (5.6.6); and what CTRL has after a reset, in the family of the manual.
    private func control1(_ model: CardModel) -> String {
        let word = words[0x0a]
        var meaning = [word & 1 << 0 != 0 ? "vendor and device id from here" : "", word & 1 << 1 != 0 ? "subsystem ids from here" : ""]
        if model.family == .pci {
            meaning += [word & 1 << 4 != 0 ? "ILOS" : "", word & 1 << 9 != 0 ? "LRST" : "", word & 1 << 10 != 0 ? "FD" : ""]
        }
        return meaning.filter { !$0.isEmpty }.joined(separator: ", ")
    }

    /// Word 0x0f: the pause frames that a driver is to use unless its user says otherwise (bit 12 both ways, bit 13 alone only sent);
    /// in the family of the manual also whether the link is to be negotiated (bit 11).
    private func control2(_ model: CardModel) -> String {
        let word = words[0x0f]
        let pause = ["no pause frames", "pause frames both ways", "pause frames sent only", "pause frames both ways"][Int(word >> 12 & 3)]
        return pause + (model.family == .pci && word & 1 << 11 != 0 ? ", autonegotiation" : "")
    }

    /// Word 0x04: four bits a light from LED 0 on, 1 to 9, what it does in each of the two modes that a driver has for finding a port.
    private static func lights(_ word: UInt16) -> String {
        let states = ["default", "on", "off"]
        return (0..<4).map { light in
            let value = Int(word >> (4 * light) & 0xf)
            // Others are reserved.
            guard 1...9 ~= value else { return "LED\(light) -" }
            return "LED\(light) \(states[(value - 1) / 3])/\(states[(value - 1) % 3])"
        }.joined(separator: " ")
    }

    /// Two words of binary-coded digits: 123456-003; newer cards have it as text elsewhere.
    private static func boardNumber(_ high: UInt16, _ low: UInt16) -> String {
        guard high != boardNumberElsewhere else { return "text from word \(hex(low)) on" }
        let digits = String(UInt32(high) << 8 | UInt32(low >> 8), radix: 16)
        let suffix = String(low & 0xff, radix: 16)
        return String(repeating: "0", count: 6 - digits.count) + digits + "-" + String(repeating: "0", count: 3 - suffix.count) + suffix
    }

    private static var boardNumberElsewhere: UInt16 { 0xfafa }

    static func hex(_ value: UInt16) -> String {
        let digits = String(value, radix: 16)
        return "0x" + String(repeating: "0", count: 4 - digits.count) + digits
    }
}
