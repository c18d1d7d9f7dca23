import CLinux
import Glibc
import Synchronization

/// A UNIX stream socket that serves one client after the other, in a thread of its own. Gone with this object.
public final class LocalServer: Sendable {
    public let path: String

    private final class State: Sendable {
        let listener: Int32
        let serve: @Sendable (Int32) -> Void
        /// The one that is served, or -1.
        let client = Mutex<Int32>(-1)

        init(_ listener: Int32, _ serve: @escaping @Sendable (Int32) -> Void) { (self.listener, self.serve) = (listener, serve) }
    }

    private let state: State
    private let keepsFile: Bool
    /// `nil` once it was waited for.
    private let thread: Mutex<pthread_t?>

    /// - Parameters:
    ///   - keepsFile: leave the socket's file behind, as a daemon does that is killed.
    ///   - serve: called on the other thread with each client, which is closed after it.
    public init(_ path: String, keepsFile: Bool = false, _ serve: @escaping @Sendable (Int32) -> Void) throws {
        (self.path, self.keepsFile) = (path, keepsFile)
        let listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard ringlight_bind(listener, path) == 0, listen(listener, 8) == 0 else {
            let number = errno
            close(listener)
            throw SystemError(doing: "listen at \(path)", number: number)
        }
        state = State(listener, serve)
        var thread = pthread_t()
        pthread_create(
            &thread, nil,
            { argument in
                LocalServer.run(Unmanaged<State>.fromOpaque(argument!).takeRetainedValue())
                return nil
            }, Unmanaged.passRetained(state).toOpaque())
        self.thread = Mutex(thread)
    }

    deinit { stop() }

    /// Ends the client that is served, and takes no others.
    public func stop() {
        guard let thread = thread.withLock({ $0.take() }) else { return }
        // Ends accept and recv.
        shutdown(state.listener, Int32(SHUT_RDWR))
        state.client.withLock { _ = shutdown($0, Int32(SHUT_RDWR)) }
        pthread_join(thread, nil)
        close(state.listener)
        if !keepsFile { unlink(path) }
    }

    private static func run(_ state: State) {
        while true {
            let client = accept(state.listener, nil, nil)
            guard client >= 0 else { return }
            _ = fcntl(client, F_SETFD, FD_CLOEXEC)
            state.client.withLock { $0 = client }
            state.serve(client)
            state.client.withLock { $0 = -1 }
            close(client)
        }
    }

    /// Sends to the client that is served, from any thread.
    public func send(_ text: String) { state.client.withLock { Self.send(text, to: $0) } }

    public static func send(_ text: String, to client: Int32) {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { Glibc.send(client, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else { return }
            bytes = bytes.dropFirst(count)
        }
    }
}
