/// A DHCP message to be sent (RFC 2131, 2): the fields, then the options in the order in which they were added.
public struct DHCPMessageBuilder: Hashable, Sendable {
    /// `op`: which way it goes; set by the kind.
    public var operation: DHCPMessage.Operation
    /// `xid`.
    public var transaction: UInt32
    /// `chaddr`.
    public var hardwareAddress: MACAddress
    /// `secs`: since the client began.
    public var seconds: UInt16 = 0
    /// The client cannot take unicast yet (RFC 2131, 4.1).
    public var wantsBroadcast = false
    /// `ciaddr`: the client's own, if it has one.
    public var clientAddress = IPv4Address.any
    /// `yiaddr`: what the client is to have.
    public var yourAddress = IPv4Address.any
    /// `siaddr`: the server to boot from next.
    public var nextServer = IPv4Address.any
    /// `giaddr`: the relay agent that the answer goes through.
    public var relayAgent = IPv4Address.any
    private var options: [UInt8] = []

    /// Shorter messages are padded: old relay agents drop what BOOTP would not have sent (RFC 1542, 2.1).
    public static let minimumLength = 300

    /// `kind`: option 53, which comes first.
    public init(_ kind: DHCPMessage.Kind, transaction: UInt32, hardwareAddress: MACAddress) {
        switch kind {
        case .offer, .ack, .nak: operation = .reply
        default: operation = .request
        }
        (self.transaction, self.hardwareAddress) = (transaction, hardwareAddress)
        add(.messageType, [kind.rawValue])
    }

    /// Adds an option; one of more than 255 bytes in pieces (RFC 3396, 5).
    public mutating func add(_ code: DHCPOptionCode, _ value: [UInt8]) {
        var rest = value[...]
        repeat {
            let piece = rest.prefix(255)
            options += [code.rawValue, UInt8(piece.count)]
            options += piece
            rest = rest.dropFirst(255)
        } while !rest.isEmpty
    }

    /// Adds an option whose value is addresses, four bytes each.
    public mutating func add(_ code: DHCPOptionCode, _ addresses: IPv4Address...) {
        var value: [UInt8] = []
        for address in addresses { value.appendBig(address.rawValue) }
        add(code, value)
    }

    /// `number`: four bytes on the wire; for times, in seconds.
    public mutating func add(_ code: DHCPOptionCode, number: UInt32) {
        var value: [UInt8] = []
        value.appendBig(number)
        add(code, value)
    }

    /// `number`: two bytes on the wire.
    public mutating func add(_ code: DHCPOptionCode, number: UInt16) {
        var value: [UInt8] = []
        value.appendBig(number)
        add(code, value)
    }

    /// The payload of a UDP datagram.
    public var bytes: [UInt8] {
        var message: [UInt8] = [operation.rawValue, 1, 6, 0]
        message.reserveCapacity(max(Self.minimumLength, DHCPMessage.headerLength + options.count + 1))
        message.appendBig(transaction)
        message.appendBig(seconds)
        message.appendBig(wantsBroadcast ? 0x8000 : 0 as UInt16)
        for address in [clientAddress, yourAddress, nextServer, relayAgent] { message.appendBig(address.rawValue) }
        message += hardwareAddress.bytes
        // The rest of `chaddr`, `sname` and `file`.
        message += [UInt8](repeating: 0, count: 10 + 64 + 128)
        message.appendBig(DHCPMessage.magicCookie)
        message += options
        message.append(255)
        message += [UInt8](repeating: 0, count: max(0, Self.minimumLength - message.count))
        return message
    }
}
