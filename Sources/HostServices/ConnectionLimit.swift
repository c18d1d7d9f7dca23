import Glibc
import NIOCore
import Synchronization

/// How many connections a service has at a time: one more is reset as it comes.
///
/// ```swift
/// let limit = ConnectionLimit(1000) { print($0) }
/// bootstrap.childChannelInitializer { limit.admit($0) { channel in … } }
/// ```
public final class ConnectionLimit: Sendable {
    private struct State {
        var open = 0
        /// Somebody was sent away, and it was told.
        var isFull = false
    }

    private let most: Int
    private let note: @Sendable (String) -> Void
    private let state = Mutex(State())

    /// - Parameters:
    ///   - most: connections; 1 at least.
    ///   - note: is called with a line for people when the first one is sent away, and again only after a quarter have ended.
    public init(_ most: Int, note: @escaping @Sendable (String) -> Void) {
        precondition(most > 0)
        (self.most, self.note) = (most, note)
    }

    /// Sets up an accepted connection, or sends it away.
    ///
    /// - Parameter prepare: its handlers.
    public func admit(_ channel: any Channel, _ prepare: @escaping @Sendable (any Channel) throws -> Void) -> EventLoopFuture<Void> {
        guard enter() else { return Self.reset(channel) }
        channel.closeFuture.whenComplete { [self] _ in leave() }
        return channel.eventLoop.makeCompletedFuture { try prepare(channel) }
    }

    private func enter() -> Bool {
        let (isAdmitted, isFirst) = state.withLock { state in
            guard state.open >= most else {
                state.open += 1
                return (true, false)
            }
            defer { state.isFull = true }
            return (false, !state.isFull)
        }
        if isFirst { note("\(most) \(most == 1 ? "connection is" : "connections are") open, as many as may be; others are reset as they come") }
        return isAdmitted
    }

    private func leave() {
        state.withLock { state in
            state.open -= 1
            if state.open * 4 <= most * 3 { state.isFull = false }
        }
    }

    /// Nothing of it is left then: an orderly end would wait for the peer's (RFC 9293, 3.6).
    private static func reset(_ channel: any Channel) -> EventLoopFuture<Void> {
        let lingers = (channel as? any SocketOptionProvider)?.setSoLinger(linger(l_onoff: 1, l_linger: 0))
        return (lingers ?? channel.eventLoop.makeSucceededVoidFuture()).flatMap { channel.close() }
    }
}
