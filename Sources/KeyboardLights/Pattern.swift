/// What a light does over time, once through: a list of steps, each on or off for a while.
public struct Pattern: Sendable, Equatable {
    public struct Step: Sendable, Equatable {
        public let on: Bool
        public let milliseconds: Int

        public init(on: Bool, milliseconds: Int) {
            (self.on, self.milliseconds) = (on, milliseconds)
        }
    }

    /// At least one.
    public let steps: [Step]

    /// Shorter steps do not reach every keyboard: a PS/2 one takes up to 20 ms to be told.
    public static let shortestStep = 20
    /// One minute.
    public static let longestStep = 60_000
    public static let mostSteps = 4096
    /// One hour.
    public static let longestPattern = 3_600_000

    /// Half a second on, half a second off.
    public static let blink = Pattern(checked: [Step(on: true, milliseconds: 500), Step(on: false, milliseconds: 500)])
    /// A short flash once a second.
    public static let pulse = Pattern(checked: [Step(on: true, milliseconds: 100), Step(on: false, milliseconds: 900)])
    /// Two short flashes once a second.
    public static let heartbeat = Pattern(checked: [
        Step(on: true, milliseconds: 100), Step(on: false, milliseconds: 150),
        Step(on: true, milliseconds: 100), Step(on: false, milliseconds: 650),
    ])

    /// How long it takes once through.
    public var milliseconds: Int { steps.reduce(0) { $0 + $1.milliseconds } }

    /// A pattern of steps within the bounds above.
    ///
    /// - Returns: `nil` for no steps, too many, one too short or too long, or too long in all.
    public init?(steps: [Step]) {
        guard !steps.isEmpty, steps.count <= Self.mostSteps,
            steps.allSatisfy({ (Self.shortestStep...Self.longestStep).contains($0.milliseconds) }),
            steps.reduce(0, { $0 + $1.milliseconds }) <= Self.longestPattern
        else { return nil }
        self.init(checked: steps)
    }

    init(checked steps: [Step]) { self.steps = steps }
}
