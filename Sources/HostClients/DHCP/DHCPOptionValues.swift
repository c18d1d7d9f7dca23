import Frames

/// The options of a reply that this client asks for, each of the length that RFC 2132 gives it.
struct DHCPOptionValues {
    let server: IPv4Address?
    let subnetMask: IPv4Address?
    let leaseTime: UInt32?
    let renewalTime: UInt32?
    let rebindingTime: UInt32?
    let routers: [IPv4Address]
    let nameServers: [IPv4Address]
    let mtu: UInt16?
    /// Text that is no domain name counts as not said.
    let domainName: DNSName?

    /// - Throws: `badOption` for one of a length that it cannot have.
    init(_ message: borrowing DHCPMessage) throws(DHCPRefusal) {
        server = try Self.number(.serverIdentifier, message).map { IPv4Address(rawValue: $0) }
        subnetMask = try Self.number(.subnetMask, message).map { IPv4Address(rawValue: $0) }
        leaseTime = try Self.number(.leaseTime, message)
        renewalTime = try Self.number(.renewalTime, message)
        rebindingTime = try Self.number(.rebindingTime, message)
        routers = try Self.addresses(.router, message)
        nameServers = try Self.addresses(.domainNameServer, message)
        mtu = try Self.value(.interfaceMTU, message) { $0 == 2 }.map { UInt16($0[0]) << 8 | UInt16($0[1]) }
        // Some servers count a zero at the end (RFC 2132, 2).
        let text = message.value(.domainName).map { $0.last == 0 ? Array($0.dropLast()) : $0 }
        domainName = text.flatMap { DNSName(String(decoding: $0, as: UTF8.self)) }
    }

    private static func value(
        _ code: DHCPOptionCode, _ message: borrowing DHCPMessage, _ isLength: (Int) -> Bool
    ) throws(DHCPRefusal) -> [UInt8]? {
        guard let value = message.value(code) else { return nil }
        guard isLength(value.count) else { throw .badOption(code) }
        return value
    }

    private static func number(_ code: DHCPOptionCode, _ message: borrowing DHCPMessage) throws(DHCPRefusal) -> UInt32? {
        try value(code, message) { $0 == 4 }.map { $0.reduce(0) { $0 << 8 | UInt32($1) } }
    }

    private static func addresses(_ code: DHCPOptionCode, _ message: borrowing DHCPMessage) throws(DHCPRefusal) -> [IPv4Address] {
        let bytes = try value(code, message) { $0 >= 4 && $0.isMultiple(of: 4) } ?? []
        return stride(from: 0, to: bytes.count, by: 4).map { start in
            IPv4Address(rawValue: bytes[start..<(start + 4)].reduce(0) { $0 << 8 | UInt32($1) })
        }
    }
}
