import DequeModule
import HostStack
import NIOCore

/// Datagrams that were written and not yet taken by the stack, in order; flushed up to a point.
struct DatagramWrites {
    struct Write {
        let data: ByteBuffer
        /// `nil`: the peer that the socket is connected to.
        let remote: HostEndpoint?
        let promise: EventLoopPromise<Void>?
    }

    private var writes = Deque<Write>()
    private var flushed = 0
    private(set) var bytes = 0
    var waterMark = ChannelOptions.Types.WriteBufferWaterMark(low: 32 * 1024, high: 64 * 1024)

    var isFlushPending: Bool { flushed > 0 }
    /// The next to be sent, if it was flushed.
    var first: Write? { flushed > 0 ? writes.first : nil }

    mutating func add(_ write: Write) {
        bytes += write.data.readableBytes
        writes.append(write)
    }

    mutating func markFlush() { flushed = writes.count }

    mutating func removeFirst() {
        bytes -= writes.removeFirst().data.readableBytes
        flushed -= 1
    }

    /// - Returns: those who waited, in order.
    mutating func removeAll() -> [EventLoopPromise<Void>] {
        defer {
            writes.removeAll()
            (flushed, bytes) = (0, 0)
        }
        return writes.compactMap(\.promise)
    }
}
