import CLWIP
import Frames
import Glibc

/// What the starter of a loop waits for: the card is open.
typealias Starting = Answer<MACAddress>

/// A thread for a loop. Detached: its end is known otherwise (`LoopState.waitForEnd`).
enum LoopThread {
    private final class Body {
        let name: String
        let run: @Sendable () -> Void
        init(_ name: String, _ run: @escaping @Sendable () -> Void) { (self.name, self.run) = (name, run) }
    }

    /// - Throws: `.invalid` when there can be no more threads.
    static func start(name: String, _ run: @escaping @Sendable () -> Void) throws(HostError) {
        var thread = pthread_t()
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        defer { pthread_attr_destroy(&attributes) }
        pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
        let body = Unmanaged.passRetained(Body(name, run))
        let status = pthread_create(&thread, &attributes, { argument in
            guard let argument else { return nil }
            let body = Unmanaged<Body>.fromOpaque(argument).takeRetainedValue()
            ringlight_name_thread(body.name)
            body.run()
            return nil
        }, body.toOpaque())
        guard status == 0 else {
            body.release()
            throw HostError(.invalid, "event loop", "no thread: \(String(cString: strerror(status)))")
        }
    }
}
