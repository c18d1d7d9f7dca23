/// How much a claim matters, as desktop notifications have it.
public enum Urgency: String, Sendable, Codable, CaseIterable, Comparable {
    case low, normal, critical

    /// The priority of a claim that names none: 2, 5, 8.
    public var priority: Int {
        switch self {
        case .low: 2
        case .normal: 5
        case .critical: 8
        }
    }

    public static func < (left: Self, right: Self) -> Bool { left.priority < right.priority }
}
