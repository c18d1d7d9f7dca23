import ArgumentParser
import CardSelection
import DeviceAccess
import E1000
import ToolSupport

struct EEPROMCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "eeprom",
        abstract: "Show a card's EEPROM: words and what they mean.",
        discussion: """
            All 64 words are read and added up; the exit code is 1 when the sum is wrong. That is shown too, also of a card that no other \
            command opens because of it. Rows of words that are all ones, and fields that are, are left out. Nothing is written to it; \
            the card is reset, as for any use of it.

            Examples:
              sudo e1000-uio eeprom --device 00:03.0
              e1000-uio eeprom --device qemu --json | jq -r .macAddress
              e1000-uio eeprom --device sim:fault=eeprom
            """)

    @OptionGroup var card: CardOptions
    @Flag(help: "Print JSON.")
    var json = false

    private struct Report: Encodable {
        struct Field: Encodable {
            let firstWord: Int
            let lastWord: Int
            let name: String
            let value: String
        }
        let device: String
        let macAddress: String
        let words: [UInt16]
        let sum: String
        let good: Bool
        let fields: [Field]
    }

    func run() throws {
        let device = try card.openDevice()
        // Not as a controller: that would not come up with a wrong sum.
        let eeprom = try EEPROM(of: device)
        let fields = CardModel.find(vendor: CardModel.vendor, device: device.deviceID).map(eeprom.fields) ?? []
        if json {
            try Output.json(
                Report(
                    device: device.name, macAddress: "\(eeprom.macAddress)", words: eeprom.words, sum: Self.value(eeprom.sum), good: eeprom.isGood,
                    fields: fields.map {
                        .init(firstWord: $0.words.lowerBound, lastWord: $0.words.upperBound, name: $0.name, value: $0.value)
                    }))
        } else {
            show(eeprom, fields)
        }
        if !eeprom.isGood { throw ExitCode.failure }
    }

    private func show(_ eeprom: EEPROM, _ fields: [EEPROMField]) {
        for start in stride(from: 0, to: eeprom.words.count, by: 8) {
            let words = eeprom.words[start..<start + 8]
            guard words.contains(where: { $0 != EEPROM.blank }) else { continue }
            Output.line("\(Self.number(start).dropFirst(2)): \(words.map { Self.value($0).dropFirst(2) }.joined(separator: " "))")
        }
        Output.line("")
        let rows = fields.map { field in
            let last = field.words.count > 1 ? "-\(Self.number(field.words.upperBound))" : ""
            return ["\(Self.number(field.words.lowerBound))\(last)", field.name, field.value]
        }
        let sum = ["\(Self.number(0))-\(Self.number(eeprom.words.count - 1))", "sum of all words", eeprom.verdict]
        for line in Table.lines(rows + [sum]) { Output.line(line) }
    }

    private static func value(_ word: UInt16) -> String { hex(UInt32(word), digits: 4) }
    /// Where a word is.
    private static func number(_ word: Int) -> String { hex(UInt32(word), digits: 2) }
}

extension EEPROM {
    /// The sum, and whether it is right: for people.
    var verdict: String {
        let text = hex(UInt32(sum), digits: 4)
        return isGood ? "\(text), good" : "\(text), wrong: it should be \(hex(UInt32(Self.checksum), digits: 4))"
    }
}
