/// A DHCP message: a view over its bytes, the payload of a UDP datagram (RFC 2131, 2; options: RFC 2132).
public struct DHCPMessage: ~Escapable {
    /// The field `op`: which way a message goes.
    public enum Operation: UInt8, Sendable {
        /// From a client.
        case request = 1
        /// From a server.
        case reply = 2
    }

    /// What a message is about: the value of option 53 (RFC 2132, 9.6).
    public enum Kind: UInt8, Sendable, CaseIterable {
        /// Client: who has an address for me?
        case discover = 1
        /// Server: I have this one.
        case offer
        /// Client: I take it, or want to keep it.
        case request
        /// Client: somebody uses it already.
        case decline
        /// Server: it is yours.
        case ack
        /// Server: it is not, or no longer, yours.
        case nak
        /// Client: I need it no more.
        case release
        /// Client: I have an address, and want the settings only.
        case inform
    }

    /// From `op` on to the datagram's end.
    public let bytes: RawSpan

    /// UDP port of servers and relay agents (RFC 2131, 4.1).
    public static let serverPort: UInt16 = 67
    /// UDP port of clients (RFC 2131, 4.1).
    public static let clientPort: UInt16 = 68
    /// Bytes before the options: the fields and the magic cookie.
    public static let headerLength = 240
    /// 99, 130, 83, 99 (RFC 2131, 3): options follow.
    public static let magicCookie: UInt32 = 0x6382_5363

    /// Bytes that have been checked before: a view of them was made by another initialiser.
    ///
    /// - Precondition: at least 240 bytes; fewer are a trap, never a read outside.
    @_lifetime(copy bytes)
    public init(unchecked bytes: RawSpan) {
        self.bytes = bytes
    }

    /// A message for stations of an Ethernet, all its options within their fields; `nil` for anything else.
    @_lifetime(copy bytes)
    public init?(checking bytes: RawSpan) {
        guard let message = try? Self(header: bytes), message.operation != nil, message.hardwareType == 1, message.hardwareAddressLength == 6
        else { return nil }
        var options = message.options
        while options.next() != nil {}
        guard !options.isMalformed else { return nil }
        self = message
    }

    /// A message whose fields and magic cookie are there; what they say is not looked at, and the options may be cut.
    @_lifetime(copy bytes)
    public init(header bytes: RawSpan) throws(HeaderFault) {
        guard bytes.byteCount >= Self.headerLength else { throw .cut }
        guard bytes.big32(236) == Self.magicCookie else { throw .bad("magic cookie 0x\(hex(bytes.big32(236), digits: 8)) (BOOTP?)") }
        self.init(unchecked: bytes)
    }

    /// `op`.
    public var operation: Operation? { Operation(rawValue: bytes.byte(0)) }
    /// `htype`: 1 is Ethernet.
    public var hardwareType: UInt8 { bytes.byte(1) }
    /// `hlen`.
    public var hardwareAddressLength: UInt8 { bytes.byte(2) }
    /// Relay agents on the way.
    public var hops: UInt8 { bytes.byte(3) }
    /// `xid`: the client's choice; the reply has it too.
    public var transaction: UInt32 { bytes.big32(4) }
    /// `secs`: since the client began.
    public var seconds: UInt16 { bytes.big16(8) }
    /// The client cannot take unicast yet (RFC 2131, 4.1).
    public var wantsBroadcast: Bool { bytes.big16(10) & 0x8000 != 0 }
    /// `ciaddr`: the client's own, if it has one that it answers ARP for.
    public var clientAddress: IPv4Address { IPv4Address(rawValue: bytes.big32(12)) }
    /// `yiaddr`: what the client is to have.
    public var yourAddress: IPv4Address { IPv4Address(rawValue: bytes.big32(16)) }
    /// `siaddr`: the server to boot from next.
    public var nextServer: IPv4Address { IPv4Address(rawValue: bytes.big32(20)) }
    /// `giaddr`.
    public var relayAgent: IPv4Address { IPv4Address(rawValue: bytes.big32(24)) }
    /// `chaddr`: its first six bytes, an Ethernet address.
    public var hardwareAddress: MACAddress { MACAddress(bytes, at: 28) }

    /// The options in their order, of all fields that hold some.
    public var options: DHCPOptionWalker {
        @_lifetime(copy self) get { DHCPOptionWalker(bytes) }
    }

    /// An option's value; `nil` when the message does not have it. What is said in several pieces is put together (RFC 3396, 7).
    public func value(_ code: DHCPOptionCode) -> [UInt8]? {
        var value: [UInt8]?
        var walker = options
        while let option = walker.next() {
            if option.code == code { value = (value ?? []) + bytes.copy(option.value) }
        }
        return value
    }

    /// What the message is about; `nil` for BOOTP, and for a kind that is not known here.
    public var kind: Kind? {
        guard let value = value(.messageType), value.count == 1 else { return nil }
        return Kind(rawValue: value[0])
    }
}
