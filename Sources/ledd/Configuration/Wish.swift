import KeyboardLights
import LightClaims
import TOML

/// The keys that every rule has: what is wanted of which light.
struct Wish {
    let light: String
    let urgency: Urgency
    let priority: Int?
    /// Nanoseconds; `nil` where the file names none.
    let time: Int64?
    let message: String?
    /// `nil`: it was complained of.
    let effect: Effect?

    /// - Parameter light: for a rule that names none.
    init(_ table: TableReader, kind: String, light: String) {
        let isTrigger = kind == "trigger"
        self.light = table.light("light") ?? light
        urgency = table.word("urgency", Urgency.self) ?? .normal
        let priority = table.integer("priority", in: Int64(Claim.priorities.lowerBound)...Int64(Claim.priorities.upperBound)).map(Int.init)
        // What goes on all the time is what shows when nothing else does.
        self.priority = priority ?? (isTrigger && table.value("urgency") == nil ? 0 : nil)
        message = Self.message(table)
        if isTrigger {
            time = nil
            effect = Self.trigger(table)
        } else {
            time = table.seconds("seconds", in: RuleReader.times)
            effect = Self.pattern(table)
        }
    }

    private static func message(_ table: TableReader) -> String? {
        guard let (text, value) = table.string("message") else { return nil }
        guard text.utf8.count <= Claim.longestMessage else {
            table.complain(of: value, "'message' is longer than \(Claim.longestMessage) bytes", remedy: "say it in fewer words")
            return nil
        }
        return text
    }

    private static func pattern(_ table: TableReader) -> Effect? {
        guard let (text, value) = table.string("pattern") else {
            // By its right name: the words of it are the effect's.
            return table.value("pattern") == nil ? .pattern(.blink, "blink") : nil
        }
        do {
            return try Effect(parsing: text)
        } catch {
            // The pattern's characters are a person's, the file's columns Unicode scalars.
            let scalars = String(text.prefix(error.position - 1)).unicodeScalars.count
            table.complain(at: value.position(ofCharacter: scalars), "\(error.what): \(error.why)", remedy: error.remedy)
            return nil
        }
    }

    private static func trigger(_ table: TableReader) -> Effect? {
        guard let (text, value) = table.string("trigger") else {
            if table.value("trigger") == nil {
                table.missing("trigger", remedy: "write one of /sys/class/leds/*/trigger: trigger = \"disk-activity\"")
            }
            return nil
        }
        do {
            return try Effect(parsing: "trigger:\(text)")
        } catch {
            table.complain(of: value, "'\(text.prefix(64))' is no trigger", remedy: "write one of /sys/class/leds/*/trigger, and its SETTING=VALUEs")
            return nil
        }
    }
}
