/// Plays a pattern without a clock of its own: what the light shows depends on the time that it is told, and nothing else.
///
/// Every deadline counts from the start, so lateness does not add up; a step that is wholly missed is left out.
public struct PatternPlayer: Sendable {
    /// What to show, and until when.
    public struct Phase: Sendable, Equatable {
        public let on: Bool
        /// In the clock of `next(now:)`, nanoseconds.
        public let deadline: Int64
    }

    public static let mostRepeats = 1_000_000

    private let pattern: Pattern
    private let start: Int64
    /// Nanoseconds once through, and in all.
    private let (round, length): (Int64, Int64)

    /// Starts a pattern.
    ///
    /// - Parameters:
    ///   - repeats: how many times through, 1 to `mostRepeats`; `nil` for without end.
    ///   - start: when the first step begins, in nanoseconds of any clock that does not jump.
    public init(_ pattern: Pattern, repeats: Int?, start: Int64) {
        (self.pattern, self.start) = (pattern, start)
        let round = Int64(pattern.milliseconds) * 1_000_000
        self.round = round
        // At most an hour times a million: 3.6e18 nanoseconds fit.
        length = repeats.map { Int64(min(max($0, 1), Self.mostRepeats)) * round } ?? .max
    }

    /// The phase at `now` (a time before the start is taken as the start), `nil` once the pattern is over.
    public func next(now: Int64) -> Phase? {
        let elapsed = max(0, now - start)
        guard elapsed < length else { return nil }
        var end = start + elapsed - elapsed % round
        for step in pattern.steps {
            end += Int64(step.milliseconds) * 1_000_000
            if start + elapsed < end { return Phase(on: step.on, deadline: end) }
        }
        return nil
    }
}
