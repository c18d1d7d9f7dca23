import Dispatch
import HostStack
import NIOCore

/// A card's event loop as a group: one card has one loop.
public final class HostEventLoopGroup: EventLoopGroup {
    /// Its one loop.
    public let eventLoop: HostEventLoop

    /// - Parameter host: a running host; it ends with the group's shutdown.
    public init(_ host: HostLoop) { eventLoop = HostEventLoop(host) }

    public func next() -> any EventLoop { eventLoop }
    public func any() -> any EventLoop { eventLoop }
    public func makeIterator() -> EventLoopIterator { EventLoopIterator([eventLoop]) }

    /// Closes every channel, and ends the loop and its card. The callback has what ended it, when that was not asked for.
    public func shutdownGracefully(queue: DispatchQueue, _ callback: @escaping @Sendable ((any Error)?) -> Void) {
        eventLoop.shutdownGracefully(queue: queue, callback)
    }

    public func _preconditionSafeToSyncShutdown(file: StaticString, line: UInt) {
        precondition(!eventLoop.inEventLoop, "a loop does not wait for its own end", file: file, line: line)
    }
}
