import Clocks
import DeviceAccess

extension Controller {
    /// Checks the card from its registers to its rings; nothing goes out on the wire, the link is down meanwhile and negotiated
    /// again afterwards. Takes about 3 s, bounded by 30 s.
    ///
    /// - Parameter report: called with each result as it comes.
    /// - Throws: `.vanished` when the card leaves the bus meanwhile; what merely fails is a result.
    public mutating func selftest(report: (SelftestResult) -> Void = { _ in }) throws(DeviceError) -> [SelftestResult] {
        var results: [SelftestResult] = []
        func add(_ result: SelftestResult) {
            results.append(result)
            report(result)
        }
        add(try check("registers") { card throws(DeviceError) in try card.checkRegisters() })
        add(try check("eeprom") { card throws(DeviceError) in try card.checkEEPROM() })
        add(try check("phy") { card throws(DeviceError) in try card.checkPHY() })
        add(try check("interrupt") { card throws(DeviceError) in try card.checkInterrupt() })
        let loopback = try check("loopback") { card throws(DeviceError) in
            try card.setLoopback(true)
            return try card.checkPatterns()
        }
        add(loopback)
        let rest: [(String, (inout Controller) throws(DeviceError) -> Outcome)] = [
            ("offloads", { card throws(DeviceError) in try card.checkOffloads() }),
            ("ring wrap", { card throws(DeviceError) in try card.checkRingWrap() }),
            ("counters", { card throws(DeviceError) in try card.checkCounters() }),
        ]
        for (name, body) in rest {
            add(try check(name) { card throws(DeviceError) in
                loopback.verdict == .passed ? try body(&card) : .skipped("it needs the loopback")
            })
        }
        add(try check("link") { card throws(DeviceError) in
            try card.setLoopback(false)
            return .passed("autonegotiation was started again")
        })
        return results
    }

    enum Outcome {
        case passed(String)
        case failed(String)
        case skipped(String)
    }

    private mutating func check(
        _ name: String, _ body: (inout Controller) throws(DeviceError) -> Outcome
    ) throws(DeviceError) -> SelftestResult {
        let start = Clocks.monotonic
        var outcome = Outcome.failed("")
        do {
            outcome = try body(&self)
        } catch {
            guard error.kind != .vanished else { throw error }
            outcome = .failed("\(error)")
        }
        let milliseconds = Double((Clocks.monotonic - start) / 10_000) / 100
        switch outcome {
        case .passed(let detail): return SelftestResult(name: name, verdict: .passed, detail: detail, milliseconds: milliseconds)
        case .failed(let detail): return SelftestResult(name: name, verdict: .failed, detail: detail, milliseconds: milliseconds)
        case .skipped(let detail): return SelftestResult(name: name, verdict: .skipped, detail: detail, milliseconds: milliseconds)
        }
    }
}
