import Frames
import TestSupport
import Testing

@Suite("Transport headers")
struct TransportHeadersTests {
    private static let ethernet = [UInt8](repeating: 2, count: 12)
    /// RFC 1071-style example: 10.0.0.1:4660 → 10.0.0.2:80, 4 bytes of data.
    private static func ipv4(options: Int = 0, fragment: UInt8 = 0x40, total: Int? = nil, protocolNumber: UInt8 = 6) -> [UInt8] {
        let transport = protocolNumber == 6 ? [UInt8](repeating: 0, count: 12) + [0x50, 0x18] + [UInt8](repeating: 0, count: 6)
            : [UInt8](repeating: 0, count: 8)
        let total = total ?? 20 + options + transport.count + 4
        return ethernet + [0x08, 0, 0x40 | UInt8(5 + options / 4), 0, UInt8(total >> 8), UInt8(total & 0xff), 0, 1, fragment, 0, 64, protocolNumber]
            + [0, 0, 10, 0, 0, 1, 10, 0, 0, 2] + [UInt8](repeating: 1, count: options) + transport + [1, 2, 3, 4]
    }

    private func headers(_ frame: [UInt8], length: Int? = nil) -> TransportHeaders? { TransportHeaders(checking: frame.span, length: length) }

    private func sum(_ headers: TransportHeaders, _ frame: [UInt8], _ length: Int) -> UInt16 {
        headers.pseudoHeaderSum(frame.span, length: length)
    }

    @Test("IPv4 with and without options and tag, TCP and UDP")
    func ipv4() throws {
        let plain = try #require(headers(Self.ipv4()))
        #expect(plain.network == .ipv4 && plain.networkStart == 14 && plain.transport == .tcp)
        #expect([plain.transportStart, plain.payloadStart, plain.packetEnd, plain.checksumField] == [34, 54, 58, 50])
        let options = try #require(headers(Self.ipv4(options: 12, protocolNumber: 17)))
        #expect([options.transportStart, options.payloadStart, options.packetEnd, options.checksumField] == [46, 54, 58, 52])
        var tagged = Self.ipv4()
        tagged.insert(contentsOf: [0x81, 0, 0, 5], at: 12)
        let inTag = try #require(headers(tagged))
        #expect(inTag.networkStart == 18 && inTag.payloadStart == 58)
        // 10.0 + 0.1 + 10.0 + 0.2 + 6 + 24, by hand.
        #expect(sum(plain, Self.ipv4(), 24) == 0x1400 + 3 + 6 + 24)
        #expect(sum(plain, Self.ipv4(), 0) == 0x1400 + 3 + 6)
    }

    @Test("IPv6 with and without destination options")
    func ipv6() throws {
        let addresses = [0xfd] + [UInt8](repeating: 0, count: 14) + [1, 0xfd] + [UInt8](repeating: 0, count: 14) + [2]
        let udp: [UInt8] = [0, 1, 0, 2, 0, 8, 0, 0]
        let plain = Self.ethernet + [0x86, 0xdd, 0x60, 0, 0, 0, 0, 8, 17, 64] + addresses + udp
        let found = try #require(headers(plain))
        #expect(found.network == .ipv6 && found.transport == .udp)
        #expect([found.networkStart, found.transportStart, found.payloadStart, found.packetEnd] == [14, 54, 62, 62])
        // Twice 0xfd00, 1, 2, 17 and 8, the carry added.
        #expect(sum(found, plain, 8) == 0xfa1d)
        let behind = Self.ethernet + [0x86, 0xdd, 0x60, 0, 0, 0, 0, 16, 60, 64] + addresses + [17, 0, 1, 4, 0, 0, 0, 0] + udp
        let options = try #require(headers(behind))
        #expect(options.transportStart == 62)
    }

    @Test("a padded frame ends where IP says; a zero length says nothing")
    func ends() throws {
        let padded = try #require(headers((Self.ipv4() + [0, 0])))
        #expect(padded.packetEnd == 58)
        let long = try #require(headers(Self.ipv4(total: 0), length: 60_000))
        #expect(long.packetEnd == nil && long.payloadStart == 54)
    }

    @Test("fragments, other protocols, and lengths that cannot be, are nothing")
    func refused() {
        let bad: [[UInt8]] = [
            [], Self.ethernet, Self.ipv4(fragment: 0x20), Self.ipv4(protocolNumber: 1), Self.ipv4(total: 45), Self.ipv4(total: 30),
            Array(Self.ipv4().prefix(53)), Self.ipv4(options: 40).map { $0 == 0x4f ? 0x41 : $0 },
        ]
        for frame in bad { #expect(headers(frame) == nil, "\(frame)") }
        // The head is no longer than its frame.
        #expect(headers(Self.ipv4(), length: 20) == nil)
    }

    @Test("damaged headers are read without a trap, and never point outside")
    func damaged() {
        var random = SplitMix(seed: 7)
        for _ in 0..<20_000 {
            var frame = Self.ipv4(options: 4 * Int.random(in: 0...10, using: &random), protocolNumber: Bool.random(using: &random) ? 6 : 17)
            if Bool.random(using: &random) { (frame[12], frame[13], frame[14]) = (0x86, 0xdd, 0x60) }
            for _ in 0..<4 { frame[.random(in: 12..<frame.count, using: &random)] = .random(in: 0...255, using: &random) }
            frame = Array(frame.prefix(.random(in: 0...frame.count, using: &random)))
            guard let found = headers(frame) else { continue }
            #expect(found.payloadStart <= frame.count && found.checksumField + 2 <= found.payloadStart)
            #expect(found.packetEnd ?? frame.count <= frame.count && found.packetEnd ?? frame.count >= found.payloadStart)
            _ = sum(found, frame, frame.count)
        }
    }
}
