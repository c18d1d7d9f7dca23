import DeviceAccess

/// One check of a card.
public struct SelftestResult: Sendable, Codable, Equatable {
    /// The checks, in their order.
    public static let names = ["registers", "eeprom", "phy", "interrupt", "loopback", "offloads", "ring wrap", "counters", "link"]

    /// How a check ended; `skipped`: it was not made; `detail` has why.
    public enum Verdict: String, Sendable, Codable { case passed, failed, skipped }
    /// `registers`, `eeprom`, `interrupt`, …
    public let name: String
    /// How it ended.
    public let verdict: Verdict
    /// What was found; of a failure, what should have been.
    public let detail: String
    /// How long it took; 0 of one that was not made.
    public let milliseconds: Double

    /// What can be said of a card that could not even be opened, since its EEPROM is broken: that check failed, and no other was made.
    public static func all(brokenEEPROM error: DeviceError) -> [SelftestResult] {
        names.map { name in
            let isCulprit = name == "eeprom"
            return SelftestResult(
                name: name, verdict: isCulprit ? .failed : .skipped, detail: isCulprit ? "\(error)" : "it needs the EEPROM", milliseconds: 0)
        }
    }
}
