import ArgumentParser
import CardSelection
import DeviceAccess
import E1000
import ToolSupport

struct Selftest: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check a card: registers, EEPROM, PHY, interrupt, loopback, offloads, rings, counters.",
        discussion: """
            Needs no cable and no peer, and sends nothing out on the wire: frames go through the PHY's loopback. Takes about 3 s. \
            The exit code is 1 when any check fails.

            Examples:
              sudo e1000-uio selftest --device 00:03.0
              e1000-uio selftest --device qemu --qemu-model e1000e --json
            """)

    @OptionGroup var card: CardOptions
    @Flag(help: "Print JSON.")
    var json = false

    private struct Report: Encodable {
        let device: String
        /// `nil` (left away): the card could not be opened.
        let model: String?
        let passed: Bool
        let checks: [SelftestResult]
    }

    func run() throws {
        do {
            // Else there is no tag to insert.
            var card = try card.open(stripsVLANTags: true)
            let results = try card.selftest(report: show)
            try conclude(results, name: card.name, model: card.model.name)
        } catch let error as DeviceError where error.kind == .invalid {
            // A card whose EEPROM is broken is opened for nobody; here that is a result.
            let results = SelftestResult.all(brokenEEPROM: error)
            for result in results { show(result) }
            try conclude(results, name: card.device ?? "card", model: nil)
        }
    }

    private func show(_ result: SelftestResult) {
        guard !json else { return }
        let name = result.name + String(repeating: " ", count: max(1, 11 - result.name.count))
        let verdict = result.verdict.rawValue + String(repeating: " ", count: max(1, 9 - result.verdict.rawValue.count))
        Output.line("\(name)\(verdict)\(result.detail)")
    }

    private func conclude(_ results: [SelftestResult], name: String, model: String?) throws {
        let passed = !results.contains { $0.verdict == .failed }
        if json {
            try Output.json(Report(device: name, model: model, passed: passed, checks: results))
        } else {
            Output.note("\(name)\(model.map { ", \($0)" } ?? ""): \(passed ? "passed" : "failed")")
        }
        if !passed { throw ExitCode.failure }
    }
}
