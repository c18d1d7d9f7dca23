/// A DNS message: a view over its bytes, the payload of a UDP datagram (RFC 1035, 4.1).
public struct DNSMessage: ~Escapable {
    /// From the identifier on to the datagram's end.
    public let bytes: RawSpan

    /// Bytes before the first section.
    public static let headerLength = 12
    /// UDP and TCP port of a server (RFC 1035, 4.2).
    public static let port: UInt16 = 53

    /// Bytes that have been checked before: a view of them was made by another initialiser.
    ///
    /// - Precondition: at least 12 bytes; fewer are a trap, never a read outside.
    @_lifetime(copy bytes)
    public init(unchecked bytes: RawSpan) {
        self.bytes = bytes
    }

    /// A message with its header; `nil` for fewer than 12 bytes. Sections are checked as they are walked: see `sections`.
    @_lifetime(copy bytes)
    public init?(checking bytes: RawSpan) {
        guard bytes.byteCount >= Self.headerLength else { return nil }
        self.init(unchecked: bytes)
    }

    // RFC 1035, 4.1.1.

    /// The asker's choice; the answer has it too.
    public var identifier: UInt16 { bytes.big16(0) }
    /// QR.
    public var isResponse: Bool { bytes.byte(2) & 0x80 != 0 }
    /// 0 is a standard query.
    public var opcode: UInt8 { bytes.byte(2) >> 3 & 0x0f }
    /// AA: the server answers for its own zone.
    public var isAuthoritative: Bool { bytes.byte(2) & 0x04 != 0 }
    /// TC: the answer was longer than a datagram.
    public var isTruncated: Bool { bytes.byte(2) & 0x02 != 0 }
    /// RD: the server is asked to ask others.
    public var recursionDesired: Bool { bytes.byte(2) & 0x01 != 0 }
    /// RA: the server would ask others.
    public var recursionAvailable: Bool { bytes.byte(3) & 0x80 != 0 }
    /// AD: the server has verified the answer (RFC 4035, 3.2.3).
    public var isAuthenticated: Bool { bytes.byte(3) & 0x20 != 0 }
    /// CD: the asker verifies the answer itself (RFC 4035, 3.2.2).
    public var checkingDisabled: Bool { bytes.byte(3) & 0x10 != 0 }
    /// RCODE.
    public var responseCode: DNSResponseCode { DNSResponseCode(rawValue: bytes.byte(3)) }
    /// Questions by the header's account, as with the three counts that follow; there may be fewer.
    public var questionCount: Int { Int(bytes.big16(4)) }
    /// Records of the answer.
    public var answerCount: Int { Int(bytes.big16(6)) }
    /// Records of the authority section.
    public var authorityCount: Int { Int(bytes.big16(8)) }
    /// Additional records.
    public var additionalCount: Int { Int(bytes.big16(10)) }

    /// Questions and records in their order.
    public var sections: DNSSectionWalker {
        @_lifetime(copy self) get { DNSSectionWalker(self) }
    }
}

extension DNSMessage {
    /// Where a record is.
    public enum Section: Hashable, Sendable { case answer, authority, additional }

    /// A question to a resolver: it is asked to find the answer itself (RD).
    public static func query(_ question: DNSQuestion, identifier: UInt16) -> [UInt8] {
        var builder = DNSMessageBuilder(identifier: identifier)
        builder.recursionDesired = true
        builder.add(question)
        return builder.bytes
    }
}
