import CardBench

/// The comparison with testpmd, and whether its goals are met.
struct PeerReport: Encodable {
    let machine: Machine
    let costs: [FrameCost]
    let transmit: SendingRates

    var lines: [String] {
        [machine.line, "", "guest instructions a frame; goal: at most half of testpmd's"] + instructionLines
            + ["", "register accesses a frame; goal: no more than testpmd's, receive tail writes batched at burst 1"] + accessLines
            + ["", "transmit with nobody on the wire, frames/s (least - most); goal: at least testpmd's"] + transmitLines
    }

    /// A run of testpmd's and the same of ours.
    private var pairs: [(testpmd: FrameCost, ours: FrameCost)] {
        costs.filter { $0.program == .testpmd }.compactMap { theirs in
            costs.first { $0.program == .ringlight && $0.mode == theirs.mode && $0.burst == theirs.burst }.map { (theirs, $0) }
        }
    }

    private var instructionLines: [String] {
        ["mode  burst  testpmd  ringlight  ratio"]
            + pairs.map { pair in
                let ratio = pair.ours.instructions / pair.testpmd.instructions
                return Self.start(pair.ours) + Report.column("\(Int(pair.testpmd.instructions.rounded()))", 9)
                    + Report.column("\(Int(pair.ours.instructions.rounded()))", 11) + Report.column(Report.rounded(ratio, 3), 7)
                    + Self.verdict(ratio <= 0.5)
            }
    }

    private var accessLines: [String] {
        ["mode  burst  program    transmit tail  receive tail  other writes    reads      all"]
            + pairs.flatMap { pair in
                let batched = pair.ours.burst > 1 || pair.ours.accesses.perFrame(\.receiveTailWrites) <= 0.5
                let fewer = pair.ours.accesses.perFrame(\.all) <= pair.testpmd.accesses.perFrame(\.all) * 1.001
                return [Self.line(pair.testpmd), Self.line(pair.ours) + Self.verdict(fewer && batched)]
            }
    }

    private static func line(_ cost: FrameCost) -> String {
        func column(_ count: KeyPath<AccessCount, UInt64>, _ width: Int) -> String {
            Report.column(Report.rounded(cost.accesses.perFrame(count), 4), width)
        }
        return start(cost) + "  " + Report.column(cost.program.rawValue, -9) + column(\.transmitTailWrites, 15)
            + column(\.receiveTailWrites, 14) + column(\.otherWrites, 14) + column(\.reads, 9) + column(\.all, 9)
    }

    /// The clock decides; the processor time is there for machines that others use too.
    private var transmitLines: [String] {
        func line(_ name: String, _ rates: [SendingRate]) -> String {
            Report.column(name, -31) + Self.spread(rates.map(\.framesPerSecond), 0) + Self.spread(rates.map(\.framesPerProcessorSecond), 0)
        }
        let ratios = transmit.ratios(\.framesPerSecond)
        return [Report.column("", -31) + Report.column("by the clock", 31) + Report.column("by processor time", 31)]
            + transmit.testpmd.keys.sorted().map { line("testpmd in the guest, burst \($0)", transmit.testpmd[$0] ?? []) } + [
                line("ringlight qemu, batch \(SendingRates.ourBatch)", transmit.ours),
                Report.column("ratio to testpmd's better one", -31) + Self.spread(ratios, 2)
                    + Self.spread(transmit.ratios(\.framesPerProcessorSecond), 2) + Self.verdict(Report.median(ratios) >= 1),
            ]
    }

    /// The median, and the least and the most.
    private static func spread(_ values: [Double], _ decimals: Int) -> String {
        func text(_ value: Double) -> String { decimals == 0 ? "\(Int(value))" : Report.rounded(value, decimals) }
        return Report.column(text(Report.median(values)), 10) + Report.column(" (\(text(values.min() ?? 0)) - \(text(values.max() ?? 0)))", 21)
    }

    private static func start(_ cost: FrameCost) -> String {
        Report.column(cost.mode.rawValue, -4) + Report.column("\(cost.burst)", 7)
    }

    private static func verdict(_ met: Bool) -> String { met ? "  met" : "  not met" }
}
