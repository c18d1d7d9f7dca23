/// An Address Resolution Protocol packet for IPv4 over Ethernet (RFC 826).
public struct ARPPacket: Hashable, Sendable {
    /// What it is (RFC 826: ar$op).
    public enum Operation: UInt16, Sendable {
        /// "Who has this address?"
        case request = 1
        /// "I have it."
        case reply = 2
    }

    /// Question or answer.
    public var operation: Operation
    /// Ethernet address of who sends it.
    public var senderMAC: MACAddress
    /// Internet address of who sends it; `any` in a probe (RFC 5227, 2.1.1).
    public var senderIP: IPv4Address
    /// In a reply, who asked; in a request it is not known: zero.
    public var targetMAC: MACAddress
    /// In a request, the address that is asked for; in a reply, who asked.
    public var targetIP: IPv4Address

    /// Bytes of a packet.
    public static let length = 28

    /// A packet with these fields, whether they make sense or not.
    public init(operation: Operation, senderMAC: MACAddress, senderIP: IPv4Address, targetMAC: MACAddress, targetIP: IPv4Address)
    {
        self.operation = operation
        (self.senderMAC, self.senderIP) = (senderMAC, senderIP)
        (self.targetMAC, self.targetIP) = (targetMAC, targetIP)
    }

    /// Reads the payload of an ARP frame (padding may follow); `nil` when it is too short, not for IPv4 over Ethernet,
    /// or neither a request nor a reply.
    public init?(checking payload: RawSpan) {
        guard payload.byteCount >= Self.length, payload.big16(0) == 1, payload.big16(2) == EtherType.ipv4.rawValue,
            payload.byte(4) == 6, payload.byte(5) == 4, let operation = Operation(rawValue: payload.big16(6))
        else { return nil }
        self.init(
            operation: operation,
            senderMAC: MACAddress(payload, at: 8), senderIP: IPv4Address(rawValue: payload.big32(14)),
            targetMAC: MACAddress(payload, at: 18), targetIP: IPv4Address(rawValue: payload.big32(24)))
    }

    /// Reads the payload of an ARP frame: as from a span.
    public init?(checking payload: [UInt8]) { self.init(checking: payload.span.bytes) }

    /// Reads a whole frame; `nil` when it is not an ARP frame.
    public init?(frame: RawSpan) {
        guard let header = EthernetFrame(checking: frame), header.type == .arp else { return nil }
        self.init(checking: frame.extracting(header.payload))
    }

    /// Reads a whole frame: as from a span.
    public init?(frame: [UInt8]) { self.init(frame: frame.span.bytes) }

    /// "Who has `address`?"
    public static func request(for address: IPv4Address, from mac: MACAddress, ip: IPv4Address) -> ARPPacket {
        ARPPacket(operation: .request, senderMAC: mac, senderIP: ip, targetMAC: .zero, targetIP: address)
    }

    /// "`address` is mine": a request whose sender and target are both `address` (RFC 5227, 2.3).
    public static func announcement(of address: IPv4Address, at mac: MACAddress) -> ARPPacket {
        ARPPacket(operation: .request, senderMAC: mac, senderIP: address, targetMAC: .zero, targetIP: address)
    }

    /// The answer to this packet if it asks for `address`, given by the station `mac`; else `nil`.
    /// An announcement of `address` by another station is a conflict (RFC 5227, 2.4), not a question: no answer.
    public func reply(for address: IPv4Address, at mac: MACAddress) -> ARPPacket? {
        guard operation == .request, targetIP == address, senderIP != address, senderMAC != mac else { return nil }
        return ARPPacket(operation: .reply, senderMAC: mac, senderIP: address, targetMAC: senderMAC, targetIP: senderIP)
    }

    /// The packet's 28 bytes.
    public var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Self.length)
        bytes.appendBig(UInt16(1))
        bytes.appendBig(EtherType.ipv4.rawValue)
        bytes += [6, 4]
        bytes.appendBig(operation.rawValue)
        bytes += senderMAC.bytes
        bytes.appendBig(senderIP.rawValue)
        bytes += targetMAC.bytes
        bytes.appendBig(targetIP.rawValue)
        return bytes
    }

    /// The packet in an Ethernet frame: a request to everyone, a reply to the one who asked. 42 bytes; the card pads.
    public var frame: [UInt8] {
        EthernetFrame.bytes(to: operation == .request ? .broadcast : targetMAC, from: senderMAC, type: .arp, payload: bytes)
    }
}
