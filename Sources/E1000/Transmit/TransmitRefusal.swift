/// Why a chain can never be sent as it is.
public enum TransmitRefusal: Sendable, Equatable {
    /// It has no part, or one without bytes.
    case empty
    /// Longer than `Configuration.maximumFrame` allows, or, to be cut into segments, than headers and `TransmitOffload.longestPayload`;
    /// with the bytes that it may have.
    case tooLong(most: Int)
    /// More parts than the ring has descriptors.
    case tooManyParts
    /// A position is outside of the frame, or the card cannot count so far.
    case badOffload
    /// The card cannot do it, or is not set up for it: `Controller.offloads`.
    case notOffered
}

extension TransmitOffload {
    /// Why the card cannot do this to a packet; `nil`: it can.
    ///
    /// - Parameters:
    ///   - length: bytes of the packet.
    ///   - longest: bytes that a frame may have.
    func refusal(length: Int, longest: Int, offers: CardModel.Offloads) -> TransmitRefusal? {
        if vlanTag != nil && !offers.contains(.vlan) { return .notOffered }
        switch work {
        case .none:
            return length > longest ? .tooLong(most: longest) : nil
        case .checksums(let network, let transport):
            if length > longest { return .tooLong(most: longest) }
            guard offers.contains(.checksum) else { return .notOffered }
            return network?.fits(in: length) != false && transport?.fits(in: length) != false ? nil : .badOffload
        case .segments(let segments):
            guard offers.contains(segments.isIPv4 ? .segmentation : .segmentationIPv6) else { return .notOffered }
            return segments.refusal(length: length, longest: longest)
        }
    }
}

extension TransmitOffload.Checksum {
    /// Whether all of it is in a packet of so many bytes, and in the descriptor's fields.
    fileprivate func fits(in length: Int) -> Bool {
        let end = end ?? length
        return 0...255 ~= start && 0...255 ~= field && field <= length - 2 && start < end && end <= min(length, 0xffff)
    }
}

extension TransmitOffload.Segmentation {
    fileprivate func refusal(length: Int, longest: Int) -> TransmitRefusal? {
        // An IP header is 20 or 40 bytes at least, a TCP header 20.
        guard networkStart >= 14, networkStart <= 255, transportStart >= networkStart + (isIPv4 ? 20 : 40), transportStart <= 255 - 20,
            transportStart + 20...255 ~= headerLength, headerLength < length, segmentSize > 0, segmentSize <= longest - headerLength
        else { return .badOffload }
        let most = headerLength + TransmitOffload.longestPayload
        return length > most ? .tooLong(most: most) : nil
    }
}
