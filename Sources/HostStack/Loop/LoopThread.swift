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
        unsafe pthread_attr_init(&attributes)
        defer { unsafe pthread_attr_destroy(&attributes) }
        unsafe pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
        let body = unsafe Unmanaged.passRetained(Body(name, run))
        let status = unsafe pthread_create(&thread, &attributes, { argument in
            guard let argument = unsafe argument else { return nil }
            let body = unsafe Unmanaged<Body>.fromOpaque(argument).takeRetainedValue()
            unsafe ringlight_name_thread(body.name)
            body.run()
            return nil
        }, unsafe body.toOpaque())
        guard status == 0 else {
            unsafe body.release()
            throw HostError(.invalid, "event loop", unsafe "no thread: \(String(cString: strerror(status)))")
        }
    }
}
