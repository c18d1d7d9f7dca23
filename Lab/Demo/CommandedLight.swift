import KeyboardLights
import Lab

/// What a light must do when a pattern plays on it, seen from outside.
struct CommandedLight {
    struct Change {
        let on: Bool
        /// Milliseconds after the first change.
        let after: Int
    }

    /// It starts dark, and is dark again in the end.
    let changes: [Change]
    /// From the first step to the last one's end.
    let milliseconds: Int

    init(pattern: Pattern, repeats: Int) {
        var changes: [(on: Bool, at: Int)] = []
        var time = 0
        for _ in 0..<repeats {
            for step in pattern.steps {
                if step.on != (changes.last?.on ?? false) { changes.append((step.on, time)) }
                time += step.milliseconds
            }
        }
        if changes.last?.on == true { changes.append((false, time)) }
        let start = changes.first?.at ?? 0
        self.changes = changes.map { Change(on: $0.on, after: $0.at - start) }
        milliseconds = time
    }

    /// The largest difference, in milliseconds, between the times commanded and seen; `nil` if other changes were seen.
    func deviation(of seen: [LightTransition]) -> Int? {
        guard seen.map(\.isOn) == changes.map(\.on) else { return nil }
        guard let start = seen.first?.time else { return 0 }
        return zip(seen, changes).map { abs(Int(($0.time - start) / 1_000_000) - $1.after) }.max()
    }
}
