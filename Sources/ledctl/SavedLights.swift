import FoundationEssentials
import Glibc
import KeyboardLights
import LightClaims
import ToolSupport

/// What `set` has made of lights, as a file holds it: `{"lights": {"capslock": "on", "numlock": null}, "version": 1}`.
struct SavedLights: Codable, Equatable {
    static let version = 1
    /// A file of ours has a few hundred bytes.
    private static let longest = 65536

    let version: Int
    /// By name: what `--pattern` takes, or null for a light that is its lock key's.
    let lights: [String: String?]

    init(lights: [String: String?]) { (version, self.lights) = (Self.version, lights) }

    /// In the user's folder for what lasts.
    ///
    /// - Throws: without a home there is none.
    static func standardPath() throws -> String {
        // A relative one is to be ignored (XDG Base Directory Specification).
        if let folder = variable("XDG_STATE_HOME"), folder.hasPrefix("/") { return "\(folder)/ringlight/lights.json" }
        guard let home = variable("HOME") else {
            throw Problem("HOME", "it is not set, so there is no usual place for the file", remedy: "name a file, or - for standard input and output")
        }
        return "\(home)/.local/state/ringlight/lights.json"
    }

    private static func variable(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
    }

    // MARK: Writing

    /// Writes the whole file, or leaves the old one as it is.
    func write(to path: String, makingFolders: Bool) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        let bytes = Array(try encoder.encode(self)) + [UInt8(ascii: "\n")]
        if makingFolders { try Self.makeFolders(above: path) }
        var template = Array("\(path).XXXXXX".utf8CString)
        let descriptor = mkstemp(&template)
        guard descriptor >= 0 else { throw Self.failure(path, "cannot be written") }
        let count = Glibc.write(descriptor, bytes, bytes.count)
        let written = count == bytes.count && fchmod(descriptor, 0o644) == 0 && fsync(descriptor) == 0 && rename(template, path) == 0
        let number = errno
        close(descriptor)
        guard written else {
            unlink(template)
            errno = number
            throw Self.failure(path, "cannot be written")
        }
    }

    private static func makeFolders(above path: String) throws {
        var folder = ""
        for part in path.split(separator: "/").dropLast() {
            folder += "/\(part)"
            guard mkdir(folder, 0o700) == 0 || errno == EEXIST else { throw failure(folder, "cannot be made") }
        }
    }

    // MARK: Reading

    /// - Parameter path: `-` for standard input.
    /// - Throws: a file that cannot be read, or is none of ours; nothing of it is used then.
    init(contentsOf path: String) throws {
        let descriptor = path == "-" ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Self.failure(path, "cannot be read", remedy: errno == ENOENT ? "run 'ledctl save' first" : nil) }
        defer { if descriptor != STDIN_FILENO { close(descriptor) } }
        var bytes = [UInt8](repeating: 0, count: Self.longest + 1)
        var length = 0
        while length < bytes.count {
            let count = bytes.withUnsafeMutableBytes { read(descriptor, $0.baseAddress! + length, $0.count - length) }
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw Self.failure(path, "cannot be read") }
            if count == 0 { break }
            length += count
        }
        guard length <= Self.longest else { throw Self.stranger(path, "it is longer than \(Self.longest) bytes") }
        do {
            self = try JSONDecoder().decode(Self.self, from: Data(bytes[..<length]))
        } catch {
            throw Self.stranger(path, "it is not what 'ledctl save' writes")
        }
        guard version == Self.version else { throw Self.stranger(path, "it has version \(version), this program reads \(Self.version)") }
        if let light = lights.keys.sorted().first(where: { !Light.names.contains($0) }) {
            throw Self.stranger(path, "'\(light)' is no light (there are: \(Light.names.joined(separator: ", ")))")
        }
    }

    /// What to do with each light, in the usual order; `nil` to release it.
    ///
    /// - Throws: one that is no pattern.
    func wishes(from path: String) throws -> [(light: String, effect: Effect?)] {
        try Light.names.compactMap { name in
            guard let text = lights[name] else { return nil }
            do {
                return (name, try text.map { text throws(PatternError) in try Effect(parsing: text) })
            } catch let error as PatternError {
                throw Problem(path, "\(name): \(error.what): \(error.why)", remedy: error.remedy)
            }
        }
    }

    private static func stranger(_ path: String, _ why: String) -> Problem { Problem(path, why, remedy: "name another file, or save anew") }

    private static func failure(_ path: String, _ what: String, remedy: String? = nil) -> Problem {
        Problem(path, "\(what): \(String(cString: strerror(errno)))", remedy: remedy ?? "name another file")
    }
}
