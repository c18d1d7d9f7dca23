import KeyboardLights
import LightClaims
import ToolSupport

extension Effect {
    /// What `--pattern` means.
    static func fromCommandLine(_ text: String) throws -> Effect {
        do {
            return try Effect(parsing: text)
        } catch {
            throw Problem.usage(error.what, error.why, remedy: error.remedy)
        }
    }
}

/// What `--repeat` means: `nil` for without end.
func repeats(fromCommandLine count: Int) throws -> Int? {
    guard (0...PatternPlayer.mostRepeats).contains(count) else {
        throw Problem.usage(
            "--repeat \(count)", "the pattern cannot play so many times", remedy: "use 1 to \(PatternPlayer.mostRepeats), or 0 for no limit")
    }
    return count == 0 ? nil : count
}
