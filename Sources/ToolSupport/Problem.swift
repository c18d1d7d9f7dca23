/// What a tool says when it cannot do its work: what, why, what to do.
public struct Problem: Error, CustomStringConvertible {
    /// What the trouble is about: a device, a file, an option.
    public let what: String
    public let why: String
    /// What the user can do; empty where nothing sensible is known.
    public let remedy: String
    public let exitCode: Int32

    public init(_ what: String, _ why: String, remedy: String = "", exitCode: Int32 = 1) {
        (self.what, self.why, self.remedy, self.exitCode) = (what, why, remedy, exitCode)
    }

    public var description: String { remedy.isEmpty ? "\(what): \(why)" : "\(what): \(why) (\(remedy))" }

    /// Unusable words on the command line (EX_USAGE of sysexits).
    public static func usage(_ what: String, _ why: String, remedy: String) -> Problem {
        Problem(what, why, remedy: remedy, exitCode: 64)
    }
}
