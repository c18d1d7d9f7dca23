import Glibc
import Lab
import Synchronization
import ToolSupport

/// Watches the registers of a guest's cards from outside: QEMU traces each access to them into a pipe, and what comes out
/// of it is counted at once and kept nowhere.
final class AccessTrace: Sendable {
    /// Nothing of the traces that are wanted yet, but the log is opened now, while the pipe can still be named.
    let qemuArguments: [String]

    private let counter = Mutex(AccessCounter?.none)
    private let output: Int32
    private let input: Int32

    /// Opens the pipe. A thread empties it until QEMU has ended and `handedOver` was called.
    init() throws {
        var ends: [Int32] = [-1, -1]
        // No child of ours inherits them: it gets the descriptors that are named, and no others.
        guard pipe(&ends) == 0 else { throw Problem("pipe", String(cString: strerror(errno))) }
        (output, input) = (ends[0], ends[1])
        qemuArguments = ["-d", "trace:vm_state_notify", "-D", "/proc/\(getpid())/fd/\(input)"]
        var thread = pthread_t()
        let created = pthread_create(
            &thread, nil,
            { argument in
                Unmanaged<AccessTrace>.fromOpaque(argument!).takeRetainedValue().empty()
                return nil
            }, Unmanaged.passRetained(self).toOpaque())
        guard created == 0 else {
            Unmanaged.passUnretained(self).release()
            close(output)
            close(input)
            throw Problem("thread", String(cString: strerror(created)))
        }
        pthread_detach(thread)
    }

    /// QEMU has opened its log, or never will: our copy of the end that is written to is closed.
    func handedOver() { close(input) }

    /// What `program` does to the cards of `guest`, frame by frame.
    ///
    /// - Parameters:
    ///   - ring: descriptors of each of its transmit rings.
    ///   - skip: frames that pass first, uncounted.
    ///   - frames: frames, at least, that are counted.
    ///   - program: starts it; it is killed when the window is complete.
    func count(
        in guest: Guest, ring: UInt64, skip: UInt64, frames: UInt64, program: () throws -> GuestJob
    ) throws -> AccessCount {
        counter.withLock { $0 = AccessCounter(ring: ring, skip: skip, frames: frames) }
        defer { counter.withLock { $0 = nil } }
        try trace(true, guest)
        defer { try? trace(false, guest) }
        let job = try program()
        defer { job.endNow() }
        for _ in 0..<12_000 {
            if let window = counter.withLock({ $0?.window }) { return window }
            guard job.isRunning else { break }
            guard Interruption.sleep(nanoseconds: 10_000_000) else { throw Problem("peers", "interrupted") }
        }
        throw Problem(
            "register accesses", "\(skip + frames) frames were not seen within 120 s: \(job.text.suffix(1000)) \(job.errors.suffix(1000))",
            remedy: "QEMU must have the 'log' trace backend")
    }

    private func trace(_ enable: Bool, _ guest: Guest) throws {
        for event in ["memory_region_ops_read", "memory_region_ops_write"] {
            try guest.monitor.execute("trace-event-set-state", ["name": .string(event), "enable": .bool(enable)])
        }
    }

    /// QEMU waits while the pipe is full: it is emptied whether anyone counts or not.
    private func empty() {
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = read(output, &buffer, buffer.count)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { break }
            counter.withLock { $0?.take(buffer[..<count]) }
        }
        close(output)
    }
}

extension GuestJob {
    /// Kills the program and all that it started, and waits for its end, so that the next one finds the cards free.
    func endNow() {
        try? signal(SIGKILL)
        _ = try? wait(within: .seconds(10))
    }
}
