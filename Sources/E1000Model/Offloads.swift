/// A context descriptor: where headers and checksums are, and how a large packet is cut (3.3.6, 3.5).
struct TransmitContext: Sendable {
    private var offsets: UInt64 = 0
    private var word: UInt64 = 0

    init() {}

    init(offsets: UInt64, word: UInt64) {
        (self.offsets, self.word) = (offsets, word)
    }

    private var ipStart: Int { Int(offsets & 0xff) }
    private var ipField: Int { Int(offsets >> 8 & 0xff) }
    private var ipEnd: Int { Int(offsets >> 16 & 0xffff) }
    private var payloadStart: Int { Int(offsets >> 32 & 0xff) }
    private var payloadField: Int { Int(offsets >> 40 & 0xff) }
    private var payloadEnd: Int { Int(offsets >> 48 & 0xffff) }
    private var isTCP: Bool { word & 1 << 24 != 0 }
    private var isIPv4: Bool { word & 1 << 25 != 0 }
    private var headerLength: Int { Int(word >> 40 & 0xff) }
    private var segmentSize: Int { Int(word >> 48 & 0xffff) }

    /// The frame with the checksums that the data descriptor asked for.
    ///
    /// - Parameters:
    ///   - pseudo: what is added to the transport checksum beside the bytes.
    ///   - faults: what is wrong with them.
    func withChecksums(_ frame: [UInt8], options: UInt64, pseudo: UInt32 = 0, faults: Faults) -> [UInt8] {
        var frame = frame
        let flips = faults.checksumFlips ^ (frame.isIPv6 ? faults.checksumFlipsIPv6 : 0)
        if options & TransmitBits.IXSM != 0 { frame = withChecksum(frame, start: ipStart, field: ipField, end: ipEnd, flips: flips) }
        if options & TransmitBits.TXSM != 0 {
            frame = withChecksum(frame, start: payloadStart, field: payloadField, end: payloadEnd, from: pseudo, flips: flips)
        }
        return frame
    }

    /// TCP segmentation (3.5): the header before each piece, its lengths, identification, sequence number and flags made right.
    func segments(of packet: [UInt8], options: UInt64, faults: Faults) -> [[UInt8]] {
        guard segmentSize > 0, headerLength >= payloadStart + (isTCP ? 20 : 8), headerLength < packet.count,
            ipStart + (isIPv4 ? 20 : 40) <= payloadStart
        else { return [packet] }
        let header = packet[..<headerLength]
        let payload = packet[headerLength...]
        return stride(from: payload.startIndex, to: payload.endIndex, by: segmentSize).enumerated().map { number, start in
            let end = min(start + segmentSize, payload.endIndex)
            var frame = Array(header + payload[start..<end])
            if isIPv4 {
                frame.put(UInt16(truncatingIfNeeded: frame.count - ipStart), at: ipStart + 2)
                frame.put(frame.word(at: ipStart + 4) &+ UInt16(truncatingIfNeeded: number), at: ipStart + 4)
            } else {
                frame.put(UInt16(truncatingIfNeeded: frame.count - ipStart - 40) &+ faults.segmentExcessIPv6, at: ipStart + 4)
            }
            if isTCP {
                let sequence = (UInt32(frame.word(at: payloadStart + 4)) << 16 | UInt32(frame.word(at: payloadStart + 6)))
                    &+ UInt32(start - payload.startIndex)
                frame.put(UInt16(truncatingIfNeeded: sequence >> 16), at: payloadStart + 4)
                frame.put(UInt16(truncatingIfNeeded: sequence), at: payloadStart + 6)
                // FIN and PSH belong to the last one.
                if end != payload.endIndex { frame[payloadStart + 13] &= ~0x09 }
            } else {
                frame.put(UInt16(truncatingIfNeeded: frame.count - payloadStart), at: payloadStart + 4)
            }
            return withChecksums(frame, options: options, pseudo: UInt32(frame.count - payloadStart), faults: faults)
        }
    }
}

/// Stores the inverted sum of bytes from `start` to `end` (inclusive; 0: the frame's end) at `field`.
/// What does not fit is left alone.
func withChecksum(_ frame: [UInt8], start: Int, field: Int, end: Int, from: UInt32 = 0, flips: UInt16) -> [UInt8] {
    let stop = end == 0 ? frame.count : min(end + 1, frame.count)
    guard start < stop, field + 2 <= frame.count else { return frame }
    var frame = frame
    frame.put(~onesComplementSum(frame[start..<stop], from: from) ^ flips, at: field)
    return frame
}

/// Receive checksum offloading (3.2.9): what was checked (IPCS, TCPCS) and what was wrong (IPE, TCPE); IXSM where nothing was.
///
/// - Parameters:
///   - control: RXCSUM.
///   - withIPv6: TCP and UDP are checked over IPv6 too.
///   - tellsUDP: UDP has a status bit of its own, beside that of TCP.
func checkReceived(_ frame: [UInt8], control: UInt32, withIPv6: Bool, tellsUDP: Bool) -> (status: UInt8, errors: UInt8) {
    var start = 14
    if frame.count >= 18, frame.word(at: 12) == 0x8100 { start = 18 }
    let type = frame.word(at: start - 2)
    var status: UInt8 = 0
    var errors: UInt8 = 0
    var transport: (start: Int, end: Int, protocolNumber: UInt8, pseudo: UInt32)?
    if type == 0x0800, frame.count >= start + 20, frame[start] >> 4 == 4 {
        let header = Int(frame[start] & 0xf) * 4
        let total = Int(frame.word(at: start + 2))
        guard header >= 20, total >= header, frame.count >= start + total else { return (ReceiveStatus.IXSM, 0) }
        if control & RXCSUMBits.IPOFL != 0 {
            status |= ReceiveStatus.IPCS
            if onesComplementSum(frame[start..<start + header]) != 0xffff { errors |= ReceiveErrors.IPE }
        }
        // Not for fragments.
        if frame.word(at: start + 6) & 0x3fff == 0 {
            transport = (
                start + header, start + total, frame[start + 9],
                UInt32(onesComplementSum(frame[start + 12..<start + 20])) + UInt32(frame[start + 9]) + UInt32(total - header)
            )
        }
    } else if type == 0x86dd, withIPv6, frame.count >= start + 40, frame[start] >> 4 == 6 {
        let length = Int(frame.word(at: start + 4))
        guard frame.count >= start + 40 + length else { return (ReceiveStatus.IXSM, 0) }
        transport = (
            start + 40, start + 40 + length, frame[start + 6],
            UInt32(onesComplementSum(frame[start + 8..<start + 40])) + UInt32(frame[start + 6]) + UInt32(length)
        )
    }
    if control & RXCSUMBits.TUOFL != 0, let transport {
        let bytes = frame[transport.start..<transport.end]
        let isTCP = transport.protocolNumber == 6 && bytes.count >= 20
        // A UDP checksum of 0 is none (RFC 768).
        let isUDP = transport.protocolNumber == 17 && bytes.count >= 8 && frame.word(at: transport.start + 6) != 0
        if isTCP || isUDP {
            status |= ReceiveStatus.TCPCS | (isUDP && tellsUDP ? ReceiveStatus.UDPCS : 0)
            if onesComplementSum(bytes, from: transport.pseudo) != 0xffff { errors |= ReceiveErrors.TCPE }
        }
    }
    return status == 0 ? (ReceiveStatus.IXSM, 0) : (status, errors)
}

/// Big-endian 16-bit words, as in headers.
extension [UInt8] {
    /// By the Ethernet type of a frame without a tag.
    fileprivate var isIPv6: Bool { count >= 14 && word(at: 12) == 0x86dd }

    func word(at index: Int) -> UInt16 { UInt16(self[index]) << 8 | UInt16(self[index + 1]) }

    mutating func put(_ word: UInt16, at index: Int) {
        self[index] = UInt8(word >> 8)
        self[index + 1] = UInt8(truncatingIfNeeded: word)
    }
}
