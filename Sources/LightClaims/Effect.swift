import KeyboardLights

/// What a claim makes of its light.
public enum Effect: Sendable, Equatable {
    case on, off
    /// A pattern, and the text that it was read from.
    case pattern(Pattern, String)
    /// A trigger of the kernel's own, with its settings: `disk-activity`, `netdev device_name=eth0 rx=1 tx=1`.
    case trigger(String)

    /// Reads `on`, `off`, `trigger:NAME [SETTING=VALUE …]`, or a pattern (`Pattern.init(parsing:)`).
    ///
    /// - Throws: `PatternError` with the place of the fault.
    public init(parsing text: String) throws(PatternError) {
        switch text.lowercased() {
        case "on": self = .on
        case "off": self = .off
        case let lower where lower.hasPrefix("trigger:"):
            let words = text.dropFirst("trigger:".count)
            guard !words.isEmpty, words.utf8.count <= Self.longestTrigger, words.utf8.allSatisfy({ (0x20...0x7e).contains($0) }),
                words.first != " "
            else {
                throw PatternError(
                    text: text, position: 9, why: "this is no trigger's name",
                    remedy: "write trigger:disk-activity, or another of /sys/class/leds/*/trigger")
            }
            self = .trigger(String(words))
        default: self = .pattern(try Pattern(parsing: text), text)
        }
    }

    /// Bytes of a trigger's name and settings.
    public static let longestTrigger = 256

    /// As it was written.
    public var text: String {
        switch self {
        case .on: "on"
        case .off: "off"
        case .pattern(_, let text): text
        case .trigger(let words): "trigger:\(words)"
        }
    }

    /// How long a pattern takes once through, in nanoseconds; `nil` for what just stays.
    var pass: Int64? {
        if case .pattern(let pattern, _) = self { Int64(pattern.milliseconds) * 1_000_000 } else { nil }
    }
}
