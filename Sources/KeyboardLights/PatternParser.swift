extension Pattern {
    /// Reads a pattern: `blink`, `pulse`, `heartbeat`, `morse:TEXT`, or steps such as `on:200,off:100,on:200,off:500`
    /// in milliseconds. Words may be in upper case.
    ///
    /// - Throws: `PatternError` with the place of the first fault.
    public init(parsing text: String) throws(PatternError) {
        switch text.lowercased() {
        case "blink": self = .blink
        case "pulse": self = .pulse
        case "heartbeat": self = .heartbeat
        case let lower where lower.hasPrefix("morse:"): self = try Self.morse(in: text, after: "morse:".count)
        default: self = try Self.steps(in: text)
        }
    }

    private static func steps(in text: String) throws(PatternError) -> Pattern {
        func fault(_ position: Int, _ why: String, _ remedy: String) -> PatternError {
            PatternError(text: text, position: position, why: why, remedy: remedy)
        }
        var steps: [Step] = []
        var (start, total) = (1, 0)
        for item in text.split(separator: ",", omittingEmptySubsequences: false) {
            let parts = item.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            let word = String(parts[0])
            guard ["on", "off"].contains(word.lowercased()) else {
                if parts.count == 1 && start == 1 && start + item.count > text.count {
                    throw fault(1, word.isEmpty ? "it is empty" : "there is no pattern of this name",
                        "use blink, pulse, heartbeat, morse:TEXT, or steps such as on:200,off:100")
                }
                throw fault(start, item.isEmpty ? "a step is missing" : "'\(word)' is neither on nor off",
                    "write each step as on:MILLISECONDS or off:MILLISECONDS")
            }
            let place = start + word.count + 1
            guard parts.count == 2, !parts[1].isEmpty else {
                throw fault(min(place, text.count + 1), "the step has no duration", "write it in milliseconds: \(word):200")
            }
            guard parts[1].utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else {
                throw fault(place, "'\(parts[1])' is not a number of milliseconds", "write digits only: \(word):200")
            }
            // Too many digits for an Int are too many milliseconds.
            let milliseconds = Int(parts[1]) ?? .max
            guard milliseconds >= shortestStep else {
                throw fault(place, "\(parts[1]) ms is too short for a keyboard to follow", "use \(shortestStep) to \(longestStep)")
            }
            guard milliseconds <= longestStep else {
                throw fault(place, "\(parts[1]) ms is too long for one step", "use \(shortestStep) to \(longestStep)")
            }
            steps.append(Step(on: word.lowercased() == "on", milliseconds: milliseconds))
            total += milliseconds
            guard steps.count <= mostSteps else { throw fault(start, "there are too many steps", "use at most \(mostSteps)") }
            guard total <= longestPattern else {
                throw fault(start, "the pattern takes more than an hour", "make it shorter, and repeat it")
            }
            start += item.count + 1
        }
        return Pattern(checked: steps)
    }
}
