import ArgumentParser

/// What a tool says when it cannot do its work: what, why, what to do.
public struct Problem: Error, CustomStringConvertible {
    /// What the trouble is about: a device, a file, an option.
    public let what: String
    public let why: String
    /// What the user can do; empty where nothing sensible is known.
    public let remedy: String

    public init(_ what: String, _ why: String, remedy: String = "") {
        (self.what, self.why, self.remedy) = (what, why, remedy)
    }

    public var description: String { remedy.isEmpty ? "\(what): \(why)" : "\(what): \(why) (\(remedy))" }

    /// Unusable words on the command line: exit code 64 (EX_USAGE of sysexits).
    ///
    /// The parser's own error type, since it passes on no other from a command's `validate`.
    public static func usage(_ what: String, _ why: String, remedy: String) -> ValidationError {
        ValidationError(Problem(what, why, remedy: remedy).description)
    }
}
