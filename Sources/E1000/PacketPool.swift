import DeviceAccess

/// One frame in DMA memory, owned by whoever holds the value.
///
/// It is sent (`TransmitRing.append`) or given back (`PacketPool.put`); using it afterwards does not compile,
/// and forgetting it traps, so that a leak is found where it happens.
@safe public struct Packet: ~Copyable {
    @usableFromInline let buffer: UnsafeMutableRawPointer
    /// Position of the buffer in its pool.
    @usableFromInline let index: UInt32
    /// Bytes of the frame, without the CRC: 0 to `PacketPool.bufferSize`.
    public private(set) var length: UInt32

    @inline(__always)
    init(buffer: UnsafeMutableRawPointer, index: UInt32, length: UInt32) {
        unsafe self.buffer = unsafe buffer
        self.index = index
        self.length = length
    }

    deinit { Self.leaked() }

    @inline(never)
    private static func leaked() {
        precondition(buffersAreCounted, "a packet was dropped: send it, or put it back into its pool")
    }

    /// Not a constant for the optimiser, which warns of a deinit that never returns.
    @inline(never)
    private static var buffersAreCounted: Bool { false }

    /// The frame's bytes.
    public var bytes: RawSpan {
        @_lifetime(borrow self)
        get {
            let span = unsafe RawSpan(_unsafeStart: UnsafeRawPointer(buffer), byteCount: Int(length))
            return unsafe _overrideLifetime(span, borrowing: self)
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
        length = UInt32(frame.count)
    }

    /// Ends the value without ending the frame: the buffer is somebody else's now.
    @inline(__always)
    consuming func take() -> UInt32 {
        let index = index
        discard self
        return index
    }
}

/// Buffers of 2048 bytes in DMA memory, each in one place at a time: here, on a ring, or in a `Packet`.
@safe public struct PacketPool: ~Copyable {
    /// Bytes of a buffer: what RCTL.BSIZE says, and enough for any frame without jumbo.
    public static var bufferSize: Int { 2048 }

    private let memory: DMAMemory
    /// Indices of the buffers that are here.
    private let free: UnsafeMutablePointer<UInt32>
    /// Buffers that are here.
    public private(set) var available: Int
    /// All buffers.
    public let count: Int

    /// - Parameter count: buffers, at least 1.
    /// - Throws: `.refused` when they do not fit in the arena.
    init(count: Int, in arena: inout DMAArena) throws(DeviceError) {
        memory = try arena.allocate(count * Self.bufferSize, alignment: 2048)
        unsafe free = .allocate(capacity: count)
        // The lowest buffers leave first.
        for position in 0..<count { unsafe free[position] = UInt32(count - 1 - position) }
        self.count = count
        available = count
    }

    deinit { unsafe free.deallocate() }

    /// An empty packet; `nil` when all buffers are out.
    public mutating func get() -> Packet? {
        guard let index = getIndex() else { return nil }
        return packet(index, length: 0)
    }

    /// Takes a packet back.
    public mutating func put(_ packet: consuming Packet) { putIndex(packet.take()) }

    @inline(__always)
    mutating func getIndex() -> UInt32? {
        guard available > 0 else { return nil }
        available &-= 1
        return unsafe free[available]
    }

    @inline(__always)
    mutating func putIndex(_ index: UInt32) {
        precondition(available < count, "a packet came back to a pool that it is not from")
        unsafe free[available] = index
        available &+= 1
    }

    /// The packet of a buffer that is in nobody's hands.
    @inline(__always)
    func packet(_ index: UInt32, length: UInt32) -> Packet {
        unsafe Packet(buffer: memory.base + Int(index) &* Self.bufferSize, index: index, length: length)
    }

    /// Where the device finds a buffer.
    @inline(__always)
    func busAddress(_ index: UInt32) -> UInt64 { memory.busAddress &+ UInt64(index) &* UInt64(Self.bufferSize) }
}
