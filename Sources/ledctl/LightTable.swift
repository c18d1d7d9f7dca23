import KeyboardLights
import LightClaims
import ToolSupport

/// The lights and claims for people.
enum LightTable {
    static func lines(_ entries: [LightCatalog.Entry], _ reply: Reply?) -> [String] {
        guard !entries.isEmpty else { return [] }
        var lines = Table.lines([["LIGHT", "STATE", "HELD", "TRIGGER", "HOLDER", "GRABBED", "KEYBOARDS"]] + entries.map(row))
        guard let claims = reply?.claims, !claims.isEmpty else { return lines }
        lines.append("")
        lines += Table.lines([["CLAIM", "SOURCE", "LIGHT", "RANK", "PATTERN", "SHOWN", "LEFT", "MESSAGE"]] + claims.map(row))
        return lines
    }

    private static func row(_ entry: LightCatalog.Entry) -> [String] {
        [
            entry.light.name, entry.isOn?.word ?? "-", held(entry), entry.triggers.isEmpty ? "-" : entry.triggers.joined(separator: ","),
            entry.account?.holder.map { $0.pid == 0 ? $0.name : "\($0.name)[\($0.pid)]" } ?? "-",
            entry.isGrabbed.map { $0 ? "yes" : "no" } ?? "-",
            entry.keyboards.isEmpty ? "no keyboard" : entry.keyboards.map(\.keyboard).joined(separator: ", "),
        ]
    }

    private static func held(_ entry: LightCatalog.Entry) -> String {
        if entry.account?.isLost == true { return "lost" }
        return entry.isHeld.map { $0 ? "held" : "free" } ?? "-"
    }

    private static func row(_ claim: ClaimState) -> [String] {
        [
            claim.id, claim.source, claim.light, "\(claim.priority) \(claim.urgency)", printable(claim.pattern), claim.shown ? "shown" : "waits",
            claim.secondsLeft.map { "\(Int($0.rounded(.up))) s" } ?? "-", printable(claim.message ?? ""),
        ]
    }

    /// A client chooses its message: it must not write to the terminal.
    private static func printable(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.map { $0.properties.generalCategory == .control ? "?" : $0 }))
    }
}

extension LightCatalog.Entry {
    /// Whether a program has grabbed one of the light's keyboards; `nil` where nobody can tell.
    var isGrabbed: Bool? { keyboards.isEmpty ? nil : account?.grabbed.map { !$0.isEmpty } }
}
