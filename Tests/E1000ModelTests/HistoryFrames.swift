import Frames
import Glibc

/// The frames of a history. Each tells its number, and with that and its length all of it is known.
enum HistoryFrames {
    /// Of a type that nobody knows; the station that it is from has the number.
    static func plain(_ number: Int, length: Int, to destination: MACAddress = .broadcast) -> [UInt8] {
        var frame = [UInt8](repeating: UInt8(truncatingIfNeeded: number &* 31 &+ length), count: length)
        frame.replaceSubrange(0..<14, with: header(number, to: destination) + [0x88, 0xb5])
        // No two parts of a long one are the same.
        for position in stride(from: 64, to: length, by: 512) { frame[position] = UInt8(truncatingIfNeeded: position >> 9) }
        return frame
    }

    static func header(_ number: Int, to destination: MACAddress) -> [UInt8] {
        destination.bytes + [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> $0) } + [0, 0]
    }

    /// - Parameter frame: at least 14 bytes.
    static func number(of frame: [UInt8]) -> Int { frame[6..<10].reduce(0) { $0 << 8 | Int($1) } }

    /// With a tag behind the addresses.
    static func tagged(_ frame: [UInt8], _ tag: UInt16?) -> [UInt8] {
        guard let tag else { return frame }
        return frame[..<12] + [0x81, 0, UInt8(tag >> 8), UInt8(tag & 0xff)] + frame[12...]
    }

    /// As long as a frame on the wire is at least.
    static func padded(_ frame: [UInt8]) -> [UInt8] { frame + [UInt8](repeating: 0, count: max(0, 60 - frame.count)) }

    /// The same bytes; debug builds take their time over `==`.
    static func areEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        left.count == right.count && memcmp(left, right, left.count) == 0
    }
}

/// One segment of TCP over IPv4 or IPv6, in an Ethernet frame with right checksums.
struct HistorySegment {
    let number: Int
    var destination = MACAddress.broadcast
    let isIPv4: Bool
    var identification: UInt16
    var sequence: UInt32
    /// FIN, PSH and ACK.
    var flags: UInt8 = 0x19
    var payload: [UInt8]

    /// - Parameter payload: bytes.
    init(_ number: Int, isIPv4: Bool, payload count: Int) {
        (self.number, self.isIPv4) = (number, isIPv4)
        identification = UInt16(truncatingIfNeeded: number &* 77)
        sequence = UInt32(truncatingIfNeeded: number &* 0x1234_5677)
        payload = [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: count)
        for position in stride(from: 0, to: count, by: 100) { payload[position] = UInt8(truncatingIfNeeded: position / 100) }
    }

    /// Bytes before the payload.
    var headerLength: Int { isIPv4 ? 54 : 74 }
    /// Where a card puts checksums.
    var checksumFields: [Int] { isIPv4 ? [24, 50] : [70] }

    var frame: [UInt8] {
        var header = HistoryFrames.header(number, to: destination)
        let length = 20 + payload.count
        var sum: InternetChecksum
        if isIPv4 {
            let (source, target) = (IPv4Address(rawValue: 0x0a00_0001), IPv4Address(rawValue: 0x0a00_0002))
            var network: [UInt8] = [0x45, 0] + big(UInt16(20 + length)) + big(identification) + [0x40, 0, 64, 6, 0, 0]
            for address in [source, target] { network += big(UInt16(address.rawValue >> 16)) + big(UInt16(address.rawValue & 0xffff)) }
            network.replaceSubrange(10..<12, with: big(InternetChecksum.of(network)))
            header += [0x08, 0] + network
            sum = InternetChecksum(from: source, to: target, carrying: .tcp, length: length)
        } else {
            let (source, target) = (IPv6Address(rawValue: 0xfe80 << 112 | 1), IPv6Address(rawValue: 0xfe80 << 112 | 2))
            header += [0x86, 0xdd, 0x60, 0, 0, 0] + big(UInt16(length)) + [6, 64] + source.bytes + target.bytes
            sum = InternetChecksum(from: source, to: target, carrying: .tcp, length: length)
        }
        var transport: [UInt8] = [0x30, 0x39, 0, 80] + big(UInt16(sequence >> 16)) + big(UInt16(sequence & 0xffff))
        transport += [0, 0, 0, 1, 0x50, flags, 0x20, 0, 0, 0, 0, 0]
        sum.add(transport)
        sum.add(payload)
        transport.replaceSubrange(16..<18, with: big(sum.value))
        return header + transport + payload
    }

    /// What a card makes of it: segments with so much payload each, FIN and PSH in the last one only (3.5).
    func cut(_ size: Int) -> [HistorySegment] {
        stride(from: 0, to: payload.count, by: size).enumerated().map { position, start in
            var segment = self
            let end = min(start + size, payload.count)
            segment.identification &+= UInt16(position)
            segment.sequence &+= UInt32(start)
            segment.payload = Array(payload[start..<end])
            if end < payload.count { segment.flags &= ~0x09 }
            return segment
        }
    }

    private func big(_ word: UInt16) -> [UInt8] { [UInt8(word >> 8), UInt8(word & 0xff)] }
}
