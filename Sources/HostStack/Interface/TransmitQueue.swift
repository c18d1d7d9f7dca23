import CLWIP
import DequeModule
import E1000

/// What lwIP sent: on the card's ring, or waiting for room there. lwIP does not touch a packet that is held here
/// (a segment is not sent again while it is held, `tcp_output_segment_busy`).
struct TransmitQueue {
    /// Frames that may wait: half a second of a gigabit in the longest ones would be 40,000; this is a burst.
    private static let longest = 4096

    /// A frame on the ring: lwIP's packet, or a buffer with a copy of one.
    private enum Frame {
        case packet(UnsafeMutablePointer<pbuf>)
        case copy(UnsafeMutableRawPointer)
    }

    private var onRing = Deque<Frame>()
    private var waiting = Deque<UnsafeMutablePointer<pbuf>>()
    var isWaiting: Bool { !waiting.isEmpty }
    /// Frames that came back from the ring: reported sent, or lost to a recovery.
    private(set) var takenBack: UInt64 = 0

    /// lwIP's packet onto the ring, or behind those that wait.
    ///
    /// - Returns: lwIP's code: `ERR_MEM` when it was dropped.
    mutating func send(
        _ packet: UnsafeMutablePointer<pbuf>, card: inout Controller, _ addresses: Range<UInt>, _ counters: inout HostCounters
    ) -> err_t {
        counters.sentFrames &+= 1
        counters.sentBytes &+= UInt64(packet.pointee.tot_len)
        if !isWaiting, append(packet, &card, addresses, &counters) { return err_t(ERR_OK.rawValue) }
        guard waiting.count < Self.longest else {
            counters.transmitDrops &+= 1
            return err_t(ERR_MEM.rawValue)
        }
        counters.transmitWaits &+= 1
        pbuf_ref(packet)
        waiting.append(packet)
        return err_t(ERR_OK.rawValue)
    }

    /// - Returns: false when there is no room.
    private mutating func append(
        _ packet: UnsafeMutablePointer<pbuf>, _ card: inout Controller, _ addresses: Range<UInt>, _ counters: inout HostCounters
    ) -> Bool {
        if packet.pointee.next == nil, addresses.contains(UInt(bitPattern: packet.pointee.payload)) {
            let frame = UnsafeRawBufferPointer(start: packet.pointee.payload, count: Int(packet.pointee.len))
            switch card.append(lent: frame) {
            case .queued:
                pbuf_ref(packet)
                onRing.append(.packet(packet))
                return true
            case .full:
                return false
            case .refused:
                counters.transmitDrops &+= 1
                return true
            }
        }
        return appendCopy(packet, &card, &counters)
    }

    private mutating func appendCopy(_ packet: UnsafeMutablePointer<pbuf>, _ card: inout Controller, _ counters: inout HostCounters) -> Bool {
        let length = packet.pointee.tot_len
        guard length <= PacketPool.bufferSize else {
            counters.transmitDrops &+= 1
            return true
        }
        guard let copy = card.packet() else { return false }
        let buffer = card.lend(copy)
        pbuf_copy_partial(packet, buffer, length, 0)
        switch card.append(lent: UnsafeRawBufferPointer(start: buffer, count: Int(length))) {
        case .queued:
            counters.transmitCopies &+= 1
            onRing.append(.copy(buffer))
            return true
        case .full:
            card.takeBack(buffer)
            return false
        case .refused:
            card.takeBack(buffer)
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
            case .packet(let packet): home.append(packet)
            case .copy(let buffer): card.takeBack(buffer)
            }
        }
    }

    /// Puts those that wait onto the ring, as many as there is room for.
    mutating func sendWaiting(card: inout Controller, _ addresses: Range<UInt>, _ counters: inout HostCounters) {
        while let packet = waiting.first, append(packet, &card, addresses, &counters) {
            waiting.removeFirst()
            home.append(packet)
        }
    }

    /// Packets that lwIP gets back: freed when the card is in nobody's hands, because freeing one gives its memory back to the card.
    private var home: [UnsafeMutablePointer<pbuf>] = []

    /// - Returns: what is to be freed (`pbuf_free`) next.
    mutating func nextHome() -> UnsafeMutablePointer<pbuf>? { home.popLast() }

    /// The card has stopped: nothing here will be sent.
    mutating func drop(from card: inout Controller) {
        home.append(contentsOf: waiting)
        waiting.removeAll()
        for frame in onRing {
            switch frame {
            case .packet(let packet): home.append(packet)
            case .copy(let buffer): card.takeBack(buffer)
            }
        }
        onRing.removeAll()
    }
}
