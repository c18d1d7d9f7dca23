/// A light of a keyboard.
public enum LockLight: String, CaseIterable, Sendable, Codable {
    case capslock
    case numlock
    case scrolllock
}

/// What a keyboard's lights show.
public struct LightState: Equatable, Sendable, CustomStringConvertible {
    public var scroll: Bool
    public var num: Bool
    public var caps: Bool

    public init(scroll: Bool = false, num: Bool = false, caps: Bool = false) {
        (self.scroll, self.num, self.caps) = (scroll, num, caps)
    }

    /// From QEMU's LED-state byte (RFB encoding -261): bit 0 scroll, 1 num, 2 caps.
    init(byte: UInt8) { self.init(scroll: byte & 1 != 0, num: byte & 2 != 0, caps: byte & 4 != 0) }

    public subscript(light: LockLight) -> Bool {
        switch light {
        case .capslock: caps
        case .numlock: num
        case .scrolllock: scroll
        }
    }

    public var description: String {
        LockLight.allCases.map { "\($0.rawValue) \(self[$0] ? "on" : "off")" }.joined(separator: ", ")
    }
}

/// One light going on or off.
public struct LightTransition: Equatable, Sendable {
    public let light: LockLight
    public let isOn: Bool
    /// When the lab saw it: `MonotonicClock`, nanoseconds.
    public let time: Int64
}
