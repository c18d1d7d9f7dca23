import DeviceAccess
@testable import E1000

/// Puts frames of three bytes on a card's ring; the card sees them after a `commit`.
func queue(_ count: Int, on card: inout Controller) throws {
    for _ in 0..<count {
        guard var packet = card.packet() else { throw DeviceError(.invalid, "test", "no packet") }
        packet.fill([1, 2, 3])
        switch card.append(packet) {
        case .queued: break
        case .full(let packet): card.put(packet)
        case .refused(let packet): card.put(packet)
        }
    }
}

/// Puts a frame on a bare ring; false when there was no packet, no room, or when the frame was refused.
func queue(_ frame: [UInt8], _ pool: inout PacketPool, _ ring: inout TransmitRing) -> Bool {
    guard var packet = pool.get() else { return false }
    packet.fill(frame)
    switch ring.append(packet, from: pool) {
    case .queued:
        return true
    case .full(let packet):
        pool.put(packet)
        return false
    case .refused(let packet):
        pool.put(packet)
        return false
    }
}
