import ArgumentParser
import CardSelection
import E1000
import ToolSupport

struct EEPROMCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "eeprom",
        abstract: "Show a card's EEPROM: words and what they mean.",
        discussion: """
            All 64 words are read and their checksum verified. Nothing is written to it.

            Examples:
              sudo e1000-uio eeprom --device 00:03.0
              e1000-uio eeprom --device qemu --json | jq -r .macAddress
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
        let fields: [Field]
    }

    func run() throws {
        let card = try card.open()
        let eeprom = card.eeprom
        let sum = hex(UInt32(eeprom.words.reduce(0, &+)), digits: 4)
        if json {
            return try Output.json(
                Report(
                    device: card.name, macAddress: "\(eeprom.macAddress)", words: eeprom.words, sum: sum,
                    fields: eeprom.fields.map {
                        .init(firstWord: $0.words.lowerBound, lastWord: $0.words.upperBound, name: $0.name, value: $0.value)
                    }))
        }
        for start in stride(from: 0, to: eeprom.words.count, by: 8) {
            let words = eeprom.words[start..<start + 8].map { hex(UInt32($0), digits: 4).dropFirst(2) }.joined(separator: " ")
            Output.line("\(hex(UInt32(start), digits: 2).dropFirst(2)): \(words)")
        }
        Output.line("")
        let rows = eeprom.fields.map { field in
            let first = hex(UInt32(field.words.lowerBound), digits: 2)
            let last = field.words.count > 1 ? "-\(hex(UInt32(field.words.upperBound), digits: 2))" : ""
            return ["\(first)\(last)", field.name, field.value]
        }
        for line in Table.lines(rows + [["0x00-0x3f", "sum of all words", "\(sum), good"]]) { Output.line(line) }
    }
}
