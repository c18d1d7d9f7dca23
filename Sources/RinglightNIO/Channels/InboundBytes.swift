import DequeModule
import HostStack

/// Bytes that came and were not read: in the card's own packets, copied once, when they are.
struct InboundBytes {
    private var packets = Deque<ReceivedData>()
    /// Of the first packet, bytes that were read.
    private var offset = 0
    var isEmpty: Bool { packets.isEmpty }

    mutating func append(_ data: ReceivedData) {
        if data.count > 0 { packets.append(data) }
    }

    /// Reads as many as there are and fit.
    mutating func take(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        var taken = 0
        while taken < buffer.count, let first = packets.first {
            let copied = first.copy(from: offset, to: UnsafeMutableRawBufferPointer(rebasing: buffer[taken...]))
            taken += copied
            offset += copied
            guard offset == first.count else { break }
            packets.removeFirst()
            offset = 0
        }
        return taken
    }

    /// Gives the packets back.
    mutating func removeAll() {
        packets.removeAll()
        offset = 0
    }
}
