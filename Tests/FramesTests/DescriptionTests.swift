import Frames
import TestSupport
import Testing

@Suite struct DescriptionTests {
    private func text(_ frame: [UInt8]) -> String { FrameDescription.lines(frame).joined(separator: "\n") }

    @Test func aWholeFrame() {
        #expect(
            text(SampleFrames.tcp([.syn], options: [2, 4, 5, 0xb4], payload: [0xca, 0xfe])) == """
                Ethernet, 60 bytes
                  destination: 52:55:0a:00:02:02
                  source: 52:54:00:12:34:56
                  type: 0x0800 (IPv4)
                IPv4, 46 bytes
                  header length: 20
                  identification: 0
                  flags: do not fragment
                  time to live: 64
                  protocol: 6 (TCP)
                  checksum: 0x22ba (good)
                  source: 10.0.2.15
                  destination: 10.0.2.2
                TCP, 26 bytes
                  source port: 49152
                  destination port: 80
                  sequence number: 100
                  header length: 24
                  flags: SYN
                  window: 65535
                  checksum: 0xf450 (good)
                  option: maximum segment size 1460
                Data, 2 bytes
                  ca fe
                """)
    }

    @Test func arp() {
        let frame = ARPPacket.request(for: SampleFrames.routerIP, from: SampleFrames.host, ip: SampleFrames.hostIP).frame
        let tagged = Array(frame.prefix(12)) + [0x81, 0, 0x30, 5] + frame.suffix(from: 12) + [0, 0]
        #expect(
            text(tagged) == """
                Ethernet, 48 bytes
                  destination: ff:ff:ff:ff:ff:ff (broadcast)
                  source: 52:54:00:12:34:56
                  VLAN: 5, priority 1, drop eligible
                  type: 0x0806 (ARP)
                ARP, 28 bytes
                  operation: 1 (request)
                  sender: 52:54:00:12:34:56, 10.0.2.15
                  target: 00:00:00:00:00:00, 10.0.2.2
                Padding, 2 bytes
                """)
    }

    /// What each header must tell, among its other lines.
    @Test func everyHeaderIsNamed() {
        let expectations: [([UInt8], [String])] = [
            (SampleFrames.ping, ["ICMP, 13 bytes", "  type: 8 (echo request)", "  identifier: 4660", "  68 65 6c 6c 6f"]),
            (SampleFrames.ping6, ["IPv6, 51 bytes", "  hop limit: 64", "  type: 128 (echo request)", "  sequence number: 6"]),
            (SampleFrames.unreachable, ["  type: 3 (destination unreachable)", "  IPv4, 32 bytes", "  UDP, 12 bytes", "    destination port: 7"]),
            (SampleFrames.solicitation, ["  target: fe80::2", "  option: source link-layer address 52:54:00:12:34:56"]),
            (SampleFrames.advertisement, ["  flags: solicited, override"]),
            (
                SampleFrames.routerAdvertisement,
                [
                    "  router lifetime: 1800 s", "  option: prefix fec0::/64, on link, autonomous, valid 3600 s, preferred 1800 s",
                    "  option: MTU 1500", "  option: DNS servers fec0::3, for 60 s",
                ]
            ),
            (
                SampleFrames.dhcpDiscover,
                [
                    "DHCP, 300 bytes", "  transaction: 0x12345678", "  flags: broadcast", "  option 53 (message type): 1 (Discover)",
                    "  option 55 (parameter request list): 1, 3, 6", "  option 12 (host name): \"ring\"",
                ]
            ),
            (
                SampleFrames.dhcpOffer,
                ["  your address: 10.0.2.15", "  option 51 (lease time): 86400 s", "  option 26 (interface MTU): 1500 bytes"]
            ),
            (SampleFrames.dnsQuery, ["  kind: query", "  question: www.example.com. A"]),
            (
                SampleFrames.dnsAnswer,
                ["  kind: response, NoError", "  answer: www.example.com. 300 s CNAME b.example.com.", "  answer: b.example.com. 60 s A 192.0.2.1"]
            ),
        ]
        for (frame, expected) in expectations {
            let lines = FrameDescription.lines(frame)
            for line in expected { #expect(lines.contains(line), "\(line) is not in \(lines)") }
            #expect(!lines.contains { $0.contains("bad") || $0.contains("[") }, "\(lines)")
        }
    }

    @Test func damageIsSaid() {
        var frame = SampleFrames.ping
        frame[40] ^= 1
        #expect(text(frame).contains("(bad)"))
        #expect(FrameDescription.lines([1, 2, 3]) == ["Ethernet, 3 bytes", "  [the bytes end before the header does]"])
        let cut = FrameDescription.lines(Array(SampleFrames.tcp(.syn, payload: [1, 2, 3]).prefix(56)), originalLength: 57)
        #expect(cut.first == "Ethernet, 57 bytes, 56 of them captured")
        #expect(cut.contains { $0.hasSuffix("(not checked: the packet is not whole)") })
    }

    /// Errors about errors are not unfolded without end.
    @Test func quotesWithinQuotes() {
        var message: [UInt8] = [1, 2]
        for _ in 0..<20 {
            message = IPv4Packet.bytes(from: .any, to: .any, carrying: .icmp, payload: [3, 1, 0, 0, 0, 0, 0, 0] + message)
        }
        let lines = FrameDescription.lines(SampleFrames.ipv4(message))
        #expect(lines.filter { $0.contains("ICMP,") }.count == 2 && lines.count < 60)
    }
}
