/// What the module tells of one light in sysfs (kmod/ABI/sysfs-class-misc-ringlight). Everyone may read it.
public struct LightAccount: Sendable, Equatable {
    /// Who made the claim that the light shows.
    public struct Holder: Sendable, Equatable {
        /// 0 for a process that this one cannot see, as from inside a container.
        public let pid: Int
        /// Its name when it wrote, at most 15 bytes.
        public let name: String
    }

    /// `nil` while nobody claims the light.
    public let holder: Holder?
    /// The light is claimed, but root has taken a keyboard's LED away from the claim.
    public let isLost: Bool
    /// LEDs taken away so, and keyboards set back to the claim, since the module was loaded.
    public let lostCount: Int
    public let correctedCount: Int
    /// The input devices (`input3`) that a program has grabbed: they show what it wants. `nil` if an older module does not tell.
    public let grabbed: [String]?

    static func folder(of light: String, sysfs: String) -> String { "\(sysfs)/class/misc/ringlight-\(light)" }

    /// - Returns: `nil` where the module has no such light.
    init?(of light: String, sysfs: String) {
        let folder = Self.folder(of: light, sysfs: sysfs)
        guard let lost = textFile("\(folder)/lost") else { return nil }
        let name = textFile("\(folder)/holder_name") ?? ""
        // The kernel has escaped what is not printable.
        holder = name.isEmpty ? nil : Holder(pid: textFile("\(folder)/holder_pid").flatMap { Int($0) } ?? 0, name: name)
        isLost = lost != "0"
        lostCount = textFile("\(folder)/lost_count").flatMap { Int($0) } ?? 0
        correctedCount = textFile("\(folder)/corrected_count").flatMap { Int($0) } ?? 0
        grabbed = textFile("\(folder)/grabbed").map { $0.split(separator: " ").map(String.init) }
    }
}
