import DequeModule
import Glibc
import NIOCore

/// What was written to a connection and not yet taken by the stack, in order; flushed up to a point.
struct StreamWrites {
    private struct Write {
        var data: IOData
        let promise: EventLoopPromise<Void>?
    }

    /// What became of the first one.
    enum Outcome {
        /// The stack has all of it: who waits for it can be told.
        case taken(EventLoopPromise<Void>?)
        /// The stack takes no more for now.
        case blocked
    }

    /// Bytes of a file that are read in one go.
    private static let fileChunk = 65_536

    private var writes = Deque<Write>()
    /// Of them, those that were flushed.
    private var flushed = 0
    /// All that wait, flushed or not.
    private(set) var bytes = 0
    var waterMark = ChannelOptions.Types.WriteBufferWaterMark(low: 32 * 1024, high: 64 * 1024)

    var isEmpty: Bool { writes.isEmpty }
    var isFlushPending: Bool { flushed > 0 }

    mutating func add(_ data: IOData, _ promise: EventLoopPromise<Void>?) {
        bytes += data.readableBytes
        writes.append(Write(data: data, promise: promise))
    }

    mutating func markFlush() { flushed = writes.count }

    /// Gives the first one to the stack.
    ///
    /// - Parameter take: takes bytes from their start on, and says how many; with `true` when others follow at once.
    mutating func writeFirst(_ take: (UnsafeRawBufferPointer, Bool) throws -> Int) throws -> Outcome {
        let more = flushed > 1
        // Out of the queue, and back into it with what is left: most are taken at once.
        var first = writes.removeFirst()
        do {
            var rest = first.data.readableBytes
            while rest > 0 {
                let taken: Int
                switch first.data {
                case .byteBuffer(let buffer): taken = try buffer.withUnsafeReadableBytes { try take($0, more) }
                case .fileRegion(let region): taken = try Self.write(region, more, take)
                }
                bytes -= taken
                rest -= taken
                guard taken > 0 else {
                    writes.prepend(first)
                    return .blocked
                }
                if rest > 0 { first.data.moveReaderIndex(forwardBy: taken) }
            }
        } catch {
            writes.prepend(first)
            throw error
        }
        flushed -= 1
        return .taken(first.promise)
    }

    private static func write(_ region: FileRegion, _ more: Bool, _ take: (UnsafeRawBufferPointer, Bool) throws -> Int) throws -> Int {
        let count = min(region.readableBytes, fileChunk)
        return try withUnsafeTemporaryAllocation(byteCount: count, alignment: 1) { buffer in
            let read = try region.fileHandle.withUnsafeFileDescriptor { pread($0, buffer.baseAddress, count, off_t(region.readerIndex)) }
            guard read > 0 else {
                throw IOError(errnoCode: read < 0 ? errno : EIO, reason: "a file to be sent could not be read up to its promised end")
            }
            return try take(UnsafeRawBufferPointer(rebasing: buffer[..<read]), more || read < region.readableBytes)
        }
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
