import CLWIP
import DequeModule
import E1000

/// What lwIP sent: on the card's ring, or waiting for room there. lwIP does not touch a packet that is held here
/// (a segment is not sent again while it is held, `tcp_output_segment_busy`).
@safe struct TransmitQueue {
    /// Frames that may wait: half a second of a gigabit in the longest ones would be 40,000; this is a burst.
    private static let longest = 4096

    /// A frame on the ring: lwIP's packet, or a buffer with a copy of one.
    @safe private enum Frame {
        case packet(UnsafeMutablePointer<pbuf>)
        case copy(UnsafeMutableRawPointer)
    }

    private var onRing = Deque<Frame>()
    private var waiting = unsafe Deque<UnsafeMutablePointer<pbuf>>()
    var isWaiting: Bool { unsafe !waiting.isEmpty }
    /// Frames that came back from the ring: reported sent, or lost to a recovery.
    private(set) var takenBack: UInt64 = 0

    /// lwIP's packet onto the ring, or behind those that wait.
    ///
    /// - Returns: lwIP's code: `ERR_MEM` when it was dropped.
    mutating func send(
        _ packet: UnsafeMutablePointer<pbuf>, card: inout Controller, _ addresses: Range<UInt>, _ counters: inout HostCounters
    ) -> err_t {
        counters.sentFrames &+= 1
        unsafe counters.sentBytes &+= UInt64(packet.pointee.tot_len)
        if !isWaiting, unsafe append(packet, &card, addresses, &counters) { return err_t(ERR_OK.rawValue) }
        guard unsafe waiting.count < Self.longest else {
            counters.transmitDrops &+= 1
            return err_t(ERR_MEM.rawValue)
        }
        counters.transmitWaits &+= 1
        unsafe pbuf_ref(packet)
        unsafe waiting.append(packet)
        return err_t(ERR_OK.rawValue)
    }

    /// - Returns: false when there is no room.
    private mutating func append(
        _ packet: UnsafeMutablePointer<pbuf>, _ card: inout Controller, _ addresses: Range<UInt>, _ counters: inout HostCounters
    ) -> Bool {
        if unsafe packet.pointee.next == nil, unsafe addresses.contains(UInt(bitPattern: packet.pointee.payload)) {
            let frame = unsafe UnsafeRawBufferPointer(start: packet.pointee.payload, count: Int(packet.pointee.len))
            switch unsafe card.append(lent: frame) {
            case .queued:
                unsafe pbuf_ref(packet)
                unsafe onRing.append(.packet(packet))
                return true
            case .full:
                return false
            case .refused:
                counters.transmitDrops &+= 1
                return true
            }
        }
        return unsafe appendCopy(packet, &card, &counters)
    }

    private mutating func appendCopy(_ packet: UnsafeMutablePointer<pbuf>, _ card: inout Controller, _ counters: inout HostCounters) -> Bool {
        let length = unsafe packet.pointee.tot_len
        guard length <= PacketPool.bufferSize else {
            counters.transmitDrops &+= 1
            return true
        }
        guard let copy = card.packet() else { return false }
        let buffer = unsafe card.lend(copy)
        unsafe pbuf_copy_partial(packet, buffer, length, 0)
        switch unsafe card.append(lent: UnsafeRawBufferPointer(start: buffer, count: Int(length))) {
        case .queued:
            counters.transmitCopies &+= 1
            unsafe onRing.append(.copy(buffer))
            return true
        case .full:
            unsafe card.takeBack(buffer)
            return false
        case .refused:
            unsafe card.takeBack(buffer)
            counters.transmitDrops &+= 1
            return true
        }
    }

    /// Frees what the card has done with; after `Controller.reclaim`.
    mutating func takeBack(from card: inout Controller) {
        let count = card.takeLentDone()
        takenBack &+= UInt64(count)
        for _ in 0..<count {
            switch onRing.removeFirst() {
            case .packet(let packet): unsafe home.append(packet)
            case .copy(let buffer): unsafe card.takeBack(buffer)
            }
        }
    }

    /// Puts those that wait onto the ring, as many as there is room for.
    mutating func sendWaiting(card: inout Controller, _ addresses: Range<UInt>, _ counters: inout HostCounters) {
        while let packet = unsafe waiting.first, unsafe append(packet, &card, addresses, &counters) {
            unsafe waiting.removeFirst()
            unsafe home.append(packet)
        }
    }

    /// Packets that lwIP gets back: freed when the card is in nobody's hands, because freeing one gives its memory back to the card.
    private var home: [UnsafeMutablePointer<pbuf>] = unsafe []

    /// - Returns: what is to be freed (`pbuf_free`) next.
    mutating func nextHome() -> UnsafeMutablePointer<pbuf>? { unsafe home.popLast() }

    /// The card has stopped: nothing here will be sent.
    mutating func drop(from card: inout Controller) {
        unsafe home.append(contentsOf: waiting)
        unsafe waiting.removeAll()
        for frame in onRing {
            switch frame {
            case .packet(let packet): unsafe home.append(packet)
            case .copy(let buffer): unsafe card.takeBack(buffer)
            }
        }
        onRing.removeAll()
    }
}
