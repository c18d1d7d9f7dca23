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

    public var path: String { server.path }
    /// The lines that came, of all clients, and how many clients have gone.
    public var lines: [String] { seen.lines.withLock { $0.lines } }
    public var ended: Int { seen.lines.withLock { $0.ended } }

    private final class Seen: Sendable {
        let lines = Mutex<(lines: [String], ended: Int)>(([], 0))
    }

    private let seen = Seen()
    private let server: LocalServer

    /// - Parameters:
    ///   - keepsFile: leave the socket's file behind, as a daemon does that is killed.
    ///   - answer: called on another thread with each line.
    public init(_ path: String, keepsFile: Bool = false, _ answer: @escaping @Sendable (String) -> Answer) throws {
        server = try LocalServer(path, keepsFile: keepsFile) { [seen] client in
            Self.serve(client, seen, answer)
            seen.lines.withLock { $0.ended += 1 }
        }
    }

    /// Sends a line to the client that is connected, unasked.
    public func tell(_ line: String) { server.send(line + "\n") }

    private static func serve(_ client: Int32, _ seen: Seen, _ answer: (String) -> Answer) {
        var received: [UInt8] = []
        var bytes = [UInt8](repeating: 0, count: 8192)
        while true {
            let count = recv(client, &bytes, bytes.count, 0)
            guard count > 0 else { return }
            received += bytes[..<count]
            while let end = received.firstIndex(of: UInt8(ascii: "\n")) {
                let line = String(decoding: received[..<end], as: UTF8.self)
                received.removeSubrange(...end)
                let answer = answer(line)
                seen.lines.withLock { $0.lines.append(line) }
                for line in answer.lines { LocalServer.send(line + "\n", to: client) }
                if answer.closes { return }
            }
        }
    }
}
