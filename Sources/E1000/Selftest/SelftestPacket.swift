/// A TCP or UDP packet over IPv4 to everyone, for the card to put checksums into, or to cut into segments; its data are a pattern.
struct SelftestPacket {
    enum Transport: UInt8, CaseIterable {
        case tcp = 6, udp = 17
        var headerLength: Int { self == .tcp ? 20 : 8 }
        var checksumField: Int { self == .tcp ? 16 : 6 }
        var name: String { self == .tcp ? "TCP" : "UDP" }
    }

    var transport = Transport.tcp
    var data: [UInt8]
    var identification: UInt16 = 0xfffe
    /// Of TCP, as are the flags: its lower half overflows.
    var sequence: UInt32 = 0x0001_fff0
    /// PSH, ACK and FIN: the first and the last are of the last segment alone (3.5.6).
    var flags: UInt8 = 0x19

    private static let ethernet: [UInt8] = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0, 1, 0x08, 0x00]
    /// For documentation, and thus nobody's (RFC 5737).
    private static let addresses: [UInt8] = [192, 0, 2, 1, 192, 0, 2, 2]

    var headerLength: Int { Self.ethernet.count + 20 + transport.headerLength }

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
        let pseudo = Self.addresses + [0, transport.rawValue] + Self.big(body.count)
        body.replaceSubrange(transport.checksumField..<transport.checksumField + 2, with: Self.checksum(pseudo + body))
        var ip: [UInt8] = [0x45, 0] + Self.big(20 + body.count) + Self.big(Int(identification))
        ip += [0x40, 0, 64, transport.rawValue, 0, 0] + Self.addresses
        ip.replaceSubrange(10..<12, with: Self.checksum(ip))
        return Self.ethernet + ip + body
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
