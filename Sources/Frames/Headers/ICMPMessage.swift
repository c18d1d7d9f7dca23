/// An ICMP message of IPv4: a view over its bytes (RFC 792).
public struct ICMPMessage: ~Escapable {
    /// IANA, ICMP Type Numbers.
    public struct Kind: RawRepresentable, Hashable, Sendable {
        public let rawValue: UInt8
        public init(rawValue: UInt8) { self.rawValue = rawValue }
        /// The answer to an echo, with what came.
        public static let echoReply = Kind(rawValue: 0)
        /// A packet could not be delivered; `code` says why.
        public static let destinationUnreachable = Kind(rawValue: 3)
        /// Another router is nearer.
        public static let redirect = Kind(rawValue: 5)
        /// "Send this back."
        public static let echoRequest = Kind(rawValue: 8)
        /// A packet lived too long on its way (code 0), or its fragments did not all come in time (1).
        public static let timeExceeded = Kind(rawValue: 11)
        /// A header of a packet cannot be true.
        public static let parameterProblem = Kind(rawValue: 12)
    }

    /// The whole message: an IP packet's payload, or what a capture left of it.
    public let bytes: RawSpan

    /// Bytes before the data.
    public static let headerLength = 8

    /// Bytes that have been checked before: a view of them was made by another initialiser.
    ///
    /// - Precondition: at least 8 bytes; fewer are a trap, never a read outside.
    @_lifetime(copy bytes)
    public init(unchecked bytes: RawSpan) {
        self.bytes = bytes
    }

    /// The message that is an IPv4 packet's payload; `nil` when it is shorter than its header.
    @_lifetime(copy bytes)
    public init?(checking bytes: RawSpan) {
        guard bytes.byteCount >= Self.headerLength else { return nil }
        self.init(unchecked: bytes)
    }

    /// What it is about.
    public var kind: Kind { Kind(rawValue: bytes.byte(0)) }
    /// What of it, as the kind has it.
    public var code: UInt8 { bytes.byte(1) }
    /// Over the whole message.
    public var checksum: UInt16 { bytes.big16(2) }
    /// Of an echo: who asks.
    public var identifier: UInt16 { bytes.big16(4) }
    /// Of an echo: which question.
    public var sequenceNumber: UInt16 { bytes.big16(6) }
    /// Of a redirect: the better router.
    public var gateway: IPv4Address { IPv4Address(rawValue: bytes.big32(4)) }
    /// Of "fragmentation needed" (unreachable, code 4): the longest packet that goes further (RFC 1191, 4); 0: an old router.
    public var nextHopMTU: UInt16 { bytes.big16(6) }

    /// An echo's data; an error's start of the packet that it is about.
    public var payload: RawSpan {
        @_lifetime(copy self) get { bytes.extracting(Self.headerLength...) }
    }

    /// The message, which is all here, is as it was sent.
    public var hasGoodChecksum: Bool { InternetChecksum.of(bytes) == 0 }
}

extension ICMPMessage {
    /// "Send this back": the payload of an IPv4 packet.
    public static func echoRequest(identifier: UInt16, sequenceNumber: UInt16, payload: [UInt8]) -> [UInt8] {
        echo(.echoRequest, identifier, sequenceNumber, payload)
    }

    /// The answer, with what came.
    public static func echoReply(identifier: UInt16, sequenceNumber: UInt16, payload: [UInt8]) -> [UInt8] {
        echo(.echoReply, identifier, sequenceNumber, payload)
    }

    private static func echo(_ kind: Kind, _ identifier: UInt16, _ sequenceNumber: UInt16, _ payload: [UInt8]) -> [UInt8] {
        var message: [UInt8] = [kind.rawValue, 0, 0, 0]
        message.reserveCapacity(headerLength + payload.count)
        message.appendBig(identifier)
        message.appendBig(sequenceNumber)
        message += payload
        message.putBig(InternetChecksum.of(message), at: 2)
        return message
    }
}
