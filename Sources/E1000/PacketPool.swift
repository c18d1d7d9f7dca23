import DeviceAccess

/// One frame in DMA memory, owned by whoever holds the value.
///
/// It is sent (`TransmitRing.append`) or given back (`PacketPool.put`); using it afterwards does not compile,
/// and forgetting it traps, so that a leak is found where it happens.
@safe @frozen public struct Packet: ~Copyable {
    @usableFromInline let buffer: UnsafeMutableRawPointer
    /// Bytes of the frame, without the CRC: 0 to `PacketPool.bufferSize`.
    @inlinable public var length: UInt32 { frameLength }
    /// The tag (priority, CFI, VLAN) that the card took out of a received frame: `Configuration.stripsVLANTags`.
    @inlinable public var vlanTag: UInt16? { ReceiveDescriptor.tag(status: status) }
    @usableFromInline var frameLength: UInt32
    /// What the card said of a received frame: the upper half of its descriptor's second word; of any other frame, 0.
    @usableFromInline var status: UInt32

    @inlinable @inline(__always)
    init(buffer: UnsafeMutableRawPointer, length: UInt32, status: UInt32) {
        unsafe self.buffer = unsafe buffer
        frameLength = length
        self.status = status
    }

    @inlinable deinit { Self.leaked() }

    @inline(never) @usableFromInline
    static func leaked() {
        precondition(buffersAreCounted, "a packet was dropped: send it, or put it back into its pool")
    }

    /// Not a constant for the optimiser, which warns of a deinit that never returns.
    @inline(never)
    private static var buffersAreCounted: Bool { false }

    /// The frame's bytes.
    @inlinable public var bytes: RawSpan {
        @_lifetime(borrow self)
        get {
            let span = unsafe RawSpan(_unsafeStart: UnsafeRawPointer(buffer), byteCount: Int(length))
            return unsafe _overrideLifetime(span, borrowing: self)
        }
    }

    /// The frame's bytes, to be changed in place.
    @inlinable public var mutableBytes: MutableSpan<UInt8> {
        @_lifetime(&self)
        mutating get {
            let start = unsafe buffer.assumingMemoryBound(to: UInt8.self)
            let span = unsafe MutableSpan(_unsafeStart: start, count: Int(length))
            return unsafe _overrideLifetime(span, mutating: &self)
        }
    }

    /// A copy of the frame's bytes, for those who keep it longer than the packet.
    public func copy() -> [UInt8] { unsafe Array(UnsafeRawBufferPointer(start: buffer, count: Int(length))) }

    /// Replaces the frame.
    ///
    /// - Precondition: at most `PacketPool.bufferSize` bytes.
    public mutating func fill(_ frame: [UInt8]) {
        precondition(frame.count <= PacketPool.bufferSize)
        unsafe buffer.copyMemory(from: frame, byteCount: frame.count)
        frameLength = UInt32(frame.count)
        status = 0
    }

    /// Replaces the frame by a copy of another packet's: from one card to another, each with DMA memory of its own.
    @inlinable public mutating func fill(copying other: borrowing Packet) {
        frameLength = other.length
        guard other.length <= 64 else {
            return unsafe buffer.copyMemory(from: other.buffer, byteCount: Int(other.length))
        }
        // The shortest frames, the most a second: buffers are whole cache lines, so a line is copied without counting.
        for offset in stride(from: 0, to: 64, by: 16) {
            let bytes = unsafe other.buffer.load(fromByteOffset: offset, as: SIMD16<UInt8>.self)
            unsafe buffer.storeBytes(of: bytes, toByteOffset: offset, as: SIMD16<UInt8>.self)
        }
    }

    /// Ends the value without ending the frame: the buffer is somebody else's now.
    @inlinable @inline(__always)
    consuming func take() -> UnsafeMutableRawPointer {
        let buffer = unsafe buffer
        discard self
        return unsafe buffer
    }
}

/// Buffers of 2048 bytes in DMA memory, each in one place at a time: here, on a ring, or in a `Packet`.
@safe public struct PacketPool: ~Copyable {
    /// Bytes of a buffer: what RCTL.BSIZE says, and enough for any frame without jumbo.
    @inlinable public static var bufferSize: Int { 2048 }

    /// Buffers that a frame of so many bytes needs, when all but the last are filled.
    public static func buffers(for length: Int) -> Int { (length + bufferSize - 1) / bufferSize }

    @usableFromInline let memory: DMAMemory
    /// The buffers that are here, each as its offset from the start of the memory: what is then added is an address, as the
    /// program or as the device sees it.
    @usableFromInline let free: UnsafeMutablePointer<UInt32>
    /// For frames in several buffers; single packets do not touch it.
    let chains: ChainTable
    /// Buffers that are here.
    @inlinable public var available: Int { level }
    @usableFromInline var level: Int
    /// All buffers.
    public let count: Int

    /// - Parameter count: buffers, at least 1.
    /// - Throws: `.refused` when they do not fit in the arena.
    init(count: Int, in arena: inout DMAArena) throws(DeviceError) {
        guard count <= Int(UInt32.max) / Self.bufferSize else {
            throw DeviceError(.refused, "packet pool", "\(count) buffers are more than 4 GiB", remedy: "use fewer")
        }
        memory = try arena.allocate(count * Self.bufferSize, alignment: 2048)
        unsafe free = .allocate(capacity: count)
        // The lowest buffers leave first.
        for position in 0..<count { unsafe free[position] = UInt32((count - 1 - position) * Self.bufferSize) }
        self.count = count
        level = count
        chains = ChainTable(memory, count: count)
    }

    deinit {
        unsafe free.deallocate()
        chains.deallocate()
    }

    /// An empty packet; `nil` when all buffers are out.
    @inlinable public mutating func get() -> Packet? {
        guard let offset = getOffset() else { return nil }
        return packet(offset, length: 0, status: 0)
    }

    /// Takes a packet back.
    @inlinable public mutating func put(_ packet: consuming Packet) { putOffset(take(packet)) }

    @inlinable @inline(__always)
    mutating func getOffset() -> UInt32? {
        guard level > 0 else { return nil }
        level &-= 1
        return unsafe free[level]
    }

    @inlinable @inline(__always)
    mutating func putOffset(_ offset: UInt32) {
        unsafe free[level] = offset
        level &+= 1
    }

    /// Ends a packet without ending its frame. A packet of another pool traps: the device would be sent to memory
    /// that nobody gave it, and two owners would have one buffer.
    @inlinable @inline(__always)
    func take(_ packet: consuming Packet) -> UInt32 {
        let offset = UInt(bitPattern: unsafe packet.take()) &- UInt(bitPattern: unsafe memory.base)
        precondition(offset < UInt(bitPattern: memory.size), "a packet of another pool")
        return UInt32(truncatingIfNeeded: offset)
    }

    /// The packet of a buffer that is in nobody's hands.
    @inlinable @inline(__always)
    func packet(_ offset: UInt32, length: UInt32, status: UInt32) -> Packet {
        unsafe Packet(buffer: memory.base + Int(offset), length: length, status: status)
    }

    /// Where the device finds a buffer.
    @inlinable @inline(__always)
    func busAddress(_ offset: UInt32) -> UInt64 { memory.busAddress &+ UInt64(offset) }
}
