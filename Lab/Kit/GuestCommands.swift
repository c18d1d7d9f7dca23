import Clocks
import Glibc
import GuestProtocol

/// How a command in the guest ended.
public struct CommandResult: Sendable {
    /// Exit code, or 128 + signal.
    public let status: Int32
    public let output: [UInt8]
    public let errorBytes: [UInt8]
    public var text: String { String(decoding: output, as: UTF8.self) }
    public var errors: String { String(decoding: errorBytes, as: UTF8.self) }
}

extension Guest {
    /// Runs a shell command to its end, whatever its status.
    ///
    /// - Throws: `GuestError.timedOut` (the command was killed then), or why the guest is gone.
    public func run(_ command: String, within bound: Duration = .seconds(30)) throws(GuestError) -> CommandResult {
        let job = try start(command)
        do throws(GuestError) {
            return try job.wait(within: bound)
        } catch {
            if case .timedOut = error { try? job.signal(SIGKILL) }
            throw error
        }
    }

    /// Runs a shell command that must succeed.
    ///
    /// - Returns: its standard output, without white space at the end.
    /// - Throws: `GuestError.commandFailed` on any other status than 0.
    @discardableResult
    public func output(of command: String, within bound: Duration = .seconds(30)) throws(GuestError) -> String {
        let result = try run(command, within: bound)
        guard result.status == 0 else { throw .commandFailed(command, status: result.status, errors: result.errors) }
        var text = Substring(result.text)
        while text.last?.isWhitespace == true { text.removeLast() }
        return String(text)
    }

    /// Waits until a shell condition holds: `try guest.wait(until: "test -e /dev/uio0")`.
    ///
    /// - Throws: `GuestError.timedOut`.
    public func wait(until condition: String, within bound: Duration = .seconds(10)) throws(GuestError) {
        _ = try run("until \(condition); do sleep 0.02; done", within: bound)
    }

    /// Starts a shell command, and leaves it running. It is not ended when the result is dropped.
    public func start(_ command: String) throws(GuestError) -> GuestJob {
        let number = try newJob(command)
        let job = GuestJob(number: number, command: command, engine: engine)
        try engine.send(.start(job: number, command: command), until: Clocks.after(.seconds(10)))
        return job
    }

    /// Writes a file in the guest.
    public func write(_ bytes: [UInt8], to path: String, executable: Bool = false) throws(GuestError) {
        let deadline = Clocks.after(.seconds(60))
        var rest = bytes[...]
        repeat {
            let piece = rest.prefix(AgentMessage.largestPiece)
            let job = GuestJob(number: try newJob("write \(path)"), command: "write \(path)", engine: engine)
            try engine.send(
                .write(job: job.number, path: path, append: rest.startIndex > 0, bytes: Array(piece)), until: deadline)
            let status = try job.wait(until: deadline).status
            guard status == 0 else {
                throw .commandFailed("write \(path)", status: status, errors: String(cString: strerror(status)))
            }
            rest = rest.dropFirst(piece.count)
        } while !rest.isEmpty
        if executable { try output(of: "chmod 755 \(Self.quoted(path))") }
    }

    /// The bytes of a file in the guest.
    public func read(_ path: String) throws(GuestError) -> [UInt8] {
        let result = try run("cat \(Self.quoted(path))", within: .seconds(60))
        guard result.status == 0 else { throw .commandFailed("read \(path)", status: result.status, errors: result.errors) }
        return result.output
    }

    /// A word that the shell takes as it is.
    public static func quoted(_ word: String) -> String {
        "'" + word.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
    }

    /// Boots a guest, runs a script in it, shuts it down.
    /// - Returns: the script's result.
    public static func runScript(
        _ script: String, options: Options = Options(), within bound: Duration = .seconds(60)
    ) throws(GuestError) -> CommandResult {
        let guest = try Guest(options)
        defer { guest.end() }
        let result = try guest.run(script, within: bound)
        try guest.powerOff()
        return result
    }

    private func newJob(_ command: String) throws(GuestError) -> UInt32 {
        try engine.state.withLock { state throws(GuestError) in
            if let failure = state.failure { throw failure }
            defer { state.nextJob += 1 }
            state.jobs[state.nextJob] = JobOutput(command: command)
            return state.nextJob
        }
    }
}

/// A command that runs in the guest.
public final class GuestJob: Sendable {
    let number: UInt32
    public let command: String
    private let engine: GuestEngine

    init(number: UInt32, command: String, engine: GuestEngine) {
        (self.number, self.command, self.engine) = (number, command, engine)
    }

    deinit { engine.state.withLock { $0.jobs[number] = nil } }

    /// Waits for the command's end.
    /// - Throws: `GuestError.timedOut` with its output until then; it runs on.
    public func wait(within bound: Duration = .seconds(30)) throws(GuestError) -> CommandResult {
        try wait(until: Clocks.after(bound))
    }

    func wait(until deadline: Int64) throws(GuestError) -> CommandResult {
        let result: CommandResult? = try look(until: deadline) { job in
            job.status.map { CommandResult(status: $0, output: job.output, errorBytes: job.errors) }
        }
        if let result { return result }
        throw .timedOut(command, seen: text + errors)
    }

    /// Waits until what the command wrote (standard output, then standard error) contains `text`.
    /// - Throws: `GuestError.timedOut`, or `.commandFailed` if it ended without.
    public func wait(for text: String, within bound: Duration = .seconds(30)) throws(GuestError) {
        let wanted = Array(text.utf8)
        let found: Bool? = try look(until: Clocks.after(bound)) { job throws(GuestError) in
            if job.output.contains(wanted) || job.errors.contains(wanted) { return true }
            guard let status = job.status else { return nil }
            throw .commandFailed(command, status: status, errors: String(decoding: job.errors, as: UTF8.self))
        }
        guard found == true else { throw .timedOut("'\(text)' from \(command)", seen: self.text + errors) }
    }

    /// Sends a signal to the command and everything that it started.
    public func signal(_ number: Int32) throws(GuestError) {
        try engine.send(.signal(job: self.number, number: number), until: Clocks.after(.seconds(10)))
    }

    /// Standard output until now.
    public var output: [UInt8] { engine.state.withLock { $0.jobs[number]?.output ?? [] } }
    public var text: String { String(decoding: output, as: UTF8.self) }
    /// Standard error until now.
    public var errors: String { String(decoding: engine.state.withLock { $0.jobs[number]?.errors ?? [] }, as: UTF8.self) }
    public var isRunning: Bool { engine.state.withLock { $0.failure == nil && $0.jobs[number]?.status == nil } }

    private func look<Result>(
        until deadline: Int64, _ body: (JobOutput) throws(GuestError) -> Result?
    ) throws(GuestError) -> Result? {
        try engine.state.wait(until: deadline) { state throws(GuestError) in
            guard let job = state.jobs[number] else { throw .malformed("job \(number)") }
            if job.hasOverflown { throw .tooMuchOutput(command) }
            if let result = try body(job) { return result }
            if let failure = state.failure { throw failure }
            return nil
        }
    }
}
