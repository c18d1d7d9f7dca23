import CRinglight

extension Pattern {
    /// The line that has a light's node play this pattern (kmod/README.md): `pattern 3 500 500`.
    ///
    /// The kernel's steps are lit and dark by turns, so neighbours of one kind become one step.
    ///
    /// - Parameter repeats: how many times through, 1 to `PatternPlayer.mostRepeats`; `nil` for until it is replaced.
    /// - Returns: `nil` for a pattern with more steps than the kernel takes.
    public func kernelLine(repeats: Int?) -> String? {
        var lengths: [Int] = []
        for step in steps {
            // Steps with even numbers are lit; a first one of 0 is left out by the kernel.
            if step.on != lengths.count.isMultiple(of: 2) {
                if lengths.isEmpty { lengths = [0, step.milliseconds] } else { lengths[lengths.count - 1] += step.milliseconds }
            } else {
                lengths.append(step.milliseconds)
            }
        }
        guard lengths.count <= Int(RINGLIGHT_PATTERN_MOST_STEPS), milliseconds <= Int(RINGLIGHT_PATTERN_LONGEST) else { return nil }
        let count = repeats.map { min(max($0, 1), Int(RINGLIGHT_PATTERN_MOST_REPEATS)) } ?? 0
        return "pattern \(count) " + lengths.map(String.init).joined(separator: " ")
    }
}
