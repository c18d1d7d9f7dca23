import ArgumentParser
import ToolSupport

struct Serving: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measure a web server on the card: on QEMU's bare card, and next to Linux's own stack in a guest.",
        discussion: """
            In rounds; in each, wrk asks for a file of 100 bytes on 8 connections, and curl fetches a large one: on QEMU's bare card, then \
            in a guest that counts its instructions, from this program's driver and from Linux's.

            Examples:
              ringlight-bench serving --rounds 5
            """)

    @Option(help: "How often each is measured.")
    var rounds = 3
    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
        if !(1...1000).contains(rounds) { throw Problem.usage("--rounds", "\(rounds)", remedy: "use 1 to 1000") }
    }

    func run() throws {
        let report = try ServingReport.measure(rounds: rounds)
        if json { try Output.json(report) } else { report.lines.forEach(Output.line) }
    }
}

struct ServingReport: Encodable {
    /// One for each round.
    let rates: [ServingRate]
    /// Both servers for each round.
    let costs: [ServingCost]

    static func measure(rounds: Int) throws -> ServingReport {
        Output.note("serving: QEMU's bare card, and a guest; \(rounds) rounds")
        let bare = try BareCardServer()
        defer { bare.end() }
        let guest = try ServingCosts()
        defer { guest.end() }
        var rates: [ServingRate] = []
        var costs: [ServingCost] = []
        for round in 1...rounds {
            Output.note("serving: round \(round) of \(rounds)")
            rates.append(try bare.measure())
            costs += try guest.measure()
        }
        return ServingReport(rates: rates, costs: costs)
    }

    var lines: [String] {
        let (requests, bytes) = (rates.map(\.requestsPerSecond), rates.map(\.megabytesPerSecond))
        return ["a web server on QEMU's bare card: \(Self.spread(requests, 0)) requests/s, \(Self.spread(bytes, 1)) MB/s"]
            + ["", "in a guest, instructions:  a request (least - most)     a megabyte (least - most)"]
            + ServingCost.Server.allCases.map { server in
                let own = costs.filter { $0.server == server }
                return Report.column(server.rawValue, -26) + Report.column(Self.spread(own.map(\.instructionsPerRequest), 0), 26)
                    + Report.column(Self.spread(own.map(\.instructionsPerMegabyte), 0), 30)
            } + [
                Report.column("ringlight by linux", -26) + Report.column(Self.spread(ratios(\.instructionsPerRequest), 3), 26)
                    + Report.column(Self.spread(ratios(\.instructionsPerMegabyte), 3), 30)
            ]
    }

    /// Round by round.
    private func ratios(_ value: (ServingCost) -> Double) -> [Double] {
        zip(costs.filter { $0.server == .ringlight }, costs.filter { $0.server == .linux }).map { value($0) / value($1) }
    }

    private static func spread(_ values: [Double], _ decimals: Int) -> String {
        func text(_ value: Double) -> String { decimals == 0 ? "\(Int(value.rounded()))" : Report.rounded(value, decimals) }
        return "\(text(Report.median(values))) (\(text(values.min() ?? 0)) - \(text(values.max() ?? 0)))"
    }
}
