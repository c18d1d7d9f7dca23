import DeviceAccess

/// One frame, or one payload that the card is to cut into segments, in several buffers of a pool: its parts, in order.
///
/// Nothing is copied and nothing allocated to make one: what comes next to a buffer, and how long its part is, stands in a table
/// of the pool that single packets do not touch. Like a `Packet`, a chain is sent or given back; dropping one that has
/// parts traps. It is used no longer than the card that its packets came from.
@safe public struct PacketChain: ~Copyable {
    let table: ChainTable
    /// Where its buffers are, as offsets in the pool; without meaning while it has no part.
    private(set) var first: UInt32 = 0
    private(set) var last: UInt32 = 0
    /// Parts.
    public private(set) var count = 0
    /// Bytes of all parts.
    public private(set) var length = 0
    /// What the card said of a received frame, as in `Packet`; of any other, 0.
    var status: UInt32

    /// A chain without parts, which may be dropped.
    init(_ table: ChainTable, status: UInt32 = 0) {
        self.table = table
        self.status = status
    }

    deinit { if count > 0 { Packet.leaked() } }

    /// The tag that the card took out of a received frame: `Configuration.stripsVLANTags`.
    public var vlanTag: UInt16? { ReceiveDescriptor.tag(status: status) }

    /// Puts a packet behind the last part. A packet of another pool traps.
    public mutating func append(_ packet: consuming Packet) {
        let length = packet.length
        link(table.take(packet), length: length)
    }

    /// Puts a buffer that is in nobody's hands behind the last part.
    mutating func link(_ offset: UInt32, length: UInt32) {
        table[offset] = ChainLink(next: offset, length: length)
        if count == 0 { first = offset } else { table[last].next = offset }
        last = offset
        count += 1
        self.length += Int(length)
    }

    /// Takes the first part out, as a packet of its own; `nil` when there is none.
    public mutating func popFirst() -> Packet? {
        guard let (offset, length) = unlinkFirst() else { return nil }
        return unsafe Packet(buffer: table.memory.base + Int(offset), length: length, status: status)
    }

    mutating func unlinkFirst() -> (offset: UInt32, length: UInt32)? {
        guard count > 0 else { return nil }
        let (offset, link) = (first, table[first])
        first = link.next
        count -= 1
        length -= Int(link.length)
        return (offset, link.length)
    }

    /// Calls a function with the bytes of each part, from the first to the last.
    public func forEachPart<E: Error>(_ body: (RawSpan) throws(E) -> Void) throws(E) {
        var offset = first
        for _ in 0..<count {
            try body(table.bytes(offset))
            offset = table[offset].next
        }
    }

    /// Its buffers and the length of each part, from the first to the last.
    func forEachBuffer(_ body: (_ offset: UInt32, _ length: UInt32) -> Void) {
        var offset = first
        for _ in 0..<count {
            let link = table[offset]
            body(offset, link.length)
            offset = link.next
        }
    }

    /// The bytes of the first part, where the headers are; empty while there is none.
    public var head: RawSpan {
        @_lifetime(borrow self)
        get {
            let span = unsafe RawSpan(_unsafeStart: UnsafeRawPointer(table.memory.base + Int(first)), byteCount: headLength)
            return unsafe _overrideLifetime(span, borrowing: self)
        }
    }

    /// The bytes of the first part, to be changed in place.
    public var mutableHead: MutableSpan<UInt8> {
        @_lifetime(&self)
        mutating get {
            let start = unsafe (table.memory.base + Int(first)).assumingMemoryBound(to: UInt8.self)
            let span = unsafe MutableSpan(_unsafeStart: start, count: headLength)
            return unsafe _overrideLifetime(span, mutating: &self)
        }
    }

    private var headLength: Int { count == 0 ? 0 : Int(table[first].length) }

    /// A field of 16 bits in network order, wherever the parts are split.
    ///
    /// - Precondition: the chain has both bytes.
    func big16(at position: Int) -> UInt16 {
        UInt16(byte(at: position)) << 8 | UInt16(byte(at: position + 1))
    }

    private func byte(at position: Int) -> UInt8 {
        precondition(0..<length ~= position)
        var (offset, start) = (first, position)
        while start >= Int(table[offset].length) {
            start -= Int(table[offset].length)
            offset = table[offset].next
        }
        return unsafe table.memory.base.load(fromByteOffset: Int(offset) + start, as: UInt8.self)
    }

    /// A copy of all bytes in order, for those who keep them longer than the chain.
    public func copy() -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(length)
        forEachPart { part in unsafe part.withUnsafeBytes { unsafe bytes.append(contentsOf: $0) } }
        return bytes
    }

    /// Ends the value without ending the frame: its buffers are somebody else's now.
    consuming func take() { discard self }
}

/// What comes next to a buffer in a chain, and how long its part is. The last part is next to itself.
struct ChainLink {
    var next: UInt32
    var length: UInt32
}

/// A pool's memory, and a link for each of its buffers.
@safe struct ChainTable {
    let memory: DMAMemory
    private let links: UnsafeMutablePointer<ChainLink>

    /// - Parameter count: buffers.
    init(_ memory: DMAMemory, count: Int) {
        self.memory = memory
        unsafe links = .allocate(capacity: count)
        unsafe links.initialize(repeating: ChainLink(next: 0, length: 0), count: count)
    }

    func deallocate() { unsafe links.deallocate() }

    /// The link of the buffer at an offset of the memory.
    subscript(offset: UInt32) -> ChainLink {
        get { unsafe links[Int(offset) / PacketPool.bufferSize] }
        nonmutating set { unsafe links[Int(offset) / PacketPool.bufferSize] = newValue }
    }

    /// Ends a packet without ending its frame: `PacketPool.take`.
    func take(_ packet: consuming Packet) -> UInt32 {
        let offset = UInt(bitPattern: unsafe packet.take()) &- UInt(bitPattern: unsafe memory.base)
        precondition(offset < UInt(bitPattern: memory.size), "a packet of another pool")
        return UInt32(truncatingIfNeeded: offset)
    }

    /// The bytes of the part in a buffer.
    @_lifetime(immortal)
    func bytes(_ offset: UInt32) -> RawSpan {
        let span = unsafe RawSpan(_unsafeStart: UnsafeRawPointer(memory.base + Int(offset)), byteCount: Int(self[offset].length))
        return unsafe _overrideLifetime(span, copying: ())
    }
}

extension PacketPool {
    /// A chain without parts.
    public func chain() -> PacketChain { PacketChain(chains) }

    /// A chain of one packet; of a received one, what the card said of it stays.
    public func chain(_ packet: consuming Packet) -> PacketChain {
        var chain = PacketChain(chains, status: packet.status)
        chain.append(packet)
        return chain
    }

    /// A chain with a copy of some bytes, in as many buffers as they need.
    ///
    /// - Parameters:
    ///   - bytes: what is copied.
    ///   - headerLength: bytes of the first part, 0 to `bufferSize`: headers in a buffer of their own, the rest from the next on.
    ///     0: all buffers are filled, the first too.
    /// - Returns: `nil` when there are not enough buffers; none is taken then.
    public mutating func chain(copying bytes: RawSpan, headerLength: Int = 0) -> PacketChain? {
        precondition(0...Self.bufferSize ~= headerLength)
        let head = min(headerLength, bytes.byteCount)
        let rest = bytes.byteCount - head
        guard (head > 0 ? 1 : 0) + (rest + Self.bufferSize - 1) / Self.bufferSize <= available else { return nil }
        var chain = chain()
        var start = 0
        while start < bytes.byteCount, let offset = getOffset() {
            let count = start < head ? head : min(Self.bufferSize, bytes.byteCount - start)
            unsafe bytes.extracting(start..<start + count).withUnsafeBytes {
                unsafe (memory.base + Int(offset)).copyMemory(from: $0.baseAddress!, byteCount: count)
            }
            chain.link(offset, length: UInt32(count))
            start += count
        }
        return chain
    }

    /// A chain with a copy of an array's bytes: as the copy of a span.
    public mutating func chain(copying bytes: [UInt8], headerLength: Int = 0) -> PacketChain? {
        unsafe chain(copying: bytes.span.bytes, headerLength: headerLength)
    }

    /// Takes all packets of a chain back. A chain of another pool traps.
    public mutating func put(_ chain: consuming PacketChain) {
        check(chain)
        chain.forEachBuffer { offset, _ in putOffset(offset) }
        chain.take()
    }

    /// A chain of another pool traps: `take`.
    func check(_ chain: borrowing PacketChain) {
        let isOurs = unsafe chain.table.memory.base == memory.base
        precondition(isOurs, "a chain of another pool")
    }
}
