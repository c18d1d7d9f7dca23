import Frames
import TestSupport
import Testing

/// Frames that damage or malice made: every parser and both printers read them without a trap, and say something short.
@Suite struct HeaderFuzzTests {
    /// Both printers go through every parser.
    private func look(at frame: [UInt8], original: Int? = nil) -> Bool {
        let line = FrameSummary.line(frame, originalLength: original)
        let lines = FrameDescription.lines(frame, originalLength: original)
        return !line.isEmpty && !lines.isEmpty && line.utf8.allSatisfy { $0 >= 0x20 }
            && lines.allSatisfy { $0.utf8.allSatisfy { $0 >= 0x20 } }
    }

    @Test func everyCut() {
        for frame in SampleFrames.all {
            for length in 0...frame.count { #expect(look(at: Array(frame.prefix(length)), original: frame.count)) }
        }
    }

    @Test func changedBits() {
        var random = SplitMix(seed: 0xf2a5)
        let frames = SampleFrames.all
        for _ in 0..<4_000 {
            var frame = frames.randomElement(using: &random)!
            // Most of the time near the start, where the lengths are.
            for _ in 0..<Int.random(in: 1...8, using: &random) {
                let place = Int.random(in: 12..<(Bool.random(using: &random) ? min(80, frame.count) : frame.count), using: &random)
                frame[place] = [0, 0xff, 0x80, 0xc0, frame[place] ^ 1 << UInt8.random(in: 0...7, using: &random)].randomElement(using: &random)!
            }
            if Int.random(in: 0..<4, using: &random) == 0 { frame.removeLast(Int.random(in: 0...frame.count, using: &random)) }
            #expect(look(at: frame))
        }
    }

    /// Payloads of nothing but chance, behind headers that lead to each parser.
    @Test func chance() {
        var random = SplitMix(seed: 0xc4a9)
        for _ in 0..<3_000 {
            let bytes = (0..<Int.random(in: 0...120, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
            let cookie: [UInt8] = [1, 1, 6, 0] + [UInt8](repeating: 0, count: 232) + [99, 130, 83, 99]
            let types: [IPProtocol] = [.hopByHopOptions, .icmpv6, .tcp, .udp, .fragment, .routing, .authentication, .destinationOptions]
            let frame =
                switch Int.random(in: 0...5, using: &random) {
                case 0: SampleFrames.udp(cookie + bytes, from: 67, to: 68)
                case 1: SampleFrames.udp(bytes, from: 53, to: 1)
                case 2: SampleFrames.ipv6(IPv6Packet.bytes(from: .any, to: .any, carrying: types.randomElement(using: &random)!, payload: bytes))
                case 3:
                    SampleFrames.ipv4(
                        IPv4Packet.bytes(from: .any, to: .any, carrying: Bool.random(using: &random) ? .icmp : .tcp, payload: bytes))
                case 4: SampleFrames.neighbor([.redirect, .routerAdvertisement].randomElement(using: &random)!, fields: bytes, options: bytes)
                default: bytes
                }
            #expect(look(at: frame))
        }
    }

    /// The smallest records, as many as a datagram holds, with names that take the longest way: neither printer says more than a page.
    @Test func aDatagramFullOfRecords() {
        var message: [UInt8] = [0, 0, 0x80, 0, 0, 0, 0xff, 0xff, 0, 0, 0, 0] + [0, 0, 99, 0, 1, 0, 0, 0, 0, 0, 0]
        while message.count < 65_000 { message += [0xc0, 12, 0, 99, 0, 1, 0, 0, 0, 0, 0, 0] }
        let frame = SampleFrames.udp(message, from: 53, to: 1)
        #expect(FrameSummary.line(frame).utf8.count < 500)
        #expect(FrameDescription.lines(frame).count < 120)
    }
}
