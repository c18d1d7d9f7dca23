import CRinglight
import Glibc

/// Which lights there are: the module's nodes, and the keyboards' LED-class devices.
///
/// Plain reads of sysfs, without libudev: three small files a light are there at once, need no library,
/// and any folder can stand in for the system in a test.
public struct LightCatalog: Sendable {
    /// The folder of the module's nodes.
    public let directory: String
    /// Where sysfs is mounted.
    public let sysfs: String

    public init(directory: String = RINGLIGHT_LIGHT_DIRECTORY, sysfs: String = "/sys") {
        (self.directory, self.sysfs) = (directory, sysfs)
    }

    /// The system's lights, or those that the environment points to.
    public static var ofEnvironment: LightCatalog {
        let standard = LightCatalog()
        return LightCatalog(
            directory: variable("RINGLIGHT_LIGHT_DIRECTORY") ?? standard.directory, sysfs: variable("RINGLIGHT_SYSFS") ?? standard.sysfs)
    }

    private static func variable(_ name: String) -> String? {
        guard let value = getenv(name).map({ String(cString: $0) }), !value.isEmpty else { return nil }
        return value
    }

    /// What is known of one light.
    public struct Entry: Sendable, Equatable {
        public let light: Light
        /// False when the module is not loaded: the light can be seen, not set.
        public let hasNode: Bool
        /// The keyboards that have the light, in the order in which they were plugged in.
        public let keyboards: [LightDevice]
        /// `nil` when the module is not loaded.
        public let account: LightAccount?

        public init(light: Light, hasNode: Bool, keyboards: [LightDevice], account: LightAccount?) {
            (self.light, self.hasNode, self.keyboards, self.account) = (light, hasNode, keyboards, account)
        }

        /// The light's real state: on when a keyboard shows it; `nil` when no keyboard has it.
        public var isOn: Bool? { keyboards.isEmpty ? nil : keyboards.contains { $0.isOn } }
        /// Whether `ringlight.ko` drives the light on a keyboard; `nil` when no keyboard has it.
        public var isHeld: Bool? { keyboards.isEmpty ? nil : keyboards.contains { $0.isHeld } }
        /// What drives the light, each trigger once.
        public var triggers: [String] {
            keyboards.compactMap(\.trigger).reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
        }
    }

    /// Every light that has a node or a keyboard. Needs no privilege; empty where there is neither.
    public func entries() -> [Entry] {
        let nodes = Set(filesIn(directory))
        let devices = LightDevice.all(sysfs: sysfs)
        return Light.names.compactMap { name in
            let keyboards = devices.filter { $0.light == name }
            guard nodes.contains(name) || !keyboards.isEmpty else { return nil }
            return Entry(light: light(name), hasNode: nodes.contains(name), keyboards: keyboards, account: LightAccount(of: name, sysfs: sysfs))
        }
    }

    /// The entries that any of `patterns` (names, or wildcards as a shell has them) matches, each once.
    ///
    /// - Throws: `unknownLight` for a pattern that matches none.
    public func entries(matching patterns: [String]) throws(LightError) -> [Entry] {
        let all = entries()
        let names = try select(patterns, from: all.map(\.light.name))
        return all.filter { names.contains($0.light.name) }
    }

    /// The lights whose nodes can be opened, chosen by names or wildcards.
    ///
    /// - Throws: `moduleMissing` or `lightsSwitchedOff` when there are no nodes, `unknownLight` for a pattern that matches none.
    public func nodes(matching patterns: [String]) throws(LightError) -> [Light] {
        let present = Set(filesIn(directory))
        let known = Light.names.filter(present.contains)
        guard !known.isEmpty else { throw missing }
        return try select(patterns, from: known).map(light)
    }

    /// `moduleMissing` or `lightsSwitchedOff`: why there are no nodes.
    public var missing: LightError {
        access("\(sysfs)/module/ringlight", F_OK) == 0 ? .lightsSwitchedOff(directory) : .moduleMissing(directory)
    }

    /// Every light that the module knows, whether it is there or not.
    public var all: [Light] { Light.names.map(light) }

    /// The kernel's triggers that a keyboard's light could have, without the lock keys' and the module's own; empty where
    /// there is no keyboard.
    public var triggers: [String] {
        let folder = "\(sysfs)/class/leds"
        guard let device = LightDevice.all(sysfs: sysfs).first?.device, let list = textFile("\(folder)/\(device)/trigger") else { return [] }
        return list.split(separator: " ").map { String($0.filter { $0 != "[" && $0 != "]" }) }
            .filter { $0 != "none" && !$0.hasPrefix("kbd-") && !$0.hasPrefix("ringlight-") }
    }

    /// The file that says whether the light is claimed, but was taken away (``LightAccount/isLost``); an older module has none.
    public func lossPath(of light: Light) -> String { "\(LightAccount.folder(of: light.name, sysfs: sysfs))/lost" }

    private func light(_ name: String) -> Light { Light(name: name, node: "\(directory)/\(name)") }

    /// In the order of `known`.
    private func select(_ patterns: [String], from known: [String]) throws(LightError) -> [String] {
        var chosen: Set<String> = []
        for pattern in patterns {
            let matches = known.filter { fnmatch(pattern, $0, 0) == 0 }
            guard !matches.isEmpty else { throw .unknownLight(pattern, known: known) }
            chosen.formUnion(matches)
        }
        return known.filter(chosen.contains)
    }
}
