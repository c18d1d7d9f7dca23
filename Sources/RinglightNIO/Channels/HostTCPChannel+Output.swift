import Glibc
import HostStack
import NIOCore

/// Writing, and its end.
extension HostTCPChannel {
    /// Gives the stack what was flushed, until it takes no more.
    func flushOutput() {
        // What is flushed meanwhile is written by the loop that is at it already.
        guard !isFlushing else { return }
        isFlushing = true
        defer { isFlushing = false }
        var isBlocked = false
        while !isBlocked, state == .active, writes.isFlushPending, failure == nil {
            do {
                isBlocked = try !writeFlushed()
            } catch {
                if failure == nil { close0(error: error, mode: .all, promise: nil) }
            }
        }
        if state == .active, closingOutput != nil, writes.isEmpty { finishOutput() }
    }

    /// Gives the stack what was flushed before.
    ///
    /// - Returns: false when it takes no more.
    private func writeFlushed() throws -> Bool {
        guard let socket else { return false }
        defer { socket.flush() }
        var isWritableAgain = false
        var isBlocked = false
        while !isBlocked, state == .active, writes.isFlushPending {
            let outcome = try writes.writeFirst { bytes, more in try translated { () throws(HostError) in try socket.write(bytes, more: more) } }
            if writability.didRemove(waiting: writes.bytes, writes.waterMark) { isWritableAgain = true }
            switch outcome {
            case .taken(let promise): promise?.succeed(())
            case .blocked: isBlocked = true
            }
        }
        if isWritableAgain, state == .active { pipeline.syncOperations.fireChannelWritabilityChanged() }
        return !isBlocked
    }

    func closeOutput(_ error: any Error, _ promise: EventLoopPromise<Void>?) {
        guard !outputIsClosed else { return fail(promise, .outputClosed) }
        guard !inputIsClosed else { return close0(error: error, mode: .all, promise: promise) }
        guard state == .active else { promise?.fail(IOError(errnoCode: ENOTCONN, reason: "shutdown")); return }
        closingOutput = (closingOutput ?? []) + (promise.map { [$0] } ?? [])
        // What was written goes first, once it is flushed.
        if writes.isEmpty { finishOutput() }
    }

    private func finishOutput() {
        let promises = closingOutput ?? []
        closingOutput = nil
        do {
            try translated { () throws(HostError) in try socket?.closeOutput() }
        } catch {
            return promises.forEach { $0.fail(error) }
        }
        outputIsClosed = true
        promises.forEach { $0.succeed(()) }
        pipeline.fireUserInboundEventTriggered(ChannelEvent.outputClosed)
    }
}
