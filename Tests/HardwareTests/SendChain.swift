import E1000

/// Sends a frame in parts, waiting while the ring is full.
///
/// - Parameters:
///   - split: bytes of the first part, 1 to 2048; 0: parts as long as there can be.
///   - isPlain: as it is; else with its checksums left to the card, and cut if it is longer than `segmentSize`.
/// - Returns: why it was refused.
@discardableResult
func sendChain(
    _ frame: [UInt8], split: Int, through card: inout Controller, segmentSize: Int? = nil, tag: UInt16? = nil, isPlain: Bool = false
) throws -> TransmitRefusal? {
    guard var chain = card.chain(copying: frame, headerLength: isPlain ? 0 : 128) else { throw Stuck() }
    var offload = TransmitOffload.none
    if !isPlain {
        guard let prepared = chain.prepareOffload(segmentSize: segmentSize) else {
            card.put(chain)
            throw Stuck()
        }
        offload = prepared
    }
    offload.vlanTag = tag
    let bytes = chain.copy()
    card.put(chain)
    // Cut anew, the headers too: the first part, and three others if they are enough.
    var parts = card.chain()
    let first = split == 0 ? 2048 : split
    let others = split == 0 ? 2048 : min(2048, max(1, (bytes.count - split + 2) / 3))
    var start = 0
    while start < bytes.count {
        let end = min(bytes.count, start + (start == 0 ? first : others))
        while card.freePackets == 0 { guard try card.waitForRoom(descriptors: 1, packets: 1, nanoseconds: 1_000_000_000) else { throw Stuck() } }
        guard var packet = card.packet() else { throw Stuck() }
        packet.fill(Array(bytes[start..<end]))
        parts.append(packet)
        start = end
    }
    while true {
        let needed = UInt32(parts.count) + 1
        switch card.append(parts, offload: offload) {
        case .queued: return nil
        case .refused(let chain, let why):
            card.put(chain)
            return why
        case .full(let chain): parts = chain
        }
        guard try card.waitForRoom(descriptors: needed, nanoseconds: 1_000_000_000) else {
            card.put(parts)
            throw Stuck()
        }
    }
}
