/// A TCP or UDP packet to everyone, for the card to put checksums into, or to cut into segments; its data are a pattern.
struct SelftestPacket {
    enum Network: CaseIterable {
        case ipv4, ipv6
        var headerLength: Int { self == .ipv4 ? 20 : 40 }
        var etherType: [UInt8] { self == .ipv4 ? [0x08, 0x00] : [0x86, 0xdd] }
    }

    enum Transport: UInt8, CaseIterable {
        case tcp = 6, udp = 17
        var headerLength: Int { self == .tcp ? 20 : 8 }
        var checksumField: Int { self == .tcp ? 16 : 6 }
        var name: String { self == .tcp ? "TCP" : "UDP" }
    }

    var network = Network.ipv4
    var transport = Transport.tcp
    var data: [UInt8]
    /// Of IPv4.
    var identification: UInt16 = 0xfffe
    /// Of TCP, as are the flags: its lower half overflows.
    var sequence: UInt32 = 0x0001_fff0
    /// PSH, ACK and FIN: the first and the last are of the last segment alone (3.5.6).
    var flags: UInt8 = 0x19

    private static let addresses: [UInt8] = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0, 1]
    /// For documentation, and thus nobody's (RFC 5737, RFC 3849).
    private static let addresses4: [UInt8] = [192, 0, 2, 1, 192, 0, 2, 2]
    private static let addresses6: [UInt8] = [1, 2].flatMap { [0x20, 0x01, 0x0d, 0xb8] + [UInt8](repeating: 0, count: 11) + [$0] }

    var headerLength: Int { Self.addresses.count + 2 + network.headerLength + transport.headerLength }

    /// For people: `TCP`, `TCP over IPv6`.
    var name: String { network == .ipv4 ? transport.name : "\(transport.name) over IPv6" }

    /// The packets that a card makes of it (3.5): the data in pieces, their numbers, and the flags where they belong.
    func segments(_ size: Int) -> [SelftestPacket] {
        stride(from: 0, to: data.count, by: size).enumerated().map { number, start in
            let end = min(start + size, data.count)
            var segment = self
            segment.data = Array(data[start..<end])
            segment.identification &+= UInt16(number)
            segment.sequence &+= UInt32(start)
            if end < data.count { segment.flags &= ~0x09 }
            return segment
        }
    }

    /// The frame with its checksums, which software has computed.
    var frame: [UInt8] {
        var body = header + data
        // Of the pseudo headers (RFC 9293, 3.1; RFC 8200, 8.1) only the order of the words differs, and that is none to a sum.
        let pseudo = (network == .ipv4 ? Self.addresses4 : Self.addresses6) + [0, transport.rawValue] + Self.big(body.count)
        body.replaceSubrange(transport.checksumField..<transport.checksumField + 2, with: Self.checksum(pseudo + body))
        return Self.addresses + network.etherType + networkHeader(body.count) + body
    }

    private func networkHeader(_ length: Int) -> [UInt8] {
        guard network == .ipv4 else { return [0x60, 0, 0, 0] + Self.big(length) + [transport.rawValue, 64] + Self.addresses6 }
        var ip: [UInt8] = [0x45, 0] + Self.big(20 + length) + Self.big(Int(identification))
        ip += [0x40, 0, 64, transport.rawValue, 0, 0] + Self.addresses4
        ip.replaceSubrange(10..<12, with: Self.checksum(ip))
        return ip
    }

    private var header: [UInt8] {
        let ports = Self.big(40_001) + Self.big(40_002)
        guard transport == .tcp else { return ports + Self.big(8 + data.count) + [0, 0] }
        return ports + Self.big(Int(sequence >> 16)) + Self.big(Int(sequence & 0xffff)) + [0, 0, 0, 1, 0x50, flags, 0x20, 0, 0, 0, 0, 0]
    }

    private static func big(_ value: Int) -> [UInt8] { [UInt8(truncatingIfNeeded: value >> 8), UInt8(truncatingIfNeeded: value)] }

    /// RFC 1071.
    private static func checksum(_ bytes: [UInt8]) -> [UInt8] {
        var sum = bytes.enumerated().reduce(0) { $0 + Int($1.element) << ($1.offset & 1 == 0 ? 8 : 0) }
        while sum > 0xffff { sum = sum & 0xffff + sum >> 16 }
        return big(~sum)
    }
}
