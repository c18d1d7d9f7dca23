import ArgumentParser
import CardSelection
import E1000
import ToolSupport

struct Regs: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show a card's registers: names, values, decoded bits.",
        discussion: """
            The card is reset and initialised for this, as for any use of it: the values are those of a card at work. Registers that \
            a read changes (the interrupt's causes, the counters) are left out unless --effects is given. Tables that are all zero \
            take one line. With --watch, the first output is whole, later ones show what has changed.

            Examples:
              sudo e1000-uio regs --device 00:03.0
              e1000-uio regs --device qemu STATUS RCTL
              e1000-uio regs --device qemu --json | jq -r '.[] | [.name,.value] | @tsv'
              sudo e1000-uio regs --watch 1 STATUS
            """)

    @OptionGroup var card: CardOptions
    @OptionGroup var repetition: Repetition
    @Argument(help: ArgumentHelp("Only these registers.", valueName: "name"))
    var names: [String] = []
    @Flag(help: "Values only, no decoded bits.")
    var raw = false
    @Flag(help: "Also read what a read changes.")
    var effects = false
    @Flag(help: "Print JSON: an array; with --watch one a line.")
    var json = false

    private struct Report: Encodable {
        let name: String
        let offset: String
        let value: String
        let access: String
        let meaning: String
        let section: String
        let fields: [String: UInt32]?
    }

    func run() throws {
        let known = RegisterTable.names
        if let name = names.first(where: { !known.contains($0.uppercased()) }) {
            throw Problem.usage("'\(name)'", "no register of that name", remedy: "'e1000-uio regs --device qemu' lists them")
        }
        let wanted = Set(names.map { $0.uppercased() })
        let card = try card.open()
        var before: [UInt32: UInt32] = [:]
        try repetition.run { isFirst in
            // Named on the command line is asked for.
            let registers = try card.readRegisters(withEffects: effects || !wanted.isEmpty && Self.haveEffects(wanted))
                .filter { wanted.isEmpty || wanted.contains($0.entry.name) }
            if json { return try Output.json(reports(registers), compact: repetition.watch != nil) }
            for register in registers { show(register, before: &before, isFirst: isFirst) }
        }
    }

    private static func haveEffects(_ names: Set<String>) -> Bool { names.contains { RegisterTable.readHasEffect($0) } }

    private func show(_ register: (entry: RegisterEntry, values: [UInt32]), before: inout [UInt32: UInt32], isFirst: Bool) {
        let entry = register.entry
        let isEmptyTable = entry.count > 1 && register.values.allSatisfy { $0 == 0 }
        for (index, value) in register.values.enumerated() {
            let offset = entry.offset + UInt32(index) * entry.stride
            defer { before[offset] = value }
            if !isFirst && before[offset] == value { continue }
            if isFirst && isEmptyTable {
                if index == 0 { Output.line("\(Self.label(entry, 0, of: "0-\(entry.count - 1)"))\(hex(0))  \(entry.meaning)") }
                continue
            }
            Output.line("\(Self.label(entry, index))\(hex(value))  \(entry.meaning)")
            guard !raw else { continue }
            let fields = entry.decode(value).filter { $0.value != 0 }
                .map { field in field.value == 1 ? field.name : "\(field.name)=\(hex(field.value, digits: 1))" }
            if !fields.isEmpty { Output.line(String(repeating: " ", count: 20) + fields.joined(separator: " ")) }
        }
    }

    /// Offset and name, 20 characters wide.
    private static func label(_ entry: RegisterEntry, _ index: Int, of range: String? = nil) -> String {
        let suffix = entry.count == 1 ? "" : "[\(range ?? "\(index)")]"
        let text = "\(hex(entry.offset + UInt32(index) * entry.stride, digits: 5).dropFirst(2)) \(entry.name)\(suffix)"
        return text + String(repeating: " ", count: max(1, 20 - text.count))
    }

    private func reports(_ registers: [(entry: RegisterEntry, values: [UInt32])]) -> [Report] {
        registers.flatMap { register in
            let entry = register.entry
            return register.values.enumerated().map { index, value in
                Report(
                    name: entry.count == 1 ? entry.name : "\(entry.name)[\(index)]",
                    offset: hex(entry.offset + UInt32(index) * entry.stride, digits: 5), value: hex(value),
                    access: entry.isWritable ? "read/write" : entry.readHasEffect ? "read, clears" : "read-only",
                    meaning: entry.meaning, section: entry.section,
                    fields: raw || entry.fields.isEmpty ? nil
                        : Dictionary(entry.decode(value).map { ($0.name, $0.value) }, uniquingKeysWith: { $1 }))
            }
        }
    }
}
