import Glibc
import Synchronization

/// Something that one thread waits for and another sets, once.
@safe final class Answer<T: Sendable>: @unchecked Sendable {
    // The lock guards the value; a condition variable has no counterpart in the standard library.
    private var lock = unsafe pthread_mutex_t()
    private var changed = pthread_cond_t()
    private var value: Result<T, any Error>?

    init() {
        unsafe pthread_mutex_init(&lock, nil)
        unsafe pthread_cond_init(&changed, nil)
    }

    deinit {
        unsafe pthread_cond_destroy(&changed)
        unsafe pthread_mutex_destroy(&lock)
    }

    func set(_ new: Result<T, any Error>) {
        unsafe pthread_mutex_lock(&lock)
        if value == nil { value = new }
        unsafe pthread_cond_broadcast(&changed)
        unsafe pthread_mutex_unlock(&lock)
    }

    var isSet: Bool {
        unsafe pthread_mutex_lock(&lock)
        defer { unsafe pthread_mutex_unlock(&lock) }
        return value != nil
    }

    func wait() throws -> T {
        unsafe pthread_mutex_lock(&lock)
        defer { unsafe pthread_mutex_unlock(&lock) }
        while true {
            if let value { return try value.get() }
            unsafe pthread_cond_wait(&changed, &lock)
        }
    }
}

/// What threads know of a running loop.
final class LoopState: @unchecked Sendable {
    private let thread = Atomic<UInt>(0)
    private let stopping = Atomic<Bool>(false)
    private let end = Answer<HostLoop.End>()
    /// Used on the loop's thread only.
    private var host: HostStack?

    var isCurrent: Bool { thread.load(ordering: .relaxed) == UInt(pthread_self()) }
    var isStopping: Bool { stopping.load(ordering: .relaxed) }

    var stack: HostStack {
        guard let host else { preconditionFailure("the loop has ended") }
        return host
    }

    func begin(_ stack: HostStack) {
        host = stack
        thread.store(UInt(pthread_self()), ordering: .relaxed)
    }

    var hasEnded: Bool { end.isSet }

    func requestStop() { stopping.store(true, ordering: .relaxed) }

    func forgetStack() { host = nil }

    func finish(_ result: HostLoop.End) {
        // A later thread may get the same identifier.
        thread.store(0, ordering: .relaxed)
        end.set(.success(result))
    }

    func waitForEnd() -> HostLoop.End {
        guard let result = try? end.wait() else { preconditionFailure("an end is never an error") }
        return result
    }
}
