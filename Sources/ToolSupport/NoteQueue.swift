import Glibc
import Synchronization

/// Lines on their way to somebody who may be slow to read them, from threads that must not wait for that: an event loop's.
///
/// A thread of its own writes. What comes while too much waits is left out, and how many lines that was is told as soon as there is room.
public final class NoteQueue: @unchecked Sendable {
    private struct State {
        var text = ""
        /// Lines that came after those, and found no room.
        var leftOut = 0
        var isWriting = false
        var hasThread = false
        var isEmpty: Bool { text.isEmpty && leftOut == 0 }
    }

    /// Bytes that wait at most.
    private let most: Int
    private let write: @Sendable (String) -> Void
    private let state = Mutex(State())
    /// Counts once for each time that the queue was empty and is not.
    private let wake = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)

    /// For the rest of the process.
    ///
    /// - Parameters:
    ///   - most: bytes.
    ///   - write: takes whole lines, and may take its time.
    public init(most: Int, write: @escaping @Sendable (String) -> Void) {
        (self.most, self.write) = (most, write)
        sem_init(wake, 0, 0)
    }

    /// Never waits.
    ///
    /// - Parameter line: without its end.
    public func note(_ line: String) {
        let (isFirst, isNew) = state.withLock { state in
            let isFirst = state.isEmpty
            if state.leftOut == 0, state.text.utf8.count + line.utf8.count < most {
                state.text += line
                state.text += "\n"
            } else {
                state.leftOut += 1
            }
            defer { state.hasThread = true }
            return (isFirst, !state.hasThread)
        }
        if isNew { start() }
        if isFirst { sem_post(wake) }
    }

    /// Waits until everything is written, or the time is over.
    public func finish(within nanoseconds: Int64) {
        var left = nanoseconds
        while state.withLock({ !$0.isEmpty || $0.isWriting }), left > 0 {
            usleep(1000)
            left -= 1_000_000
        }
    }

    private func start() {
        var thread = pthread_t()
        // It stays, and the queue with it.
        let status = pthread_create(&thread, nil, { argument in
            let queue = Unmanaged<NoteQueue>.fromOpaque(argument!).takeUnretainedValue()
            queue.serve()
        }, Unmanaged.passRetained(self).toOpaque())
        guard status == 0 else { return }
        pthread_detach(thread)
    }

    private func serve() -> Never {
        while true {
            while sem_wait(wake) != 0 {}
            let (text, leftOut) = state.withLock { state in
                let taken = (state.text, state.leftOut)
                (state.text, state.leftOut, state.isWriting) = ("", 0, true)
                return taken
            }
            if !text.isEmpty { write(text) }
            if leftOut > 0 { write("\(leftOut) \(leftOut == 1 ? "line was" : "lines were") left out here: standard error is read too slowly\n") }
            state.withLock { $0.isWriting = false }
        }
    }
}
