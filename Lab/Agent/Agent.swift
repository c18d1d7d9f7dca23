import ChildProcess
import Glibc
import GuestProtocol

/// Serves one port: a single poll loop over the port and the jobs' pipes.
struct Agent {
    private let port: Int32
    private var reader = AgentMessageReader()
    private var jobs: [UInt32: RunningJob] = [:]
    /// Reads that surely empty a pipe of the default 64 KiB, and end when someone keeps filling it.
    private static let pipeReads = 16

    init(port: Int32) { self.port = port }

    /// Until the other side is gone.
    mutating func serve() throws(AgentProtocolError) {
        send(.ready)
        while true {
            var polled: [(job: UInt32, what: Polled)] = []
            var descriptors = [pollfd(fd: port, events: Int16(POLLIN), revents: 0)]
            for (number, job) in jobs {
                for (what, descriptor) in job.polled {
                    polled.append((number, what))
                    descriptors.append(pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0))
                }
            }
            guard poll(&descriptors, nfds_t(descriptors.count), -1) > 0 else { continue }
            // Output before the end, so that `ended` is the last word of a job.
            for (entry, descriptor) in zip(polled, descriptors.dropFirst()) where descriptor.revents != 0 {
                attend(to: entry.what, of: entry.job)
            }
            if descriptors[0].revents != 0, try !readPort() { return }
        }
    }

    /// False when the other side is gone.
    private mutating func readPort() throws(AgentProtocolError) -> Bool {
        var buffer = [UInt8](repeating: 0, count: AgentMessage.largestPiece)
        let count = read(port, &buffer, buffer.count)
        if count < 0 { return errno == EINTR || errno == EAGAIN }
        guard count > 0 else { return false }
        reader.append(buffer.prefix(count))
        while let message = try reader.next() { handle(message) }
        return true
    }

    private mutating func handle(_ message: AgentMessage) {
        switch message {
        case .start(let number, let command):
            do {
                jobs[number] = try RunningJob(command: command)
            } catch {
                send(.errors(job: number, bytes: Array("guest-agent: \(error)\n".utf8)))
                send(.ended(job: number, status: 127))
            }
        case .signal(let number, let signal):
            jobs[number]?.signal(signal)
        case .write(let number, let path, let append, let bytes):
            send(.ended(job: number, status: write(bytes, to: path, append: append)))
        case .ready, .output, .errors, .ended:
            break
        }
    }

    private mutating func attend(to what: Polled, of number: UInt32) {
        guard var job = jobs[number] else { return }
        switch what {
        case .output(let stream):
            forward(stream, of: &job, number: number)
        case .end:
            // What is still in the pipes belongs to the result; who inherited them may go on writing, to nobody.
            for stream in Stream.allCases {
                for _ in 0..<Self.pipeReads where !forward(stream, of: &job, number: number) { break }
            }
            send(.ended(job: number, status: job.takeStatus()))
        }
        jobs[number] = job.isOver ? nil : job
    }

    /// Passes on what a pipe holds now; false if it holds nothing.
    @discardableResult
    private func forward(_ stream: Stream, of job: inout RunningJob, number: UInt32) -> Bool {
        guard let bytes = job.readSome(stream) else { return false }
        if !job.hasEnded {
            send(stream == .output ? .output(job: number, bytes: bytes) : .errors(job: number, bytes: bytes))
        }
        return true
    }

    private func send(_ message: AgentMessage) {
        let bytes = message.encoded
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes { Glibc.write(port, $0.baseAddress.map { $0 + written }, $0.count - written) }
            if count < 0 && errno != EINTR && errno != EAGAIN { return }
            written += max(0, count)
        }
    }

    /// 0, or the error number.
    private func write(_ bytes: [UInt8], to path: String, append: Bool) -> Int32 {
        let file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | (append ? O_APPEND : O_TRUNC), 0o644)
        guard file >= 0 else { return errno }
        defer { close(file) }
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes { Glibc.write(file, $0.baseAddress.map { $0 + written }, $0.count - written) }
            if count < 0 && errno != EINTR { return errno }
            written += max(0, count)
        }
        return 0
    }
}
