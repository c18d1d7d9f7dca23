import Frames

// A frame's own headers say what the card can do for it, and are made ready for that.
extension TransmitOffload {
    /// Leaves the checksums of a TCP or UDP packet to the card, and the cutting of a long TCP packet: reads the headers, and writes
    /// into them what the card expects there.
    ///
    /// The pseudo header's sum goes into the checksum field; with the length for a checksum (3.6), without for segments, of which
    /// each has its own (3.5.7). IPv4's checksum becomes zero, and the IP length of what is cut as well.
    ///
    /// - Parameters:
    ///   - head: the start of the frame, with all headers; a frame without tag or with one of 802.1Q.
    ///   - length: bytes of the whole frame.
    ///   - segmentSize: data bytes of a segment, at least 1, for TCP data that are more; `nil`: it is one frame.
    /// - Returns: `nil` where the card knows nothing about it: not TCP or UDP over IP, a fragment, or headers that cannot be.
    ///   The bytes are unchanged then.
    public init?(preparing head: inout MutableSpan<UInt8>, length: Int, segmentSize: Int? = nil) {
        guard let headers = TransportHeaders(checking: head.span, length: length) else { return nil }
        let isCut = headers.transport == .tcp && segmentSize.map { $0 > 0 && length - headers.payloadStart > $0 } == true
        // Padding is no part of the sum.
        let end = headers.packetEnd ?? length
        guard isCut || headers.packetEnd != nil else { return nil }
        let sum = headers.pseudoHeaderSum(head.span, length: isCut ? 0 : end - headers.transportStart)
        let isIPv4 = headers.network == .ipv4
        if isIPv4 { head.put(0, at: headers.networkStart + 10) }
        head.put(sum, at: headers.checksumField)
        if isCut, let segmentSize {
            head.put(0, at: headers.networkStart + (isIPv4 ? 2 : 4))
            self.init(
                .segments(Segmentation(
                    networkStart: headers.networkStart, isIPv4: isIPv4, transportStart: headers.transportStart,
                    headerLength: headers.payloadStart, segmentSize: segmentSize)))
            return
        }
        self.init(
            .checksums(
                network: isIPv4
                    ? Checksum(start: headers.networkStart, field: headers.networkStart + 10, end: headers.transportStart) : nil,
                transport: Checksum(
                    start: headers.transportStart, field: headers.checksumField, end: end < length ? end : nil)))
    }
}

extension PacketChain {
    /// Leaves checksums and segmentation to the card: `TransmitOffload.init(preparing:length:segmentSize:)`. All headers are in the
    /// first part.
    public mutating func prepareOffload(segmentSize: Int? = nil) -> TransmitOffload? {
        let length = length
        var head = mutableHead
        return TransmitOffload(preparing: &head, length: length, segmentSize: segmentSize)
    }
}

extension MutableSpan<UInt8> {
    fileprivate mutating func put(_ word: UInt16, at position: Int) {
        self[position] = UInt8(truncatingIfNeeded: word >> 8)
        self[position + 1] = UInt8(truncatingIfNeeded: word)
    }
}
