import KeyboardLights
import LightClaims

/// A light for programs.
struct LightRow: Encodable {
    struct Keyboard: Encodable {
        let device: String
        let held: Bool
        let name: String
        let on: Bool
        let trigger: String?
        /// Null where nobody can tell.
        let grabbed: Bool?

        /// By hand, here and below, so that what is unknown is null and not left out.
        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: Key.self)
            try container.encode(device, forKey: .device)
            try container.encode(grabbed, forKey: .grabbed)
            try container.encode(held, forKey: .held)
            try container.encode(name, forKey: .name)
            try container.encode(on, forKey: .on)
            try container.encode(trigger, forKey: .trigger)
        }
    }

    struct Holder: Encodable {
        /// Null for a process that cannot be seen from here.
        let pid: Int?
        let name: String

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: Key.self)
            try container.encode(pid, forKey: .pid)
            try container.encode(name, forKey: .name)
        }
    }

    private let entry: LightCatalog.Entry
    private let claims: [ClaimState]?
    private let trouble: String?

    /// - Parameter reply: ledd's, `nil` where it does not answer.
    init(_ entry: LightCatalog.Entry, _ reply: Reply?) {
        self.entry = entry
        claims = reply?.claims.map { $0.filter { $0.light == entry.light.name } }
        trouble = reply?.lights?.first { $0.name == entry.light.name }?.trouble
    }

    private enum Key: CodingKey {
        case light, on, held, lost, node, triggers, holder, grabbed, keyboards, claims, trouble
        case device, name, trigger, pid
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(entry.light.name, forKey: .light)
        try container.encode(entry.isOn, forKey: .on)
        try container.encode(entry.isHeld, forKey: .held)
        try container.encode(entry.account?.isLost, forKey: .lost)
        try container.encode(entry.hasNode ? entry.light.node : nil, forKey: .node)
        try container.encode(entry.triggers, forKey: .triggers)
        try container.encode(entry.account?.holder.map { Holder(pid: $0.pid == 0 ? nil : $0.pid, name: $0.name) }, forKey: .holder)
        try container.encode(entry.isGrabbed, forKey: .grabbed)
        let keyboards = entry.keyboards.map { device in
            Keyboard(
                device: device.device, held: device.isHeld, name: device.keyboard, on: device.isOn, trigger: device.trigger,
                grabbed: entry.account?.grabbed.map { $0.contains(device.input) })
        }
        try container.encode(keyboards, forKey: .keyboards)
        try container.encode(claims, forKey: .claims)
        try container.encode(trouble, forKey: .trouble)
    }
}
