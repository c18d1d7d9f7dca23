import CLinux
import Glibc

/// Linux's own network stack as a peer, in a network that only this test has: a thread in a namespace of its own, and a TAP
/// interface there whose cable is `cable`. Needs root. What runs on the thread, and what it starts, is in that network.
public final class LinuxPeer: @unchecked Sendable {
    /// Why this machine has none; `nil`: it can.
    public static var missing: String? {
        if geteuid() != 0 { return "a network namespace needs root" }
        return access("/dev/net/tun", R_OK | W_OK) == 0 ? nil : "this machine has no /dev/net/tun"
    }

    public struct Failure: Error, CustomStringConvertible {
        public let description: String
    }

    /// The kernel's side of the cable: one frame a read, one frame a write.
    public private(set) var cable: Int32 = -1
    private var thread = pthread_t()
    private var lock = pthread_mutex_t()
    private var changed = pthread_cond_t()
    private var work: [() -> Void] = []
    private var isOver = false

    /// - Parameter addresses: the interface's, with prefix lengths: `10.77.0.1/24`, `fd77::1/64`.
    public init(addresses: [String]) throws {
        pthread_mutex_init(&lock, nil)
        pthread_cond_init(&changed, nil)
        let status = pthread_create(&thread, nil, { argument in
            Unmanaged<LinuxPeer>.fromOpaque(argument!).takeUnretainedValue().serve()
            return nil
        }, Unmanaged.passUnretained(self).toOpaque())
        guard status == 0 else { throw Failure(description: "no thread") }
        try run { [self] in
            let error = ringlight_leave_network()
            guard error == 0 else { throw Failure(description: "no network namespace: \(String(cString: strerror(-error)))") }
            var name = [CChar](repeating: 0, count: 16)
            for (index, byte) in "tap0".utf8.enumerated() { name[index] = CChar(byte) }
            let tap = ringlight_open_tap(&name, [0x02, 0, 0, 0, 0x77, 0x01], false)
            guard tap >= 0 else { throw Failure(description: "no TAP interface: \(String(cString: strerror(-tap)))") }
            cable = tap
            // No checking for duplicates: its addresses are there at once.
            for line in addresses { try shell("ip address add \(line) dev tap0 \(line.contains(":") ? "nodad" : "")") }
            try shell("ip link set lo up; ip link set tap0 up")
        }
    }

    /// Ends the thread and the network.
    public func close() {
        enter { isOver = true }
        pthread_join(thread, nil)
        if cable >= 0 { Glibc.close(cable) }
        cable = -1
    }

    /// Runs a function in the network, and waits for it.
    public func run<T>(_ body: @escaping () throws -> T) throws -> T {
        var result: Result<T, any Error>?
        enter { work.append { result = Result { try body() } } }
        pthread_mutex_lock(&lock)
        while result == nil { pthread_cond_wait(&changed, &lock) }
        pthread_mutex_unlock(&lock)
        return try result!.get()
    }

    /// Runs a command in the network, on the thread's own behalf.
    ///
    /// - Returns: what it printed.
    @discardableResult
    public func command(_ line: String) throws -> String { try run { try self.shell(line) } }

    @discardableResult
    private func shell(_ line: String) throws -> String {
        guard let pipe = popen("exec 2>&1; \(line)", "r") else { throw Failure(description: "no shell") }
        var text: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = fread(&buffer, 1, buffer.count, pipe)
            guard count > 0 else { break }
            text += buffer.prefix(count)
        }
        let output = String(decoding: text, as: UTF8.self)
        guard pclose(pipe) == 0 else { throw Failure(description: "\(line): \(output)") }
        return output
    }

    private func enter(_ change: () -> Void) {
        pthread_mutex_lock(&lock)
        change()
        pthread_cond_broadcast(&changed)
        pthread_mutex_unlock(&lock)
    }

    private func serve() {
        // A shell that waits for what it started hears of its end: the tests' threads block that signal, and children inherit it.
        var childEnded = sigset_t()
        sigemptyset(&childEnded)
        sigaddset(&childEnded, SIGCHLD)
        pthread_sigmask(SIG_UNBLOCK, &childEnded, nil)
        pthread_mutex_lock(&lock)
        while !isOver {
            if work.isEmpty {
                pthread_cond_wait(&changed, &lock)
                continue
            }
            let next = work.removeFirst()
            pthread_mutex_unlock(&lock)
            next()
            pthread_mutex_lock(&lock)
            pthread_cond_broadcast(&changed)
        }
        pthread_mutex_unlock(&lock)
    }
}
