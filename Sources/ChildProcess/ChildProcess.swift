import CLinux
import Clocks
import Glibc
import Synchronization

/// A program that never outlives this process, not even a killed one.
///
/// Own code because the death signal follows the *thread* that forked: each child has a thread here
/// that forks it, waits for it and lives as long as it does. Libraries spawn from pool threads.
public final class ChildProcess: Sendable {
    public let pid: pid_t
    /// Polls readable once the child has ended. Valid as long as this value.
    public let exitDescriptor: Int32
    private let state: State

    private final class State: Sendable {
        let status = Mutex<Int32?>(nil)
    }

    private final class Start: @unchecked Sendable {
        let path: String
        let arguments: [String]
        let environment: [String]
        let descriptors: [Int32]
        let state = State()
        /// Written by the child's thread before `started` is posted, read after it.
        var pid: pid_t = 0
        var pidfd: Int32 = -1
        let started: UnsafeMutablePointer<sem_t>

        init(path: String, arguments: [String], environment: [String], descriptors: [Int32]) {
            (self.path, self.arguments, self.environment, self.descriptors) = (path, arguments, environment, descriptors)
            started = .allocate(capacity: 1)
            sem_init(started, 0, 0)
        }

        deinit {
            sem_destroy(started)
            started.deallocate()
        }

        func run() {
            var argv = ([path] + arguments).map { strdup($0) } + [nil]
            var envp = environment.map { strdup($0) } + [nil]
            let child = ringlight_spawn(path, &argv, &envp, descriptors, Int32(descriptors.count))
            for string in argv + envp { free(string) }
            pid = child
            // Before the reaping: the pid cannot be someone else's yet.
            if child > 0 { pidfd = ringlight_pidfd_open(child) }
            sem_post(started)
            guard child > 0 else { return }
            let status = ringlight_wait(child)
            state.status.withLock { $0 = status }
        }
    }

    /// Starts `path`; `descriptors[i]` becomes descriptor `i` of the child, and it gets no others.
    ///
    /// - Parameter environment: `KEY=value` strings; by default this process's own.
    /// - Throws: `ChildProcessError.cannotStart` with the system's reason.
    public init(
        path: String, arguments: [String], environment: [String]? = nil, descriptors: [Int32]
    ) throws(ChildProcessError) {
        let start = Start(
            path: path, arguments: arguments, environment: environment ?? Self.ownEnvironment(), descriptors: descriptors)
        var thread = pthread_t()
        let created = pthread_create(
            &thread, nil,
            { argument in
                Unmanaged<Start>.fromOpaque(argument!).takeRetainedValue().run()
                return nil
            }, Unmanaged.passRetained(start).toOpaque())
        guard created == 0 else {
            Unmanaged.passUnretained(start).release()
            throw .cannotStart(path, created)
        }
        pthread_detach(thread)
        while sem_wait(start.started) != 0 {}
        guard start.pid > 0 else { throw .cannotStart(path, -start.pid) }
        pid = start.pid
        exitDescriptor = start.pidfd
        state = start.state
    }

    deinit {
        end(within: 0)
        close(exitDescriptor)
    }

    /// Exit code, or 128 + the signal that ended the child; `nil` while it runs.
    public var exitStatus: Int32? { state.status.withLock { $0 } }

    /// Waits at most `milliseconds` (negative: without bound) for the child's end.
    /// - Returns: its exit status, or `nil` if it still runs.
    public func wait(milliseconds: Int32) -> Int32? {
        var poller = pollfd(fd: exitDescriptor, events: Int16(POLLIN), revents: 0)
        let deadline = milliseconds < 0 ? Int64.max : Clocks.monotonic / 1_000_000 + Int64(milliseconds)
        while true {
            let left = milliseconds < 0 ? -1 : Int32(clamping: max(0, deadline - Clocks.monotonic / 1_000_000))
            let ready = poll(&poller, 1, left)
            if ready > 0 { break }
            if ready == 0 { return nil }
        }
        // The pidfd tells a moment before the child's thread has reaped it.
        while exitStatus == nil { usleep(200) }
        return exitStatus
    }

    /// Asks the child to end (SIGTERM), and kills it when it has not done so in time.
    @discardableResult
    public func end(within milliseconds: Int32 = 2000) -> Int32 {
        if let status = exitStatus { return status }
        if milliseconds > 0 {
            signal(SIGTERM)
            if let status = wait(milliseconds: milliseconds) { return status }
        }
        signal(SIGKILL)
        return wait(milliseconds: -1) ?? 0
    }

    /// Sends a signal, unless the child has ended.
    public func signal(_ number: Int32) {
        // Under the lock: once reaped, the pid may be someone else's.
        state.status.withLock { if $0 == nil { _ = kill(pid, number) } }
    }

    /// This process's own environment: `KEY=value` strings.
    public static func ownEnvironment() -> [String] {
        var result: [String] = []
        var pointer = environ
        while let entry = pointer.pointee {
            result.append(String(cString: entry))
            pointer += 1
        }
        return result
    }

    /// An anonymous file in memory, to share with a child; -1 (and errno) on failure. The caller closes it.
    public static func memoryFile(_ name: String) -> Int32 { ringlight_memory_file(name) }

    /// The first 4096 bytes of such a file, as text.
    public static func text(of descriptor: Int32) -> String {
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = pread(descriptor, &bytes, bytes.count, 0)
        return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
    }

    /// The path of a program found in PATH (or itself, when it holds a slash); `nil` if there is none to execute.
    public static func find(_ program: String) -> String? {
        if program.contains("/") { return access(program, X_OK) == 0 ? program : nil }
        let path = getenv("PATH").map { String(cString: $0) } ?? "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        for folder in path.split(separator: ":") where access("\(folder)/\(program)", X_OK) == 0 {
            return "\(folder)/\(program)"
        }
        return nil
    }
}

/// Why a program could not be started.
public enum ChildProcessError: Error, CustomStringConvertible {
    /// The program and the system's error number.
    case cannotStart(String, Int32)

    public var description: String {
        switch self {
        case .cannotStart(let path, let number):
            "\(path): cannot be started: \(String(cString: strerror(number))) (check that it is installed and executable)"
        }
    }
}
