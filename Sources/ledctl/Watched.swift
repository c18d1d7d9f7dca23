import KeyboardLights

/// A light that is being watched, and what it showed last.
final class Watched {
    let light: Light
    /// `nil` while no keyboard has the light.
    private(set) var state: Bool?
    private let node: LightNode

    var descriptor: Int32 { node.descriptor }

    init(_ light: Light) throws(LightError) {
        self.light = light
        node = try LightNode(light, for: .read)
        _ = try update()
    }

    /// Reads the light.
    /// - Returns: whether it shows something else than before.
    func update() throws(LightError) -> Bool {
        let before = state
        do {
            guard let now = try node.readChange() else { return false }
            state = now
        } catch .noKeyboard {
            state = nil
        }
        return state != before
    }
}

/// What `watch` prints.
struct Change: Encodable {
    let light: String
    let monotonic_ns: Int64
    /// Null when the last keyboard with the light was unplugged.
    let on: Bool?
    let time: String

    /// For people: the time, the seconds of the monotonic clock, the light, its state.
    var text: String {
        let (seconds, rest) = monotonic_ns.quotientAndRemainder(dividingBy: 1_000_000_000)
        let digits = String(rest / 1000)
        let microseconds = String(repeating: "0", count: 6 - digits.count) + digits
        return "\(time) \(seconds).\(microseconds) \(light) \(on?.word ?? "absent")"
    }

    private enum Key: CodingKey { case light, monotonic_ns, on, time }

    /// By hand, so that "absent" is null and not left out.
    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(light, forKey: .light)
        try container.encode(monotonic_ns, forKey: .monotonic_ns)
        try container.encode(on, forKey: .on)
        try container.encode(time, forKey: .time)
    }
}
