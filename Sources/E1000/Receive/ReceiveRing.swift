import CVolatile
import DeviceAccess

/// The ring of received frames (3.2).
///
/// Each descriptor holds a buffer of the pool. A frame is handed out only after a fresh buffer took its place,
/// so the ring never runs dry behind the caller's back; without a fresh buffer the frame stays where it is.
@safe public struct ReceiveRing: ~Copyable {
    @usableFromInline let memory: DMAMemory
    /// The buffer that each descriptor has, as its offset in the pool.
    @usableFromInline let buffers: UnsafeMutablePointer<UInt32>
    /// Descriptors.
    public let count: UInt32
    /// The next descriptor to be looked at.
    @usableFromInline var head: UInt32 = 0
    /// Descriptors refilled since the last tail write, and how many of them `commit` waits for.
    @usableFromInline var unreported: UInt32 = 0
    @usableFromInline let reportAfter: UInt32
    /// Bytes of the longest frame that `nextChain` hands out.
    let longestFrame: UInt32
    /// A frame that needs several buffers is being skipped: it is longer than any that may come.
    @usableFromInline var skipping = false
    @usableFromInline var bad: UInt64 = 0
    @usableFromInline var misses: UInt64 = 0
    @usableFromInline var writes: UInt64 = 0
    /// Frames that the card reported with errors, or with a status that cannot be.
    public var badFrames: UInt64 { bad }
    /// How often a frame had to wait because the pool was empty.
    public var refillMisses: UInt64 { misses }
    /// How often the tail register was written.
    public var tailWrites: UInt64 { writes }

    /// Fills every descriptor with a buffer.
    init(count: UInt32, longestFrame: UInt32 = 1518, in arena: inout DMAArena, from pool: inout PacketPool) throws(DeviceError) {
        try ringCount(count, "receive")
        memory = try arena.allocate(Int(count) * ReceiveDescriptor.size, alignment: 128)
        unsafe buffers = .allocate(capacity: Int(count))
        self.count = count
        self.longestFrame = longestFrame
        reportAfter = min(count / 4, 32)
        for position in 0..<count {
            guard let offset = pool.getOffset() else { preconditionFailure("the pool is made larger than the receive ring") }
            arm(position, offset, in: pool)
        }
    }

    deinit { unsafe buffers.deallocate() }

    var busAddress: UInt64 { memory.busAddress }
    var byteCount: UInt32 { UInt32(memory.size) }

    /// True when a frame (or a bad one) waits: one load, no register access.
    @inlinable public var hasFrame: Bool { status(head).isDone }

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
    @inlinable @inline(__always)
    public mutating func next(from pool: inout PacketPool) -> Packet? {
        let descriptor = status(head)
        guard _fastPath(descriptor.isGood && !skipping) else { return nextUnusual(from: &pool) }
        return exchange(descriptor, from: &pool)
    }

    /// `next` when there is no frame, or a bad one: gives the descriptors of bad frames back, unread, up to the next good frame.
    @inline(never) @usableFromInline
    mutating func nextUnusual(from pool: inout PacketPool) -> Packet? {
        while true {
            let descriptor = status(head)
            guard descriptor.isDone else { return nil }
            if descriptor.isGood && !skipping { return exchange(descriptor, from: &pool) }
            if !skipping { bad &+= 1 }
            skipping = !descriptor.isEndOfPacket
            arm(head, unsafe buffers[Int(head)], in: pool)
            advance()
        }
    }

    /// Hands the frame at the head out, and puts a fresh buffer in its place.
    @inlinable @inline(__always)
    mutating func exchange(_ descriptor: ReceiveDescriptor, from pool: inout PacketPool) -> Packet? {
        // The buffer's bytes are read only after the status that promises them.
        dma_load_fence()
        guard let fresh = pool.getOffset() else {
            misses &+= 1
            return nil
        }
        let filled = unsafe buffers[Int(head)]
        arm(head, fresh, in: pool)
        advance()
        return pool.packet(filled, length: descriptor.length, status: descriptor.status)
    }

    /// Gives the card the descriptors that were refilled, once there are enough of them: at most one tail write.
    ///
    /// A receive tail write is dear (QEMU wakes its main loop for each: nine times a transmit one), so up to 32
    /// refilled descriptors, and never more than a quarter of the ring, may wait. The card has the rest.
    public mutating func commit(_ registers: borrowing RegisterSpace) throws(DeviceError) {
        if unreported >= reportAfter { try flush(registers) }
    }

    /// `commit` where the registers are mapped: a store, which cannot fail.
    @inlinable @inline(__always)
    public mutating func commit(mapped registers: MappedRegisters) {
        guard unreported >= reportAfter else { return }
        unreported = 0
        writes &+= 1
        registers.write(RDT.offset, lastArmed)
    }

    /// Gives the card every descriptor that was refilled, however few: for a caller that is going to wait.
    public mutating func flush(_ registers: borrowing RegisterSpace) throws(DeviceError) {
        guard unreported > 0 else { return }
        unreported = 0
        writes &+= 1
        try registers.write(RDT.self, lastArmed)
    }

    /// The card may use the descriptors from its head up to, not including, this one.
    @inlinable var lastArmed: UInt32 { head == 0 ? count &- 1 : head &- 1 }

    /// The first descriptor without a frame: where the card goes on after a reset, RDH. One at least has none; of a card that claims
    /// otherwise, the one before the head is that.
    var position: UInt32 { (head + min(waiting, count - 1)) % count }

    /// Takes all buffers back; only after the receiver was disabled.
    mutating func abandon(into pool: inout PacketPool) {
        for position in 0..<Int(count) { pool.putOffset(unsafe buffers[position]) }
    }

    @inlinable @inline(__always)
    func status(_ position: UInt32) -> ReceiveDescriptor {
        ReceiveDescriptor(word: unsafe volatile_load_u64(memory.base + Int(position) &* ReceiveDescriptor.size + 8))
    }

    @inlinable @inline(__always)
    mutating func arm(_ position: UInt32, _ offset: UInt32, in pool: borrowing PacketPool) {
        let descriptor = unsafe memory.base + Int(position) &* ReceiveDescriptor.size
        unsafe volatile_store_u64(descriptor, pool.busAddress(offset))
        unsafe volatile_store_u64(descriptor + 8, 0)
        unsafe buffers[Int(position)] = offset
    }

    @inlinable @inline(__always)
    mutating func advance() {
        head = head &+ 1 == count ? 0 : head &+ 1
        unreported &+= 1
    }
}
