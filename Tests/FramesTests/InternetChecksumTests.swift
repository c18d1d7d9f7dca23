import Frames
import TestSupport
import Testing

@Suite struct InternetChecksumTests {
    /// RFC 1071, 3: the numbers of its example.
    @Test func exampleOfTheRFC() {
        #expect(InternetChecksum.of([0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7]) == ~0xddf2)
        #expect(InternetChecksum.of([]) == 0xffff)
        #expect(InternetChecksum.of([0x12]) == ~0x1200)
    }

    @Test func piecesOfAnyLengthMakeTheSameSum() {
        var random = SplitMix(seed: 3)
        for _ in 0..<200 {
            let bytes = (0..<Int.random(in: 0...64, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
            var checksum = InternetChecksum()
            var rest = bytes[...]
            while !rest.isEmpty {
                let piece = Int.random(in: 0...5, using: &random)
                checksum.add(Array(rest.prefix(piece)))
                rest = rest.dropFirst(piece)
            }
            #expect(checksum.value == InternetChecksum.of(bytes))
        }
    }

    @Test func aChangedBitIsSeen() {
        var bytes: [UInt8] = Array(HeaderViewTests.ping.prefix(20))
        var good = InternetChecksum()
        good.add(bytes)
        #expect(good.isGood)
        for bit in 0..<(bytes.count * 8) {
            bytes[bit / 8] ^= 1 << UInt8(bit % 8)
            var bad = InternetChecksum()
            bad.add(bytes)
            #expect(!bad.isGood)
            bytes[bit / 8] ^= 1 << UInt8(bit % 8)
        }
    }
}
