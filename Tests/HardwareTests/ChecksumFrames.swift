/// Frames to everyone with an IP packet in them, whose checksums are right until a byte is changed.
enum ChecksumFrame {
    private static let ethernet: [UInt8] = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0, 99]
    private static let tcp: UInt8 = 6, udp: UInt8 = 17

    /// - Parameter fragment: the flags and offset of the IPv4 header.
    static func tcp4(tag: [UInt8] = [], fragment: UInt16 = 0) -> [UInt8] {
        ethernet + tag + [0x08, 0x00] + ipv4(tcp, segment(tcp, pseudo: pseudo4), fragment: fragment)
    }
    static func udp4() -> [UInt8] { ethernet + [0x08, 0x00] + ipv4(udp, segment(udp, pseudo: pseudo4)) }
    static func tcp6() -> [UInt8] { ethernet + [0x86, 0xdd] + ipv6(tcp) }
    static func udp6() -> [UInt8] { ethernet + [0x86, 0xdd] + ipv6(udp) }
    static let arp: [UInt8] = ethernet + [0x08, 0x06, 0, 1, 8, 0, 6, 4, 0, 1] + [UInt8](repeating: 0, count: 40)

    // Positions in frames without a tag.
    static let timeToLive = 22
    static let payload4 = 14 + 20 + 20 + 5, payload6 = 14 + 40 + 20 + 5
    static let udpChecksum = 14 + 20 + 6

    private static let addresses4: [UInt8] = [10, 0, 2, 2, 10, 0, 2, 15]
    private static let addresses6: [UInt8] = [0xfe, 0x80] + [UInt8](repeating: 0, count: 13) + [1, 0xfe, 0x80] + [UInt8](repeating: 0, count: 13) + [2]
    private static func pseudo4(_ number: UInt8, _ length: Int) -> [UInt8] { addresses4 + [0, number, 0, UInt8(length)] }
    private static func pseudo6(_ number: UInt8, _ length: Int) -> [UInt8] { addresses6 + [0, 0, 0, UInt8(length), 0, 0, 0, number] }

    private static func ipv4(_ number: UInt8, _ body: [UInt8], fragment: UInt16 = 0) -> [UInt8] {
        var header: [UInt8] = [0x45, 0, 0, UInt8(20 + body.count), 0x12, 0x34, UInt8(fragment >> 8), UInt8(fragment & 0xff), 64, number, 0, 0]
        header += addresses4
        (header[10], header[11]) = checksum(header)
        return header + body
    }

    private static func ipv6(_ number: UInt8) -> [UInt8] {
        let body = segment(number, pseudo: pseudo6)
        return [0x60, 0, 0, 0, 0, UInt8(body.count), number, 64] + addresses6 + body
    }

    /// A TCP or UDP header with 50 bytes of data behind it.
    private static func segment(_ number: UInt8, pseudo: (UInt8, Int) -> [UInt8]) -> [UInt8] {
        let data = (0..<50).map { UInt8(truncatingIfNeeded: $0 &* 37) }
        let header: [UInt8] =
            number == tcp
            ? [0x04, 0xd2, 0, 80, 0, 0, 0x10, 0, 0, 0, 0, 0, 0x50, 0x18, 0x20, 0, 0, 0, 0, 0]
            : [0x04, 0xd2, 0, 53, 0, UInt8(8 + data.count), 0, 0]
        var bytes = header + data
        let field = number == tcp ? 16 : 6
        (bytes[field], bytes[field + 1]) = checksum(pseudo(number, bytes.count) + bytes)
        return bytes
    }

    /// RFC 1071; an even number of bytes.
    private static func checksum(_ bytes: [UInt8]) -> (UInt8, UInt8) {
        var sum = stride(from: 0, to: bytes.count, by: 2).reduce(UInt32(0)) { $0 + UInt32(bytes[$1]) << 8 + UInt32(bytes[$1 + 1]) }
        while sum > 0xffff { sum = sum & 0xffff + sum >> 16 }
        return (UInt8(~sum >> 8 & 0xff), UInt8(~sum & 0xff))
    }
}
