/// Where the headers of a TCP or UDP packet are in an Ethernet frame: offsets from the frame's start.
///
/// Found by walking the frame; every length is checked against the bytes that are there.
public struct TransportHeaders: Hashable, Sendable {
    /// Which IP.
    public enum Network: Hashable, Sendable { case ipv4, ipv6 }
    /// Which of the two, by its number (`IPProtocol`).
    public enum Transport: UInt8, Sendable {
        /// RFC 9293.
        case tcp = 6
        /// RFC 768.
        case udp = 17
    }

    /// Which IP it is.
    public let network: Network
    /// Where the IP header starts.
    public let networkStart: Int
    /// Which of the two it is.
    public let transport: Transport
    /// Where the TCP or UDP header starts.
    public let transportStart: Int
    /// Where the data start.
    public let payloadStart: Int
    /// Where the IP packet ends, by its own length; Ethernet's padding may follow. `nil`: the header says none (zero), as of a packet
    /// that is still to be cut into segments.
    public let packetEnd: Int?

    /// Offset of the checksum in the frame.
    public var checksumField: Int { transportStart + (transport == .tcp ? 16 : 6) }

    /// Reads the headers: Ethernet, up to one 802.1Q tag, IPv4 with options or IPv6 with hop-by-hop and destination options, TCP or UDP.
    ///
    /// - Parameters:
    ///   - head: the start of the frame, with all headers.
    ///   - length: bytes of the whole frame, if the head is not all of it.
    /// - Returns: `nil` for anything else, for a fragment (RFC 791, 3.2), and for lengths that cannot be.
    public init?(checking head: RawSpan, length: Int? = nil) {
        let length = length ?? head.byteCount
        guard length >= head.byteCount, let ethernet = EthernetFrame(checking: head) else { return nil }
        let start = ethernet.payload.lowerBound
        var next: UInt8
        switch ethernet.type {
        case .ipv4:
            guard head.byteCount >= start + 20, head.byte(start) >> 4 == 4, head.big16(start + 6) & 0x3fff == 0 else { return nil }
            (network, next) = (.ipv4, head.byte(start + 9))
            transportStart = start + Int(head.byte(start) & 0xf) * 4
            guard transportStart >= start + 20 else { return nil }
            let total = Int(head.big16(start + 2))
            packetEnd = total == 0 ? nil : start + total
        case .ipv6:
            guard head.byteCount >= start + 40, head.byte(start) >> 4 == 6 else { return nil }
            (network, next) = (.ipv6, head.byte(start + 6))
            var end = start + 40
            // Options that leave the addresses as they are (RFC 8200, 4.3 and 4.6); each one is 8 bytes at least.
            while next == 0 || next == 60 {
                guard head.byteCount >= end + 8 else { return nil }
                next = head.byte(end)
                end += 8 + Int(head.byte(end + 1)) * 8
            }
            transportStart = end
            let payload = Int(head.big16(start + 4))
            packetEnd = payload == 0 ? nil : start + 40 + payload
        default: return nil
        }
        guard let transport = Transport(rawValue: next) else { return nil }
        self.transport = transport
        networkStart = start
        switch transport {
        case .tcp:
            guard head.byteCount >= transportStart + 20 else { return nil }
            let size = Int(head.byte(transportStart + 12) >> 4) * 4
            guard size >= 20 else { return nil }
            payloadStart = transportStart + size
        case .udp: payloadStart = transportStart + 8
        }
        guard head.byteCount >= payloadStart, packetEnd ?? length <= length, packetEnd ?? length >= payloadStart else { return nil }
    }

    /// Reads the headers: as from raw bytes.
    public init?(checking head: Span<UInt8>, length: Int? = nil) { self.init(checking: head.bytes, length: length) }

    /// The sum of the pseudo header (RFC 793, 3.1; RFC 8200, 8.1), not inverted.
    ///
    /// - Parameters:
    ///   - head: the bytes that the headers were read from.
    ///   - length: bytes of the transport header and its data; 0 leaves the length out, for a card that adds each segment's.
    public func pseudoHeaderSum(_ head: RawSpan, length: Int) -> UInt16 {
        let addresses = network == .ipv4 ? networkStart + 12..<networkStart + 20 : networkStart + 8..<networkStart + 40
        var sum = UInt32(transport.rawValue) + UInt32(length >> 16) + UInt32(length & 0xffff)
        for offset in stride(from: addresses.lowerBound, to: addresses.upperBound, by: 2) { sum += UInt32(head.big16(offset)) }
        while sum > 0xffff { sum = sum & 0xffff + sum >> 16 }
        return UInt16(sum)
    }
    /// The sum of the pseudo header: as over raw bytes.
    public func pseudoHeaderSum(_ head: Span<UInt8>, length: Int) -> UInt16 { pseudoHeaderSum(head.bytes, length: length) }
}
