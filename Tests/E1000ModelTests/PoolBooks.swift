import DeviceAccess
@testable import E1000
import E1000Model

/// Where each buffer of a card's pool is, by the driver's own books: free, on a ring, or in the program's hands.
///
/// It reads what the driver has anyway: looking costs the driver nothing.
struct PoolBooks {
    /// Of each buffer, by its number.
    private(set) var rights: [BufferRights]
    /// Buffers that the program has; of those that it was lent, some may be on the transmit ring as well.
    private(set) var handedOut: Set<Int> = []

    private static let size = PacketPool.bufferSize

    /// - Throws: `Broken` when a buffer is in two places, or where none is.
    init(_ card: borrowing Controller) throws {
        rights = [BufferRights](repeating: .program, count: card.pool.count)
        var isFound = [Bool](repeating: false, count: card.pool.count)
        func find(_ offset: UInt32, _ place: String, _ right: BufferRights) throws {
            let number = Int(offset) / Self.size
            guard Int(offset) % Self.size == 0, number < isFound.count else { throw Broken("\(place) has a buffer at \(offset)") }
            guard !isFound[number] else { throw Broken("\(place) has buffer \(number), which is somewhere else too") }
            isFound[number] = true
            rights[number] = right
        }
        for position in 0..<card.pool.available { try find(card.pool.free[position], "the pool", []) }
        // Those that wait for a tail write count as the card's, which may have them within the driver's next call. A frame that is
        // there and was not taken is nobody's: neither may the card write to it, nor the program.
        let ring = (count: card.receiveRing.count, waiting: card.receiveRing.waiting, first: card.receiveRing.occupancy.cardFirst)
        for position in 0..<ring.count {
            let distance = position >= ring.first ? position - ring.first : position + ring.count - ring.first
            let isCards = distance + min(ring.waiting, ring.count - 1) < ring.count - 1
            try find(card.receiveRing.buffers[Int(position)], "the receive ring", isCards ? .cardWrites : [])
        }
        var lent: Set<Int> = []
        var position = card.transmitRing.head
        while position != card.transmitRing.tail {
            let offset = card.transmitRing.buffers[Int(position)]
            if card.transmitRing.marks[Int(position)].contains(.lent) {
                lent.insert(Int(offset) / Self.size)
            } else if offset != TransmitRing.noBuffer {
                try find(offset, "the transmit ring", .cardReads)
            }
            position = card.transmitRing.next(position)
        }
        for (number, isFound) in isFound.enumerated() where !isFound { handedOut.insert(number) }
        for number in lent {
            guard !isFound[number] else { throw Broken("buffer \(number) is lent, and somewhere else too") }
            rights[number] = [.cardReads, .program]
        }
    }

    /// Lets the memory know, whose every later access is held against it.
    func tell(_ memory: MappedMemory, of card: borrowing Controller) {
        if memory.watchedBuffers != rights.count {
            memory.watchBuffers(at: card.pool.memory.busAddress, size: Self.size, count: rights.count)
        }
        for (number, right) in rights.enumerated() { memory.setRights(right, of: number) }
    }
}

extension Packet {
    /// Which buffer of its pool it is in.
    func number(in card: borrowing Controller) -> Int { (buffer - card.pool.memory.base) / PacketPool.bufferSize }
}

extension PacketChain {
    /// Which buffers of its pool it is in.
    var numbers: [Int] {
        var numbers: [Int] = []
        forEachBuffer { offset, _ in numbers.append(Int(offset) / PacketPool.bufferSize) }
        return numbers
    }
}
