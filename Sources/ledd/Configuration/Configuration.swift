import Glibc
import KeyboardLights
import TOML

/// What `/etc/ringlight/ledd.toml` says (ledd.toml(5)).
struct Configuration: Equatable, Sendable {
    /// The socket that ledd makes when the service manager did not.
    struct Socket: Equatable, Sendable {
        var path = "/run/ringlight/ledd.sock"
        /// Who may connect.
        var group = "ringlight"
        var mode: UInt32 = 0o660
    }

    var socket = Socket()
    /// The light of rules and of notifications that name none.
    var light = Light.names[0]
    /// Those that are on, in the order of the file.
    var rules: [Rule] = []

    /// Without a file: no rules.
    static let standard = Configuration()

    static let mostRules = 256

    /// Reads a file.
    ///
    /// - Throws: all its faults, in their order.
    static func read(path: String) throws(ConfigurationProblems) -> Configuration {
        try parse(text(of: path), file: path)
    }

    /// Reads a text.
    ///
    /// - Parameter file: its name, for problems.
    /// - Throws: all its faults, in their order; of a text that is no TOML the first.
    static func parse(_ text: String, file: String) throws(ConfigurationProblems) -> Configuration {
        let problems = ProblemList(file: file)
        let root: Value
        do {
            root = try Value.parse(text)
        } catch {
            problems.add(error.position, error.why, remedy: "mend the TOML, see ledd.toml(5)")
            throw problems.problems
        }
        let configuration = ConfigurationReader(problems).read(root)
        guard problems.isEmpty else { throw problems.problems }
        return configuration
    }

    private static func text(of path: String) throws(ConfigurationProblems) -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw unreadable(path, errno) }
        defer { close(descriptor) }
        // One more than is taken, so that the reader complains.
        var bytes = [UInt8](repeating: 0, count: Value.longestText + 1)
        var length = 0
        while length < bytes.count {
            let count = bytes.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress! + length, $0.count - length) }
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw unreadable(path, errno) }
            if count == 0 { break }
            length += count
        }
        guard let text = String(validating: bytes[..<length], as: UTF8.self) else {
            throw ConfigurationProblems(list: [
                ConfigurationProblem(file: path, line: 0, column: 0, why: "it is not UTF-8 text", remedy: "save it as UTF-8")
            ])
        }
        return text
    }

    private static func unreadable(_ path: String, _ number: Int32) -> ConfigurationProblems {
        ConfigurationProblems(list: [
            ConfigurationProblem(
                file: path, line: 0, column: 0, why: "it cannot be read: \(String(cString: strerror(number)))",
                remedy: "check the path and its permissions")
        ])
    }
}
