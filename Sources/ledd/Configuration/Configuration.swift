/// Stand-in until the real one is merged.
struct Configuration: Equatable {
    var socketPath = "/run/ringlight/ledd.sock"
    var socketGroup = "ringlight"
    var socketMode: UInt32 = 0o660
    static let standard = Configuration()
    static func read(path: String) throws(ConfigurationProblems) -> Configuration { .standard }
}
struct ConfigurationProblems: Error, CustomStringConvertible {
    var description: String { "" }
}
