/// One keyboard's light as an LED-class device of sysfs (Documentation/leds/leds-class.rst, Documentation/input/input-leds).
public struct LightDevice: Sendable, Equatable {
    /// The light's name, from the device's: `input3::capslock` is a `capslock`.
    public let light: String
    /// The LED-class device: `input3::capslock`.
    public let device: String
    /// The name that the keyboard gives itself; characters that could move a terminal's cursor are shown as `?`.
    public let keyboard: String
    /// What drives the light: `kbd-capslock` by default, `none`; `nil` if unreadable.
    public let trigger: String?
    /// Whether the keyboard shows it. The input core answers this, not the last command.
    public let isOn: Bool

    /// The trigger of the kernel's own that a claim has chosen for the light (``LightNode/obey(trigger:)``); `nil` if none has.
    public let chosenTrigger: String?

    /// Whether `ringlight.ko` drives it, or has it driven by the trigger that a claim has chosen.
    public var isHeld: Bool { trigger.map { $0.hasPrefix("ringlight") || $0 == chosenTrigger } ?? false }

    /// The keyboard as the input layer names it: `input3` of `input3::capslock`.
    public var input: String { String(device.prefix { $0 != ":" }) }

    /// The lock-key lights of all keyboards, in the order in which they were plugged in.
    ///
    /// - Parameter sysfs: where sysfs is mounted.
    static func all(sysfs: String) -> [LightDevice] {
        let folder = "\(sysfs)/class/leds"
        return filesIn(folder).compactMap { device in
            guard let colons = device.lastRange(of: "::"), Light.names.contains(String(device[colons.upperBound...])),
                // A device that is unplugged meanwhile is no light.
                let brightness = textFile("\(folder)/\(device)/brightness")
            else { return nil }
            let light = String(device[colons.upperBound...])
            let chosen = textFile("\(sysfs)/class/misc/ringlight-\(light)/trigger")
            return LightDevice(
                light: light, device: device,
                keyboard: printable(textFile("\(folder)/\(device)/device/name") ?? "unnamed"),
                trigger: textFile("\(folder)/\(device)/trigger").flatMap(currentTrigger),
                isOn: brightness != "0",
                chosenTrigger: chosen.flatMap { $0.isEmpty ? nil : printable($0) })
        }
        .sorted { ($0.number, $0.device) < ($1.number, $1.device) }
    }

    /// 3 of `input3::capslock`: input devices are numbered as they come.
    private var number: Int { Int(device.drop { !$0.isNumber }.prefix { $0.isNumber }) ?? .max }

    /// `kbd-capslock` of `none [kbd-capslock] timer`.
    private static func currentTrigger(of list: String) -> String? {
        list.split(separator: " ").first { $0.hasPrefix("[") && $0.hasSuffix("]") }.map { printable(String($0.dropFirst().dropLast())) }
    }

    /// A device chooses its name: it must not write to the terminal.
    private static func printable(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.map { $0.properties.generalCategory.isInvisible ? "?" : $0 }))
    }
}

extension Unicode.GeneralCategory {
    fileprivate var isInvisible: Bool {
        switch self {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned: true
        default: false
        }
    }
}

extension String {
    fileprivate func lastRange(of separator: String) -> Range<String.Index>? {
        ranges(of: separator).last
    }
}
