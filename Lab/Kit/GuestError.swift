/// Why a guest, or something in it, did not do what was asked.
public enum GuestError: Error, CustomStringConvertible {
    /// A file or program that is not there, and how to get it.
    case missing(String, remedy: String)
    /// QEMU could not be started, or a system call failed: what, why.
    case cannotStart(String, String)
    /// QEMU ended unasked: its exit status (128 + signal), its own words, the end of the guest's console.
    case qemuEnded(status: Int32, words: String, console: String)
    /// The guest's kernel gave up: the line that says so, and the end of the console.
    case panicked(line: String, console: String)
    /// The guest was not ready in time.
    case bootTimedOut(seconds: Int64, words: String, console: String)
    /// Something else took too long: what, and what was seen until then.
    case timedOut(String, seen: String)
    /// A command ended with a status that was not wanted.
    case commandFailed(String, status: Int32, errors: String)
    /// A command wrote more than `JobOutput.limit` bytes.
    case tooMuchOutput(String)
    /// QEMU's monitor refused a command: its name, and QEMU's words.
    case refused(String, String)
    /// What QEMU or the agent sent makes no sense.
    case malformed(String)
    /// The kernel log holds warnings or bugs: those lines.
    case kernelComplained([String])
    /// The guest was shut down by its owner.
    case ended

    public var description: String {
        switch self {
        case .missing(let what, let remedy):
            "\(what): not there (\(remedy))"
        case .cannotStart(let what, let why):
            "\(what): \(why)"
        case .qemuEnded(let status, let words, let console):
            "QEMU: ended with \(status): \(Self.oneLine(words)) (check the options given to it)" + Self.tail(console)
        case .panicked(let line, let console):
            "guest: \(line) (the end of its console follows)" + Self.tail(console)
        case .bootTimedOut(let seconds, let words, let console):
            "guest: not ready within \(seconds) s: \(Self.oneLine(words)) (the end of its console follows)" + Self.tail(console)
        case .timedOut(let what, let seen):
            "\(what): took too long" + (seen.isEmpty ? "" : "; until then: \(seen)")
        case .commandFailed(let command, let status, let errors):
            "\(command): ended with \(status) in the guest: \(Self.oneLine(errors))"
        case .tooMuchOutput(let command):
            "\(command): wrote more than \(JobOutput.limit >> 20) MiB (send it to a file in the guest)"
        case .refused(let command, let why):
            "QEMU: \(command): \(why)"
        case .malformed(let what):
            "\(what): not understood (is this QEMU 7.2 or newer?)"
        case .kernelComplained(let lines):
            "guest kernel: \(lines.count) complaints in its log:\n" + lines.joined(separator: "\n")
        case .ended:
            "guest: was shut down (boot another)"
        }
    }

    private static func oneLine(_ words: String) -> String {
        let text = words.split(separator: "\n").joined(separator: "; ")
        return text.isEmpty ? "it said nothing" : text
    }

    private static func tail(_ console: String) -> String {
        console.isEmpty ? "" : "\n--- console ---\n\(console)\n---------------"
    }
}
