/// An ICMPv6 message: a view over its bytes (RFC 4443; neighbour discovery: RFC 4861).
public struct ICMPv6Message: ~Escapable {
    /// IANA, ICMPv6 Type Numbers.
    public struct Kind: RawRepresentable, Hashable, Sendable {
        public let rawValue: UInt8
        public init(rawValue: UInt8) { self.rawValue = rawValue }
        /// A packet could not be delivered; `code` says why (RFC 4443, 3.1).
        public static let destinationUnreachable = Kind(rawValue: 1)
        /// A packet is longer than the next link takes: `mtu` (RFC 4443, 3.2).
        public static let packetTooBig = Kind(rawValue: 2)
        /// A packet went too far (code 0), or its fragments did not all come in time (1) (RFC 4443, 3.3).
        public static let timeExceeded = Kind(rawValue: 3)
        /// A header of a packet cannot be true or is not known (RFC 4443, 3.4).
        public static let parameterProblem = Kind(rawValue: 4)
        /// "Send this back" (RFC 4443, 4.1).
        public static let echoRequest = Kind(rawValue: 128)
        /// The answer to an echo, with what came (RFC 4443, 4.2).
        public static let echoReply = Kind(rawValue: 129)
        /// A router asks who listens to a group (RFC 3810, 5.1).
        public static let listenerQuery = Kind(rawValue: 130)
        /// A host listens to a group (RFC 2710).
        public static let listenerReport = Kind(rawValue: 131)
        /// A host listens no more (RFC 2710).
        public static let listenerDone = Kind(rawValue: 132)
        /// A host asks for routers (RFC 4861, 4.1).
        public static let routerSolicitation = Kind(rawValue: 133)
        /// A router tells what it offers (RFC 4861, 4.2).
        public static let routerAdvertisement = Kind(rawValue: 134)
        /// Who has an address, and is it there? (RFC 4861, 4.3)
        public static let neighborSolicitation = Kind(rawValue: 135)
        /// The answer to that, or news (RFC 4861, 4.4).
        public static let neighborAdvertisement = Kind(rawValue: 136)
        /// Another next hop is nearer (RFC 4861, 4.5).
        public static let redirect = Kind(rawValue: 137)
        /// The groups, and whose frames, a host listens to (RFC 3810, 5.2).
        public static let listenerReportV2 = Kind(rawValue: 143)

        /// Below 128 it tells of an error (RFC 4443, 2.1).
        public var isError: Bool { rawValue < 128 }

        /// Bytes before the options or the data.
        var headerLength: Int {
            switch self {
            case .routerAdvertisement: 16
            case .neighborSolicitation, .neighborAdvertisement: 24
            case .redirect: 40
            default: 8
            }
        }
    }

    /// The whole message: an IP packet's payload, or what a capture left of it.
    public let bytes: RawSpan
    /// Bytes before the options or the data, as the kind has them.
    public let headerLength: Int

    /// Bytes that have been checked before: a view of them was made by another initialiser.
    ///
    /// - Precondition: `bytes` holds all that its kind has before options or data; fewer are a trap, never a read outside.
    @_lifetime(copy bytes)
    public init(unchecked bytes: RawSpan) {
        headerLength = Kind(rawValue: bytes.byte(0)).headerLength
        self.bytes = bytes
    }

    /// The message that is an IPv6 packet's upper layer; `nil` when it is shorter than its kind must be.
    @_lifetime(copy bytes)
    public init?(checking bytes: RawSpan) {
        guard bytes.byteCount >= 8, bytes.byteCount >= Kind(rawValue: bytes.byte(0)).headerLength else { return nil }
        self.init(unchecked: bytes)
    }

    /// What it is about.
    public var kind: Kind { Kind(rawValue: bytes.byte(0)) }
    /// What of it, as the kind has it.
    public var code: UInt8 { bytes.byte(1) }
    /// Over the message and IPv6's pseudo header (RFC 4443, 2.3).
    public var checksum: UInt16 { bytes.big16(2) }
    /// Of an echo: who asks.
    public var identifier: UInt16 { bytes.big16(4) }
    /// Of an echo: which question.
    public var sequenceNumber: UInt16 { bytes.big16(6) }
    /// Of `packetTooBig`: the longest packet that goes further, in bytes.
    public var mtu: UInt32 { bytes.big32(4) }

    /// An echo's data; an error's start of the packet that it is about; discovery's options.
    public var payload: RawSpan {
        @_lifetime(copy self) get { bytes.extracting(headerLength...) }
    }

    /// The message, which is all here, is as it was sent.
    public func hasGoodChecksum(from source: IPv6Address, to destination: IPv6Address) -> Bool {
        var sum = InternetChecksum(from: source, to: destination, carrying: .icmpv6, length: bytes.byteCount)
        sum.add(bytes)
        return sum.isGood
    }
}

extension ICMPv6Message {
    /// "Send this back" (RFC 4443, 4.1): an IPv6 packet's payload. The checksum counts its addresses too.
    public static func echoRequest(
        from source: IPv6Address, to destination: IPv6Address, identifier: UInt16, sequenceNumber: UInt16, payload: [UInt8]
    ) -> [UInt8] {
        bytes(.echoRequest, from: source, to: destination, fields: Self.words(identifier, sequenceNumber), payload: payload)
    }

    /// The answer, with what came (RFC 4443, 4.2).
    public static func echoReply(
        from source: IPv6Address, to destination: IPv6Address, identifier: UInt16, sequenceNumber: UInt16, payload: [UInt8]
    ) -> [UInt8] {
        bytes(.echoReply, from: source, to: destination, fields: Self.words(identifier, sequenceNumber), payload: payload)
    }

    /// A message of any kind, its checksum right.
    ///
    /// `fields`: what the kind has behind the checksum: four bytes at least.
    public static func bytes(
        _ kind: Kind, code: UInt8 = 0, from source: IPv6Address, to destination: IPv6Address, fields: [UInt8], payload: [UInt8]
    ) -> [UInt8] {
        var message: [UInt8] = [kind.rawValue, code, 0, 0]
        message.reserveCapacity(message.count + fields.count + payload.count)
        message += fields
        message += payload
        var sum = InternetChecksum(from: source, to: destination, carrying: .icmpv6, length: message.count)
        sum.add(message)
        message.putBig(sum.value, at: 2)
        return message
    }

    private static func words(_ first: UInt16, _ second: UInt16) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.appendBig(first)
        bytes.appendBig(second)
        return bytes
    }
}
