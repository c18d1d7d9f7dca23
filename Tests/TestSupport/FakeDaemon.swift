import Glibc
import Synchronization

/// A socket that stands in for ledd's, in a thread: keeps the lines that it is sent, and answers as it is told.
///
/// It speaks with one client after the other, as ledctl is one; gone with this object.
public final class FakeDaemon: Sendable {
    /// What becomes of a line: lines to send back, and whether to close the connection then.
    public struct Answer: Sendable {
        public let lines: [String]
        public let closes: Bool

        public init(_ lines: [String], closes: Bool = false) { (self.lines, self.closes) = (lines, closes) }
    }

    public let path: String
    /// The lines that came, of all clients, and how many clients have gone.
    public var lines: [String] { state.lines.withLock { $0.lines } }
    public var ended: Int { state.lines.withLock { $0.ended } }

    private final class State: Sendable {
        struct Seen {
            var lines: [String] = []
            var ended = 0
            var client: Int32 = -1
        }
        let lines = Mutex(Seen())
        let listener: Int32
        let answer: @Sendable (String) -> Answer

        init(_ listener: Int32, _ answer: @escaping @Sendable (String) -> Answer) { (self.listener, self.answer) = (listener, answer) }
    }

    private let keepsFile: Bool
    private let state: State
    private let thread: pthread_t

    /// - Parameters:
    ///   - keepsFile: leave the socket's file behind, as a daemon does that is killed.
    ///   - answer: called on another thread with each line.
    public init(_ path: String, keepsFile: Bool = false, _ answer: @escaping @Sendable (String) -> Answer) throws {
        (self.path, self.keepsFile) = (path, keepsFile)
        let listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        guard path.utf8.count < MemoryLayout.size(ofValue: address.sun_path) else { throw SystemError(doing: path, number: ENAMETOOLONG) }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
        let bound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(listener, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) }
        }
        guard bound == 0, listen(listener, 8) == 0 else { throw SystemError(doing: "listen at \(path)", number: errno) }
        state = State(listener, answer)
        var thread = pthread_t()
        pthread_create(
            &thread, nil,
            { argument in
                FakeDaemon.serve(Unmanaged<State>.fromOpaque(argument!).takeRetainedValue())
                return nil
            }, Unmanaged.passRetained(state).toOpaque())
        self.thread = thread
    }

    deinit {
        // Ends accept and recv.
        shutdown(state.listener, Int32(SHUT_RDWR))
        state.lines.withLock { _ = shutdown($0.client, Int32(SHUT_RDWR)) }
        pthread_join(thread, nil)
        close(state.listener)
        if !keepsFile { unlink(path) }
    }

    /// Sends a line to the client that is connected, unasked.
    public func tell(_ line: String) {
        state.lines.withLock { Self.send(line, to: $0.client) }
    }

    private static func serve(_ state: State) {
        while true {
            let client = accept(state.listener, nil, nil)
            guard client >= 0 else { return }
            _ = fcntl(client, F_SETFD, FD_CLOEXEC)
            state.lines.withLock { $0.client = client }
            serve(client, state)
            state.lines.withLock {
                $0.client = -1
                $0.ended += 1
            }
            close(client)
        }
    }

    private static func serve(_ client: Int32, _ state: State) {
        var received: [UInt8] = []
        var bytes = [UInt8](repeating: 0, count: 8192)
        while true {
            let count = recv(client, &bytes, bytes.count, 0)
            guard count > 0 else { return }
            received += bytes[..<count]
            while let end = received.firstIndex(of: UInt8(ascii: "\n")) {
                let line = String(decoding: received[..<end], as: UTF8.self)
                received.removeSubrange(...end)
                let answer = state.answer(line)
                state.lines.withLock { $0.lines.append(line) }
                for line in answer.lines { send(line, to: client) }
                if answer.closes { return }
            }
        }
    }

    private static func send(_ line: String, to client: Int32) {
        let bytes = Array((line + "\n").utf8)
        _ = Glibc.send(client, bytes, bytes.count, Int32(MSG_NOSIGNAL))
    }
}
