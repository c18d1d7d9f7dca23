import Frames
import TestSupport
import Testing

@Suite struct TransportViewTests {
    static func options(_ bytes: [UInt8]) -> (options: [TCPOption], isMalformed: Bool)? {
        let padded = bytes + [UInt8](repeating: 0, count: (4 - bytes.count % 4) % 4)
        let segment = [0, 1, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4, UInt8(5 + padded.count / 4) << 4, 0x12, 0, 5, 0, 0, 0, 0] + padded
        guard let view = TCPSegment(checking: segment.span.bytes) else { return nil }
        var walker = view.options
        var options: [TCPOption] = []
        while let option = walker.next() { options.append(option) }
        return (options, walker.isMalformed)
    }

    @Test func tcp() {
        let frame = SampleFrames.tcp([.syn, .ack], options: SampleFrames.synOptions, payload: [1, 2])
        let bytes = Array(frame[34...])
        guard let segment = TCPSegment(checking: bytes.span.bytes) else {
            Issue.record("no segment")
            return
        }
        let numbers = [segment.sequenceNumber, segment.acknowledgementNumber, UInt32(segment.window), UInt32(segment.urgentPointer)]
        #expect(numbers == [100, 7, 65535, 9])
        let (ports, flags) = ([segment.sourcePort, segment.destinationPort], segment.flags)
        let lengths = [segment.headerLength, segment.payload.byteCount]
        #expect(ports == [49152, 80] && flags == [.syn, .ack] && lengths == [40, 2])
        let isGood = segment.hasGoodChecksum(from: SampleFrames.hostIP, to: SampleFrames.routerIP)
        #expect(isGood)
        for length in 0..<40 {
            let cut = Array(bytes.prefix(length))
            let isSegment = if TCPSegment(checking: cut.span.bytes) != nil { true } else { false }
            #expect(!isSegment)
        }
    }

    @Test func tcpOptions() throws {
        let all = try #require(Self.options(SampleFrames.synOptions))
        #expect(!all.isMalformed)
        #expect(
            all.options == [
                .maximumSegmentSize(1460), .sackPermitted, .timestamps(value: 1, echo: 2), .noOperation, .windowScale(7),
            ])
        let sack = try #require(Self.options([1, 1, 5, 10, 0, 0, 0, 1, 0, 0, 0, 5]))
        #expect(sack.options == [.noOperation, .noOperation, .sack([.init(left: 1, right: 5)])])
        // Of a length that the kind does not have: as any other.
        let odd = try #require(Self.options([2, 3, 9, 30, 4, 1, 2]))
        #expect(odd.options == [.other(kind: 2, [9]), .other(kind: 30, [1, 2]), .endOfList])
    }

    @Test(arguments: [[2, 0, 1, 1], [2, 1, 1, 1], [1, 1, 1, 2], [2, 5, 1, 1], [8, 255, 0, 0]] as [[UInt8]])
    func tcpOptionsThatCannotBe(bytes: [UInt8]) throws { #expect(try #require(Self.options(bytes)).isMalformed) }

    @Test func neighborDiscovery() {
        let advertisement = Array(SampleFrames.routerAdvertisement[54...])
        guard let router = ICMPv6Message(checking: advertisement.span.bytes) else {
            Issue.record("no message")
            return
        }
        let numbers = [UInt32(router.hopLimit), UInt32(router.routerLifetime), router.reachableTime, router.retransmissionTime]
        #expect(numbers == [64, 1800, 30000, 1000])
        let flags = [router.isManaged, router.hasOtherConfiguration, router.hasGoodChecksum(from: SampleFrames.hostIPv6, to: .allNodes)]
        #expect(flags == [false, true, true])
        var walker = router.options
        var options: [NeighborOption] = []
        while let option = walker.next() { options.append(option) }
        let isMalformed = walker.isMalformed
        #expect(!isMalformed && options.count == 3)
        guard case .prefix(let prefix)? = options.first else {
            Issue.record("\(options)")
            return
        }
        #expect("\(prefix.address)/\(prefix.length)" == "fec0::/64" && prefix.isOnLink && prefix.isAutonomous)
        #expect(prefix.validLifetime == 3600 && prefix.preferredLifetime == 1800)
        #expect(options[1] == .mtu(1500) && options[2] == .dnsServers([IPv6Address("fec0::3")!], lifetime: 60))
        let answer = Array(SampleFrames.advertisement[54...])
        let neighbor = ICMPv6Message(unchecked: answer.span.bytes)
        let (target, answers) = (neighbor.target, [neighbor.isRouter, neighbor.isSolicited, neighbor.overrides])
        #expect(target == SampleFrames.hostIPv6 && answers == [false, true, true])
    }

    /// RFC 4861, 4.6: a length of zero, and one beyond the message.
    @Test(arguments: [[1, 0, 0, 0, 0, 0, 0, 0], [1, 2, 0, 0, 0, 0, 0, 0], [1, 1, 0]] as [[UInt8]])
    func neighborOptionsThatCannotBe(bytes: [UInt8]) {
        let message = [133, 0, 0, 0, 0, 0, 0, 0] + bytes
        var walker = ICMPv6Message(unchecked: message.span.bytes).options
        let (option, isMalformed) = (walker.next(), walker.isMalformed)
        #expect(option == nil && isMalformed)
    }

    @Test func icmpv6ThatIsTooShortForItsKind() {
        for (kind, least) in [(128, 8), (134, 16), (135, 24), (136, 24), (137, 40), (1, 8)] as [(UInt8, Int)] {
            for length in 0...48 {
                let bytes = Array(([kind] + [UInt8](repeating: 0, count: 47)).prefix(length))
                let isMessage = if ICMPv6Message(checking: bytes.span.bytes) != nil { true } else { false }
                #expect(isMessage == (length >= least))
            }
        }
    }
}
