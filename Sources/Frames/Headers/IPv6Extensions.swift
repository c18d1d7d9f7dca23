/// One extension header of an IPv6 packet (RFC 8200, 4).
public struct IPv6Extension: Hashable, Sendable {
    /// Which header it is.
    public let type: IPProtocol
    /// Where it is in the packet.
    public let range: Range<Int>
}

/// What a fragment header says (RFC 8200, 4.5).
public struct IPv6Fragment: Hashable, Sendable {
    /// Where the data belong in the whole, in bytes.
    public let offset: Int
    /// M: it is not the last piece.
    public let moreFragments: Bool
    /// Tells the pieces of one packet from those of another.
    public let identification: UInt32

    /// The whole packet in one piece (RFC 6946).
    public var isAtomic: Bool { offset == 0 && !moreFragments }
}

/// The end of a packet's chain of headers.
public struct IPv6UpperLayer: Hashable, Sendable {
    /// What the packet carries, or where the walk ended.
    public let type: IPProtocol
    /// Where its header starts in the packet.
    public let start: Int
    /// The packet is a piece of a larger one; unless `offset` is 0, there is no upper-layer header at `start`.
    public let fragment: IPv6Fragment?
    /// The headers passed on the way, in their order.
    public let extensions: [IPv6Extension]
}

extension IPv6Packet {
    /// Walks the extension headers: hop-by-hop and destination options, routing, fragment, authentication, mobility, host identity, shim6.
    ///
    /// The walk ends at anything else, `esp` and `noNextHeader` included, and behind a fragment header that is not the first of its
    /// packet. Each step is eight bytes at least, so a hostile chain ends with its packet.
    ///
    /// - Throws: `cut` when a header is longer than the packet.
    public func upperLayer() throws(HeaderFault) -> IPv6UpperLayer {
        var (type, start) = (nextHeader, Self.headerLength)
        var fragment: IPv6Fragment?
        var extensions: [IPv6Extension] = []
        while type.isExtension, fragment.map({ $0.offset == 0 }) ?? true {
            guard bytes.byteCount >= start + 8 else { throw .cut }
            let length =
                switch type {
                case .fragment: 8
                // In units of four bytes, less two (RFC 4302, 2.2).
                case .authentication: (Int(bytes.byte(start + 1)) + 2) * 4
                // In units of eight bytes, less one.
                default: (Int(bytes.byte(start + 1)) + 1) * 8
                }
            guard bytes.byteCount >= start + length else { throw .cut }
            if type == .fragment {
                let field = bytes.big16(start + 2)
                fragment = IPv6Fragment(
                    offset: Int(field & 0xfff8), moreFragments: field & 1 != 0, identification: bytes.big32(start + 4))
            }
            extensions.append(IPv6Extension(type: type, range: start..<(start + length)))
            type = IPProtocol(rawValue: bytes.byte(start))
            start += length
        }
        return IPv6UpperLayer(type: type, start: start, fragment: fragment, extensions: extensions)
    }
}

extension IPProtocol {
    /// What an IPv6 packet may have before its upper layer, with a length to step over (IANA, IPv6 Extension Header Types).
    var isExtension: Bool {
        switch self {
        case .hopByHopOptions, .routing, .fragment, .authentication, .destinationOptions, .mobility: true
        // Host identity (RFC 7401) and shim6 (RFC 5533).
        default: rawValue == 139 || rawValue == 140
        }
    }
}
