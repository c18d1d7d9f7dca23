// What the messages of neighbour discovery say (RFC 4861, 4). Each field counts for the kinds that its comment names.
extension ICMPv6Message {
    /// Solicitation and advertisement of a neighbour: whose address it is about (4.3, 4.4). Redirect: the better next hop (4.5).
    ///
    /// - Precondition: the kind is one of these; for others it may be a trap.
    public var target: IPv6Address { IPv6Address(bytes, at: 8) }

    /// A neighbour's advertisement, flag R: it is a router (4.4).
    public var isRouter: Bool { bytes.byte(4) & 0x80 != 0 }
    /// A neighbour's advertisement, flag S: it was asked for.
    public var isSolicited: Bool { bytes.byte(4) & 0x40 != 0 }
    /// A neighbour's advertisement, flag O: what is known of it is to be replaced.
    public var overrides: Bool { bytes.byte(4) & 0x20 != 0 }

    /// A router's advertisement: the hop limit to use; 0: it does not say (4.2).
    public var hopLimit: UInt8 { bytes.byte(4) }
    /// A router's advertisement, flag M: addresses come from DHCPv6 (4.2).
    public var isManaged: Bool { bytes.byte(5) & 0x80 != 0 }
    /// A router's advertisement, flag O: other settings come from DHCPv6.
    public var hasOtherConfiguration: Bool { bytes.byte(5) & 0x40 != 0 }
    /// A router's advertisement: how long it will be a default router, in seconds; 0: it is none.
    public var routerLifetime: UInt16 { bytes.big16(6) }
    /// A router's advertisement: how long a neighbour that answered counts as there, in milliseconds; 0: it does not say.
    public var reachableTime: UInt32 { bytes.big32(8) }
    /// A router's advertisement: between two solicitations, in milliseconds; 0: it does not say.
    public var retransmissionTime: UInt32 { bytes.big32(12) }

    /// Kinds that have options behind their fields (4.1 to 4.5).
    public var hasOptions: Bool { (133...137).contains(kind.rawValue) }

    /// The options in their order.
    ///
    /// - Precondition: `hasOptions`; else the data are read as options.
    public var options: NeighborOptionWalker {
        @_lifetime(copy self) get { NeighborOptionWalker(payload) }
    }
}

/// An option of neighbour discovery (RFC 4861, 4.6).
public enum NeighborOption: Hashable, Sendable {
    /// 4.6.1: the sender's Ethernet address.
    case sourceLinkAddress(MACAddress)
    /// 4.6.1: the target's Ethernet address.
    case targetLinkAddress(MACAddress)
    /// 4.6.2: addresses that are on the link, or to be formed.
    case prefix(Prefix)
    /// 4.6.4: the link's, in bytes.
    case mtu(UInt32)
    /// RFC 8106, 5.1: recursive DNS servers, and how long to use them, in seconds.
    case dnsServers([IPv6Address], lifetime: UInt32)
    /// Any other: its type, and its bytes with type and length.
    case other(type: UInt8, length: Int)

    /// A prefix of addresses (4.6.2).
    public struct Prefix: Hashable, Sendable {
        /// Bits behind the first `length` are of no meaning.
        public let address: IPv6Address
        /// In bits; more than 128 cannot be.
        public let length: UInt8
        /// L: its addresses are on this link.
        public let isOnLink: Bool
        /// Hosts form addresses of their own with it (RFC 4862).
        public let isAutonomous: Bool
        /// How long it is on the link, in seconds; all ones: for ever.
        public let validLifetime: UInt32
        /// How long addresses formed with it are to be used for new connections, in seconds; all ones: for ever.
        public let preferredLifetime: UInt32
    }
}

/// Goes through the options of a message of neighbour discovery.
public struct NeighborOptionWalker: ~Escapable {
    private let bytes: RawSpan
    private var offset = 0
    /// An option said a length that cannot be: the walk ended there. Such a message is to be dropped (RFC 4861, 6.1 and 7.1).
    public private(set) var isMalformed = false

    @_lifetime(copy bytes)
    init(_ bytes: RawSpan) { self.bytes = bytes }

    /// The next option; `nil` after the last one.
    public mutating func next() -> NeighborOption? {
        guard offset < bytes.byteCount, !isMalformed else { return nil }
        // In units of eight bytes; zero would never end.
        guard offset + 8 <= bytes.byteCount, case let length = Int(bytes.byte(offset + 1)) * 8, length > 0, offset + length <= bytes.byteCount
        else {
            isMalformed = true
            return nil
        }
        let start = offset
        offset += length
        switch (bytes.byte(start), length) {
        case (1, 8): return .sourceLinkAddress(MACAddress(bytes, at: start + 2))
        case (2, 8): return .targetLinkAddress(MACAddress(bytes, at: start + 2))
        case (3, 32):
            let flags = bytes.byte(start + 3)
            return .prefix(
                NeighborOption.Prefix(
                    address: IPv6Address(bytes, at: start + 16), length: bytes.byte(start + 2), isOnLink: flags & 0x80 != 0,
                    isAutonomous: flags & 0x40 != 0, validLifetime: bytes.big32(start + 4), preferredLifetime: bytes.big32(start + 8)))
        case (5, 8): return .mtu(bytes.big32(start + 4))
        case (25, 24...) where (length - 8).isMultiple(of: 16):
            let addresses = stride(from: start + 8, to: start + length, by: 16).map { IPv6Address(bytes, at: $0) }
            return .dnsServers(addresses, lifetime: bytes.big32(start + 4))
        case (let type, _): return .other(type: type, length: length)
        }
    }
}
