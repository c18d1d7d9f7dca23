import CVolatile
import DeviceAccess

/// The ring of received frames (3.2).
///
/// Each descriptor holds a buffer of the pool. A frame is handed out only after a fresh buffer took its place,
/// so the ring never runs dry behind the caller's back; without a fresh buffer the frame stays where it is.
@safe public struct ReceiveRing: ~Copyable {
    private let memory: DMAMemory
    private let buffers: UnsafeMutablePointer<UInt32>
    /// Descriptors.
    public let count: UInt32
    /// The next descriptor to be looked at.
    private var head: UInt32 = 0
    /// Descriptors given back since the last tail write.
    private var unreported: UInt32 = 0
    /// A frame that needs several buffers is being skipped: it is longer than any that may come.
    private var skipping = false
    /// Frames that the card reported with errors, or with a status that cannot be.
    public private(set) var badFrames: UInt64 = 0
    /// How often a frame had to wait because the pool was empty.
    public private(set) var refillMisses: UInt64 = 0
    public private(set) var tailWrites: UInt64 = 0

    /// Fills every descriptor with a buffer.
    init(count: UInt32, in arena: inout DMAArena, from pool: inout PacketPool) throws(DeviceError) {
        try ringCount(count, "receive")
        memory = try arena.allocate(Int(count) * ReceiveDescriptor.size, alignment: 128)
        unsafe buffers = .allocate(capacity: Int(count))
        self.count = count
        for position in 0..<count {
            guard let index = pool.getIndex() else { preconditionFailure("the pool is made larger than the receive ring") }
            arm(position, index, in: pool)
        }
    }

    deinit { unsafe buffers.deallocate() }

    var busAddress: UInt64 { memory.busAddress }
    var byteCount: UInt32 { UInt32(memory.size) }

    /// True when a frame (or a bad one) waits: one load, no register access.
    public var hasFrame: Bool { status(head).isDone }

    /// Descriptors that the card has filled and nobody has looked at: as many loads, no register access.
    public var waiting: UInt32 {
        var position = head
        var found: UInt32 = 0
        while found < count, status(position).isDone {
            found += 1
            position = position &+ 1 == count ? 0 : position &+ 1
        }
        return found
    }

    /// One descriptor is nobody's, so that full and empty differ; it counts as the driver's.
    public var occupancy: RingOccupancy {
        let waiting = waiting
        return RingOccupancy(count: count, cardFirst: (head + waiting) % count, card: count - 1 - min(count - 1, waiting + unreported))
    }

    /// The next frame; `nil` when there is none, or when the pool has no buffer to put in its place (`refillMisses`).
    public mutating func next(from pool: inout PacketPool) -> Packet? {
        while true {
            let descriptor = status(head)
            guard descriptor.isDone else { return nil }
            // The buffer's bytes are read only after the status that promises them.
            dma_load_fence()
            if skipping || !descriptor.isGood {
                if !skipping { badFrames &+= 1 }
                skipping = !descriptor.isEndOfPacket
                arm(head, unsafe buffers[Int(head)], in: pool)
                advance()
                continue
            }
            guard let fresh = pool.getIndex() else {
                refillMisses &+= 1
                return nil
            }
            let filled = unsafe buffers[Int(head)]
            arm(head, fresh, in: pool)
            advance()
            return pool.packet(filled, length: descriptor.length)
        }
    }

    /// Gives the card the descriptors that were refilled: one tail write for all, none when there is nothing new.
    public mutating func commit(_ registers: borrowing RegisterSpace) throws(DeviceError) {
        guard unreported > 0 else { return }
        unreported = 0
        tailWrites &+= 1
        try registers.write(RDT.self, lastArmed)
    }

    /// The card may use the descriptors from its head up to, not including, this one.
    var lastArmed: UInt32 { head == 0 ? count &- 1 : head &- 1 }

    /// Takes all buffers back; only after the receiver was disabled.
    mutating func abandon(into pool: inout PacketPool) {
        for position in 0..<Int(count) { pool.putIndex(unsafe buffers[position]) }
    }

    @inline(__always)
    private func status(_ position: UInt32) -> ReceiveDescriptor {
        ReceiveDescriptor(word: unsafe volatile_load_u64(memory.base + Int(position) &* ReceiveDescriptor.size + 8))
    }

    @inline(__always)
    private mutating func arm(_ position: UInt32, _ index: UInt32, in pool: borrowing PacketPool) {
        let descriptor = unsafe memory.base + Int(position) &* ReceiveDescriptor.size
        unsafe volatile_store_u64(descriptor, pool.busAddress(index))
        unsafe volatile_store_u64(descriptor + 8, 0)
        unsafe buffers[Int(position)] = index
    }

    @inline(__always)
    private mutating func advance() {
        head = head &+ 1 == count ? 0 : head &+ 1
        unreported &+= 1
    }
}
