import Glibc
import HostStack
import NIOCore

/// Reading, and its end.
extension HostTCPChannel {
    /// Gives the pipeline what has come, when it was asked for.
    func receive() {
        if hasEnded || failure != nil {
            // Up to the end, whether it was asked for or not: as on a socket of the kernel.
            while state == .active, !inputIsClosed, readOnce() {}
        } else if readPending, !inbound.isEmpty {
            _ = readOnce()
            if state == .active, readPending, !inbound.isEmpty { hostLoop.markReady(self) }
        }
    }

    /// - Returns: false at the end of the input.
    private func readOnce() -> Bool {
        for _ in 0..<maxMessagesPerRead {
            guard state == .active, !inputIsClosed else { break }
            guard !inbound.isEmpty else {
                guard hasEnded || failure != nil else { break }
                endInput()
                return false
            }
            let (buffer, count) = receiveBuffers.buffer(allocator: bufferAllocator) { buffer in
                buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: 1) { inbound.take(into: $0) }
            }
            receiveBuffers.record(actualReadBytes: count)
            readPending = false
            socket?.consumed(count)
            pipeline.syncOperations.fireChannelRead(NIOAny(buffer))
            if buffer.writableBytes > 0 { break }
        }
        if state == .active { pipeline.syncOperations.fireChannelReadComplete() }
        if !inputIsClosed { readIfNeeded() }
        return true
    }

    /// Everything was read, and no more comes: the peer has ended its half, or the connection has failed.
    private func endInput() {
        guard hasEnded else {
            guard let failure, failure.kind != .stopped else { return }
            let error = failure.asChannelError
            pipeline.syncOperations.fireErrorCaught(error)
            if isOpen { close0(error: error, mode: .all, promise: nil) }
            return
        }
        pipeline.syncOperations.fireChannelReadComplete()
        guard isOpen else { return }
        close0(error: ChannelError.eof, mode: allowsRemoteHalfClosure ? .input : .all, promise: nil)
        readPending = false
    }

    func closeInput(_ error: any Error, _ promise: EventLoopPromise<Void>?) {
        guard !inputIsClosed else { return fail(promise, .inputClosed) }
        guard !outputIsClosed else { return close0(error: error, mode: .all, promise: promise) }
        guard state == .active else { promise?.fail(IOError(errnoCode: ENOTCONN, reason: "shutdown")); return }
        inputIsClosed = true
        readPending = false
        inbound.removeAll()
        promise?.succeed(())
        pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
    }
}
