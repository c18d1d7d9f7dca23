import CVolatile
import DeviceAccess

/// What became of a packet that was to be sent.
public enum TransmitResult: ~Copyable {
    /// It is on the ring; the card sends it after `TransmitRing.commit`.
    case queued
    /// The ring is full: try again after a `reclaim` that took something back. The packet comes back.
    case full(Packet)
    /// No such frame can be sent: it is empty, or longer than `Configuration.maximumFrame`. The packet comes back.
    case refused(Packet)
}

/// The ring of frames to send (3.4): a frame in one buffer takes one legacy descriptor, which is all that this file knows.
/// Frames in several buffers and the card's work on them are in TransmitRing+Chain.swift, sparse reports in TransmitReports.swift.
///
/// The card owns the descriptors from its head up to the tail register; finished ones are known by DD in memory,
/// never by reading TDH (3.4 warns of it). One descriptor stays unused, so that full and empty differ.
@safe public struct TransmitRing: ~Copyable {
    @usableFromInline let memory: DMAMemory
    /// The buffer that each descriptor sends, as its offset in the pool.
    @usableFromInline let buffers: UnsafeMutablePointer<UInt32>
    /// What a descriptor is beside one whole frame, for the unusual; 0 for the frames of this file.
    let marks: UnsafeMutablePointer<DescriptorMarks>
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
    /// The lower half of a whole frame's descriptor, beside its length.
    @usableFromInline var command: UInt32
    /// Bytes of the longest frame without a tag: `Configuration.maximumFrame`.
    @usableFromInline let maximumFrame: UInt32
    /// One of so many descriptors is reported: `Configuration.reportEvery`.
    let reportEvery: UInt32
    /// There may be more than a reported descriptor for each frame: `reclaimReported` knows.
    @usableFromInline var isMixed: Bool
    /// Descriptors on the ring beyond one for each frame.
    var extra: UInt32 = 0
    /// Frames of lent buffers on the ring, and those that left it and nobody has asked for (LentBuffers.swift).
    var lentPending: UInt32 = 0
    var lentDone: UInt32 = 0
    /// What the card was told last of headers and segments; `nil`: nothing since its reset.
    var cardContext: ContextDescriptor?
    /// What may be asked of the card.
    var offers: CardModel.Offloads
    /// Interrupts for sent frames wait for TIDV and TADV (13.4.41).
    var delaysInterrupts: Bool {
        get { UInt64(command) & TransmitDescriptor.IDE != 0 }
        set {
            let bit = UInt32(TransmitDescriptor.IDE)
            command = newValue ? command | bit : command & ~bit
        }
    }
    /// Descriptors that are not free.
    var used: UInt32 { tail >= head ? tail &- head : tail &+ count &- head }
    /// Frames on the ring that the card has not reported done.
    public var pending: UInt32 { used &- extra }
    /// How often the tail register was written.
    @inlinable public var tailWrites: UInt64 { writes }

    /// - Parameters:
    ///   - maximumFrame: `Configuration.maximumFrame`.
    ///   - reportEvery: at least 1.
    ///   - offers: what the card can do, and is set up to do.
    init(
        count: UInt32, maximumFrame: UInt32 = FrameLength.untagged, reportEvery: UInt32 = 1,
        offers: CardModel.Offloads = [.checksum, .segmentation, .segmentationIPv6, .vlan], in arena: inout DMAArena
    ) throws(DeviceError) {
        try ringCount(count, "transmit")
        // 14.5: the base is aligned to 16 bytes, the length to 128.
        memory = try arena.allocate(Int(count) * TransmitDescriptor.size, alignment: 128)
        unsafe buffers = .allocate(capacity: Int(count))
        unsafe marks = .allocate(capacity: Int(count))
        unsafe marks.initialize(repeating: [], count: Int(count))
        self.count = count
        self.maximumFrame = maximumFrame
        self.reportEvery = reportEvery
        self.offers = offers
        isMixed = reportEvery > 1
        command = TransmitDescriptor.frame(isReported: reportEvery == 1)
        unused = count - 1
    }

    deinit {
        unsafe buffers.deallocate()
        unsafe marks.deallocate()
    }

    var busAddress: UInt64 { memory.busAddress }
    var byteCount: UInt32 { UInt32(memory.size) }

    /// Descriptors that can be filled now.
    public var room: UInt32 { count &- 1 &- used }

    /// Puts a frame on the ring; the card sees it after `commit`.
    ///
    /// - Parameters:
    ///   - packet: the frame; comes back where it cannot be queued.
    ///   - pool: where the packet is from; a packet of another pool traps.
    @inlinable @inline(__always)
    public mutating func append(_ packet: consuming Packet, from pool: borrowing PacketPool) -> TransmitResult {
        let length = packet.length
        guard _fastPath(tail != unused) else { return .full(packet) }
        guard _fastPath(FrameLength.isValid(packet.bytes, maximum: maximumFrame)) else { return .refused(packet) }
        let offset = pool.take(packet)
        let descriptor = unsafe memory.base + Int(tail) &* TransmitDescriptor.size
        unsafe volatile_store_u64(descriptor, pool.busAddress(offset))
        unsafe volatile_store_u64(descriptor + 8, UInt64(length | command))
        unsafe buffers[Int(tail)] = offset
        tail = next(tail)
        return .queued
    }

    /// Shows the card what was appended: one tail write for all of it, none when there is nothing new.
    public mutating func commit(_ registers: borrowing RegisterSpace) throws(DeviceError) {
        if reportEvery > 1 { markReports() }
        // Before the write: if it fails, the frames stay pending and are reported as such.
        if publish() { try registers.write(TDT.self, tail) }
    }

    /// `commit` where the registers are mapped and each frame is reported: a store, which cannot fail.
    @inlinable @inline(__always)
    mutating func commit(mapped registers: MappedRegisters) {
        if publish() { registers.write(TDT.offset, tail) }
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
        guard _fastPath(!isMixed) else { return reclaimReported(into: &pool) }
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
    public var occupancy: RingOccupancy { RingOccupancy(count: count, cardFirst: head, card: used) }

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
