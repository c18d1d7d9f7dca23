import CVolatile
import DeviceAccess

/// What became of a packet that was to be sent.
public enum TransmitResult: ~Copyable {
    /// It is on the ring; the card sends it after `TransmitRing.commit`.
    case queued
    /// The ring is full: try again after a `reclaim` that took something back. The packet comes back.
    case full(Packet)
    /// No such frame can be sent: it is empty, or longer than `FrameLength` allows. The packet comes back.
    case refused(Packet)
}

/// Lengths of frames in bytes, without the CRC that the card adds (IEEE 802.3, 3.2.7).
public enum FrameLength {
    /// Longest without a VLAN tag.
    @inlinable public static var untagged: UInt32 { 1514 }
    /// Longest with an IEEE 802.1Q tag.
    @inlinable public static var tagged: UInt32 { 1518 }

    /// Whether the card may send these bytes: one at least, and none too many for what they are.
    @inlinable @inline(__always)
    public static func isValid(_ frame: RawSpan) -> Bool {
        let count = UInt32(truncatingIfNeeded: frame.byteCount)
        if _fastPath(count &- 1 < untagged) { return true }
        guard count > untagged, count <= tagged else { return false }
        return unsafe frame.unsafeLoad(fromByteOffset: 12, as: UInt16.self).bigEndian == tagProtocol
    }

    /// The EtherType of a tag (802.1Q, 9.6).
    @inlinable static var tagProtocol: UInt16 { 0x8100 }
}

/// The ring of frames to send (3.4), with legacy descriptors.
///
/// The card owns the descriptors from its head up to the tail register; finished ones are known by DD in memory,
/// never by reading TDH (3.4 warns of it). One descriptor stays unused, so that full and empty differ.
@safe public struct TransmitRing: ~Copyable {
    @usableFromInline let memory: DMAMemory
    /// The buffer that each descriptor sends, as its offset in the pool.
    @usableFromInline let buffers: UnsafeMutablePointer<UInt32>
    /// Descriptors.
    public let count: UInt32
    /// The next descriptor to be reclaimed, and the next to be written.
    @usableFromInline var head: UInt32 = 0
    @usableFromInline var tail: UInt32 = 0
    /// The descriptor before the head, which is not filled, so that full and empty differ.
    @usableFromInline var unused: UInt32
    /// The tail that the card knows.
    @usableFromInline var committed: UInt32 = 0
    @usableFromInline var writes: UInt64 = 0
    /// Frames on the ring that the card has not reported done.
    public var pending: UInt32 { tail >= head ? tail &- head : tail &+ count &- head }
    /// How often the tail register was written.
    @inlinable public var tailWrites: UInt64 { writes }

    init(count: UInt32, in arena: inout DMAArena) throws(DeviceError) {
        try ringCount(count, "transmit")
        // 14.5: the base is aligned to 16 bytes, the length to 128.
        memory = try arena.allocate(Int(count) * TransmitDescriptor.size, alignment: 128)
        unsafe buffers = .allocate(capacity: Int(count))
        self.count = count
        unused = count - 1
    }

    deinit { unsafe buffers.deallocate() }

    var busAddress: UInt64 { memory.busAddress }
    var byteCount: UInt32 { UInt32(memory.size) }

    /// Descriptors that can be filled now.
    public var room: UInt32 { count &- 1 &- pending }

    /// Puts a frame on the ring; the card sees it after `commit`.
    ///
    /// - Parameters:
    ///   - packet: the frame; comes back where it cannot be queued.
    ///   - pool: where the packet is from; a packet of another pool traps.
    @inlinable @inline(__always)
    public mutating func append(_ packet: consuming Packet, from pool: borrowing PacketPool) -> TransmitResult {
        let length = packet.length
        guard _fastPath(tail != unused) else { return .full(packet) }
        guard _fastPath(FrameLength.isValid(packet.bytes)) else { return .refused(packet) }
        let offset = pool.take(packet)
        let descriptor = unsafe memory.base + Int(tail) &* TransmitDescriptor.size
        unsafe volatile_store_u64(descriptor, pool.busAddress(offset))
        unsafe volatile_store_u64(descriptor + 8, TransmitDescriptor.frame(length: length))
        unsafe buffers[Int(tail)] = offset
        tail = next(tail)
        return .queued
    }

    /// Shows the card what was appended: one tail write for all of it, none when there is nothing new.
    public mutating func commit(_ registers: borrowing RegisterSpace) throws(DeviceError) {
        // Before the write: if it fails, the frames stay pending and are reported as such.
        if publish() { try registers.write(TDT.self, tail) }
    }

    /// `commit` where the registers are mapped: a store, which cannot fail.
    @inlinable @inline(__always)
    public mutating func commit(mapped registers: borrowing RegisterSpace) {
        if publish() { registers.writeMapped(TDT.offset, tail) }
    }

    /// Whether there is something new; from now on it counts as known to the card.
    @inlinable @inline(__always)
    mutating func publish() -> Bool {
        guard tail != committed else { return false }
        committed = tail
        writes &+= 1
        return true
    }

    /// Takes the buffers of finished frames back.
    /// - Returns: frames that the card has sent since the last call.
    @discardableResult
    @inlinable @inline(__always)
    public mutating func reclaim(into pool: inout PacketPool) -> UInt32 {
        var head = head
        var done: UInt32 = 0
        let (base, buffers, committed) = unsafe (memory.base, buffers, committed)
        // Descriptors past the committed tail are not the card's: a stale DD there means nothing.
        while head != committed {
            let descriptor = unsafe base + Int(head) &* TransmitDescriptor.size
            guard unsafe volatile_load_u64(descriptor + 8) & TransmitDescriptor.DD != 0 else { break }
            pool.putOffset(unsafe buffers[Int(head)])
            head = next(head)
            done &+= 1
        }
        self.head = head
        unused = head == 0 ? count &- 1 : head &- 1
        return done
    }

    /// What was appended and not committed counts as the card's.
    public var occupancy: RingOccupancy { RingOccupancy(count: count, cardFirst: head, card: pending) }

    /// Bytes of the frames on the ring that the card has not reported done.
    var pendingBytes: UInt64 {
        var total: UInt64 = 0
        var position = head
        while position != tail {
            total += unsafe volatile_load_u64(memory.base + Int(position) &* TransmitDescriptor.size + 8) & 0xffff
            position = next(position)
        }
        return total
    }

    /// Takes all buffers back; only after the transmitter was disabled.
    /// - Returns: frames that the card did not report done.
    mutating func abandon(into pool: inout PacketPool) -> UInt32 {
        let lost = pending
        while head != tail {
            pool.putOffset(unsafe buffers[Int(head)])
            head = next(head)
        }
        committed = tail
        unused = head == 0 ? count &- 1 : head &- 1
        return lost
    }

    /// Where the card goes on after a reset: TDH and TDT; no descriptor is its own then.
    var position: UInt32 { tail }

    /// The oldest descriptor that is the card's; `nil`: none is.
    var oldestInFlight: UInt32? { head == committed ? nil : head }

    @inlinable @inline(__always)
    func next(_ index: UInt32) -> UInt32 { index &+ 1 == count ? 0 : index &+ 1 }
}

/// RDLEN and TDLEN are multiples of 128 bytes, 8 descriptors (13.4.27, 13.4.38).
func ringCount(_ count: UInt32, _ name: String) throws(DeviceError) {
    guard count >= 8, count <= 4096, count.isMultiple(of: 8) else {
        throw DeviceError(.refused, "\(name) ring", "\(count) descriptors", remedy: "use a multiple of 8 from 8 to 4096")
    }
}
