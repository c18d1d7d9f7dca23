import DequeModule
import HostStack
import NIOCore

/// Bytes that came and were not read: in the card's own packets, copied once, when they are.
struct InboundBytes {
    /// So many packets that hold less than `smallPacket` bytes each are copied together: a window of single bytes would be 65,535 packets.
    private static let manyPackets = 64
    private static let smallPacket = 256

    /// Copied together; they come before those in packets.
    private var together = ByteBuffer()
    private var packets = Deque<ReceivedData>()
    /// In packets, and of those of the first packet read already.
    private var packetBytes = 0
    private var offset = 0

    var isEmpty: Bool { packets.isEmpty && together.readableBytes == 0 }

    mutating func append(_ data: ReceivedData) {
        guard data.count > 0 else { return }
        packets.append(data)
        packetBytes += data.count
        if packets.count >= Self.manyPackets, packetBytes < packets.count * Self.smallPacket { copyTogether() }
    }

    private mutating func copyTogether() {
        if together.readableBytes == 0 { together.clear() }
        let count = packetBytes - offset
        var buffer = together
        together = ByteBuffer()
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: count) { takePackets(into: UnsafeMutableRawBufferPointer(rebasing: $0[..<count])) }
        together = buffer
    }

    /// Reads as many as there are and fit.
    mutating func take(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        guard together.readableBytes > 0 else { return takePackets(into: buffer) }
        let count = min(together.readableBytes, buffer.count)
        together.withUnsafeReadableBytes { buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[..<count])) }
        together.moveReaderIndex(forwardBy: count)
        return count + takePackets(into: UnsafeMutableRawBufferPointer(rebasing: buffer[count...]))
    }

    private mutating func takePackets(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        var taken = 0
        while taken < buffer.count, let first = packets.first {
            let copied = first.copy(from: offset, to: UnsafeMutableRawBufferPointer(rebasing: buffer[taken...]))
            taken += copied
            offset += copied
            guard offset == first.count else { break }
            packets.removeFirst()
            packetBytes -= offset
            offset = 0
        }
        return taken
    }

    /// Gives the packets back.
    mutating func removeAll() { self = InboundBytes() }
}
