import ChildProcess
import Glibc
import GuestProtocol

enum Stream: Int, CaseIterable {
    case output
    case errors
}

/// What a poll found ready.
enum Polled {
    case output(Stream)
    case end
}

/// A command in the guest, and the pipes that it writes to.
struct RunningJob {
    private let child: ChildProcess
    /// Reading ends, -1 once at their end.
    private var pipes: [Int32] = [-1, -1]
    private(set) var hasEnded = false

    init(command: String) throws(ChildProcessError) {
        let nothing = open("/dev/null", O_RDONLY | O_CLOEXEC)
        defer { close(nothing) }
        var writing: [Int32] = []
        defer { for descriptor in writing { close(descriptor) } }
        for stream in Stream.allCases {
            var ends: [Int32] = [-1, -1]
            guard pipe(&ends) == 0 else { throw .cannotStart("/bin/sh", errno) }
            for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
            _ = fcntl(ends[0], F_SETFL, O_NONBLOCK)
            pipes[stream.rawValue] = ends[0]
            writing.append(ends[1])
        }
        child = try ChildProcess(path: "/bin/sh", arguments: ["-c", command], descriptors: [nothing] + writing)
    }

    /// What to poll, and for what.
    var polled: [(Polled, Int32)] {
        var result: [(Polled, Int32)] = []
        for stream in Stream.allCases where pipes[stream.rawValue] >= 0 {
            result.append((.output(stream), pipes[stream.rawValue]))
        }
        if !hasEnded { result.append((.end, child.exitDescriptor)) }
        return result
    }

    /// Ended, and nobody holds its pipes.
    var isOver: Bool { hasEnded && pipes.allSatisfy { $0 < 0 } }

    /// What a pipe holds now, `nil` if nothing; closes it at its end.
    mutating func readSome(_ stream: Stream) -> [UInt8]? {
        let pipe = pipes[stream.rawValue]
        guard pipe >= 0 else { return nil }
        var buffer = [UInt8](repeating: 0, count: AgentMessage.largestPiece)
        let count = read(pipe, &buffer, buffer.count)
        if count > 0 { return Array(buffer.prefix(count)) }
        if count == 0 || (errno != EAGAIN && errno != EINTR) {
            close(pipe)
            pipes[stream.rawValue] = -1
        }
        return nil
    }

    /// Exit code, or 128 + signal; called once the end was seen.
    mutating func takeStatus() -> Int32 {
        hasEnded = true
        return child.wait(milliseconds: -1) ?? 0
    }

    /// To the command and what it started.
    func signal(_ number: Int32) {
        if child.exitStatus == nil { _ = kill(-child.pid, number) }
    }
}
