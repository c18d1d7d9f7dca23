import Frames
import TestSupport
import Testing

/// The views against bytes written by hand. A view cannot go into a test macro, so its fields are read first.
@Suite struct HeaderViewTests {
    static let ping: [UInt8] = [
        0x45, 0, 0, 30, 0x12, 0x34, 0x40, 0, 64, 1, 0x10, 0x9b, 10, 0, 2, 15, 10, 0, 2, 2, 8, 0, 0xe4, 0xc9, 0x12, 0x34, 0, 1, 1, 1,
    ]

    @Test func ipv4() throws {
        let bytes = Self.ping + [0, 0, 0]
        guard let packet = IPv4Packet(checking: bytes.span.bytes) else {
            Issue.record("no packet")
            return
        }
        let lengths = [packet.headerLength, packet.totalLength, packet.payloadLength, packet.bytes.byteCount, packet.payload.byteCount]
        #expect(lengths == [20, 30, 10, 30, 10])
        let (type, ttl, identification) = (packet.type, packet.timeToLive, packet.identification)
        #expect(type == .icmp && ttl == 64 && identification == 0x1234)
        let addresses = "\(packet.source) \(packet.destination)"
        #expect(addresses == "10.0.2.15 10.0.2.2")
        let flags = [packet.dontFragment, packet.moreFragments, packet.isFragment, packet.isWhole, packet.hasGoodChecksum]
        #expect(flags == [true, false, false, true, true])
        let again = IPv4Packet(unchecked: bytes.span.bytes).totalLength
        #expect(again == 30)
        guard let echo = ICMPMessage(checking: packet.payload) else {
            Issue.record("no message")
            return
        }
        let (kind, numbers, isGood) = (echo.kind, [echo.identifier, echo.sequenceNumber], echo.hasGoodChecksum)
        #expect(kind == .echoRequest && numbers == [0x1234, 1] && isGood)
    }

    private func isIPv4(_ bytes: [UInt8]) -> Bool { if IPv4Packet(checking: bytes.span.bytes) != nil { true } else { false } }
    private func fault(_ bytes: [UInt8]) -> HeaderFault? {
        do throws(HeaderFault) {
            _ = try IPv4Packet(header: bytes.span.bytes).totalLength
            return nil
        } catch {
            return error
        }
    }

    @Test func ipv4ThatCannotBe() {
        for length in 0..<Self.ping.count {
            let cut = Array(Self.ping.prefix(length))
            #expect(!isIPv4(cut))
            // The header is enough for a capture.
            #expect(fault(cut) == (length < 20 ? .cut : nil))
        }
        for (place, value, what) in [(0, 0x65, "version 6"), (0, 0x44, "header length 16"), (3, 19, "total length 19")] as [(Int, UInt8, String)] {
            var bytes = Self.ping
            bytes[place] = value
            #expect(!isIPv4(bytes))
            #expect(fault(bytes) == .bad(what))
        }
        // Options that are cut.
        #expect(fault([0x46] + Self.ping[1..<22]) == .cut)
    }

    @Test func buildersMakeWhatViewsRead() throws {
        #expect(IPv4Packet.bytes(
            from: SampleFrames.hostIP, to: SampleFrames.routerIP, carrying: .icmp, identification: 0x1234,
            payload: ICMPMessage.echoRequest(identifier: 0x1234, sequenceNumber: 1, payload: [1, 1])) == Self.ping)
        let packet = UDPDatagram.packet(from: (SampleFrames.hostIP, 1000), to: (SampleFrames.routerIP, 7), payload: [9, 8, 7])
        let span = packet.span.bytes
        guard let ip = IPv4Packet(checking: span), let udp = UDPDatagram(checking: ip.payload) else {
            Issue.record("no datagram")
            return
        }
        let (ports, lengths) = ([udp.sourcePort, udp.destinationPort], [udp.length, udp.payloadLength, udp.payload.byteCount])
        #expect(ports == [1000, 7] && lengths == [11, 3, 3])
        let isGood = udp.hasGoodChecksum(from: SampleFrames.hostIP, to: SampleFrames.routerIP)
        let isBad = udp.hasGoodChecksum(from: SampleFrames.routerIP, to: SampleFrames.routerIP)
        #expect(isGood && !isBad)
    }

    @Test func udpLengths() {
        let good: [UInt8] = [0, 1, 0, 2, 0, 10, 0, 0, 5, 5]
        for (change, isDatagram) in [(10, true), (8, true), (7, false), (11, false)] as [(UInt8, Bool)] {
            var bytes = good
            bytes[5] = change
            let found = if UDPDatagram(checking: bytes.span.bytes) != nil { true } else { false }
            #expect(found == isDatagram)
        }
        // A checksum that comes out as zero is sent as its other form.
        let packet = UDPDatagram.packet(from: (IPv4Address.any, 0), to: (.any, 0), payload: [0xff, 0xda])
        #expect(packet[26...27] == [0xff, 0xff])
    }

    @Test func ipv6ExtensionHeaders() throws {
        let udp: [UInt8] = [0, 1, 0, 2, 0, 9, 0, 0, 5]
        let chain: [UInt8] =
            [43, 0, 1, 4, 0, 0, 0, 0] + [51, 0, 0, 0, 0, 0, 0, 0] + [60, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
            + [44, 1] + [UInt8](repeating: 0, count: 14) + [17, 0, 0, 1, 0, 0, 0, 9] + udp
        let packet = IPv6Packet.bytes(from: .loopback, to: .allNodes, carrying: .hopByHopOptions, hopLimit: 7, payload: chain)
        guard let view = IPv6Packet(checking: packet.span.bytes) else {
            Issue.record("no packet")
            return
        }
        let upper = try view.upperLayer()
        #expect(upper.type == .udp && upper.start == 40 + chain.count - udp.count)
        #expect(upper.extensions.map(\.type) == [.hopByHopOptions, .routing, .authentication, .destinationOptions, .fragment])
        #expect(upper.extensions.map(\.range.count) == [8, 8, 12, 16, 8])
        #expect(upper.fragment?.isAtomic == false && upper.fragment?.identification == 9 && upper.fragment?.moreFragments == true)
        let fields = "\(view.source) \(view.destination) \(view.hopLimit) \(view.payloadLength) \(view.flowLabel) \(view.trafficClass)"
        #expect(fields == "::1 ff02::1 7 \(chain.count) 0 0")
        for length in 0..<packet.count {
            let cut = Array(packet.prefix(length))
            let isPacket = if IPv6Packet(checking: cut.span.bytes) != nil { true } else { false }
            #expect(!isPacket)
            var isCut = false
            do throws(HeaderFault) { _ = try IPv6Packet(header: cut.span.bytes).upperLayer() } catch { isCut = error == .cut }
            #expect(isCut == (length < upper.start))
        }
    }

    @Test func aLaterFragmentHasNoUpperHeader() throws {
        let packet = IPv6Packet.bytes(
            from: .loopback, to: .loopback, carrying: .fragment, payload: [60, 0, 0, 9, 0, 0, 0, 1, 0xff, 0xff, 0xff])
        let upper = try IPv6Packet(unchecked: packet.span.bytes).upperLayer()
        #expect(upper.fragment?.offset == 8 && upper.fragment?.moreFragments == true && upper.fragment?.isAtomic == false)
        #expect(upper.type == .destinationOptions && upper.start == 48)
    }
}
