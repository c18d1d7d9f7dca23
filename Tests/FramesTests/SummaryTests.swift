import Frames
import TestSupport
import Testing

/// In the words of `tcpdump -e -n -S`, as they are in captures that people have published.
@Suite struct SummaryTests {
    private func line(_ frame: [UInt8]) -> String { String(FrameSummary.line(frame).split(separator: ": ", maxSplits: 1).last ?? "") }

    @Test func ipv6() {
        #expect(
            FrameSummary.line(SampleFrames.ping6)
                == "52:54:00:12:34:56 > 52:55:0a:00:02:02, ethertype IPv6 (0x86dd), length 65: "
                + "fe80::5054:ff:fe12:3456 > fe80::2: ICMP6, echo request, id 5, seq 6, length 11")
        #expect(
            line(SampleFrames.solicitation)
                == "fe80::5054:ff:fe12:3456 > ff02::1:ff00:2: ICMP6, neighbor solicitation, who has fe80::2, length 32")
        #expect(
            line(SampleFrames.advertisement)
                == "fe80::5054:ff:fe12:3456 > fe80::2: ICMP6, neighbor advertisement, tgt is fe80::5054:ff:fe12:3456, length 32")
        #expect(line(SampleFrames.routerSolicitation) == "fe80::5054:ff:fe12:3456 > ff02::2: ICMP6, router solicitation, length 16")
        #expect(line(SampleFrames.routerAdvertisement) == "fe80::5054:ff:fe12:3456 > ff02::1: ICMP6, router advertisement, length 80")
    }

    @Test func ipv6Extensions() {
        func line(_ type: IPProtocol, _ payload: [UInt8]) -> String {
            self.line(SampleFrames.ipv6(IPv6Packet.bytes(from: .loopback, to: .loopback, carrying: type, payload: payload)))
        }
        let udp: [UInt8] = [0, 7, 0, 8, 0, 9, 0, 0, 1]
        #expect(line(.udp, udp) == "::1.7 > ::1.8: UDP, length 1")
        #expect(line(.hopByHopOptions, [17, 0, 1, 4, 0, 0, 0, 0] + udp) == "::1 > ::1: HBH 7 > 8: UDP, length 1")
        #expect(line(.fragment, [17, 0, 0, 1, 0, 0, 0, 1] + udp) == "::1 > ::1: frag (0|9) 7 > 8: UDP, length 1")
        #expect(line(.fragment, [17, 0, 0, 8, 0, 0, 0, 1] + udp) == "::1 > ::1: frag (8|9)")
        #expect(line(.noNextHeader, []) == "::1 > ::1: no next header, length 0")
        #expect(line(.hopByHopOptions, [17, 9, 0, 0]) == "::1 > ::1: [|ip6 extension headers]")
        #expect(line(.esp, [1, 2]) == "::1 > ::1: protocol 50, length 2")
        #expect(self.line(Array(SampleFrames.ping6.prefix(53))) == "[|ip6]")
        #expect(self.line(Array(SampleFrames.ping6.prefix(60))).hasSuffix("[|icmp6], length 11"))
    }

    @Test func icmpErrors() {
        #expect(line(SampleFrames.unreachable) == "10.0.2.2 > 10.0.2.15: ICMP 10.0.2.2 udp port 7 unreachable, length 36")
        func icmp(_ type: UInt8, _ code: UInt8, _ rest: [UInt8] = [0, 0, 0, 0]) -> String {
            let about = IPv4Packet.bytes(from: SampleFrames.hostIP, to: SampleFrames.routerIP, carrying: .tcp, payload: [0, 1, 0, 22])
            let message = [type, code, 0, 0] + rest + about
            let line = line(
                SampleFrames.ipv4(IPv4Packet.bytes(from: SampleFrames.routerIP, to: SampleFrames.hostIP, carrying: .icmp, payload: message)))
            return String(line.split(separator: ": ", maxSplits: 1).last ?? "")
        }
        #expect(icmp(3, 0) == "ICMP net 10.0.2.2 unreachable, length 32")
        #expect(icmp(3, 1) == "ICMP host 10.0.2.2 unreachable, length 32")
        #expect(icmp(3, 2) == "ICMP 10.0.2.2 protocol 6 unreachable, length 32")
        #expect(icmp(3, 3) == "ICMP 10.0.2.2 tcp port 22 unreachable, length 32")
        #expect(icmp(3, 4, [0, 0, 5, 0xdc]) == "ICMP 10.0.2.2 unreachable - need to frag (mtu 1500), length 32")
        #expect(icmp(5, 1, [10, 0, 2, 3]) == "ICMP redirect 10.0.2.2 to 10.0.2.3, length 32")
        #expect(icmp(11, 0) == "ICMP time exceeded in-transit, length 32")
        #expect(icmp(42, 1) == "ICMP type 42, code 1, length 32")
        let about = UDPDatagram.packet(from: (IPv6Address.loopback, 1), to: (.allNodes, 547), payload: [])
        let message = ICMPv6Message.bytes(
            .destinationUnreachable, code: 4, from: .loopback, to: .loopback, fields: [0, 0, 0, 0], payload: about)
        #expect(
            line(SampleFrames.ipv6(IPv6Packet.bytes(from: .loopback, to: .loopback, carrying: .icmpv6, payload: message)))
                == "::1 > ::1: ICMP6, destination unreachable, unreachable port, ff02::1 udp port 547, length 56")
    }

    @Test func tcp() {
        let start = "10.0.2.15.49152 > 10.0.2.2.80: "
        #expect(
            line(SampleFrames.tcp(.syn, options: SampleFrames.synOptions))
                == start + "Flags [S], seq 100, win 65535, options [mss 1460,sackOK,TS val 1 ecr 2,nop,wscale 7], length 0")
        #expect(
            line(SampleFrames.tcp([.ack, .psh, .urg], payload: [1, 2, 3]))
                == start + "Flags [P.U], seq 100:103, ack 7, win 65535, urg 9, length 3")
        #expect(
            line(SampleFrames.tcp(.ack, options: [1, 1, 5, 18, 0, 0, 0, 1, 0, 0, 0, 5, 0, 0, 0, 7, 0, 0, 0, 9]))
                == start + "Flags [.], ack 7, win 65535, options [nop,nop,sack 2 {1:5}{7:9}], length 0")
        #expect(line(SampleFrames.tcp(.rst, options: [30, 4, 1, 2])).contains("options [opt-30:0102], length 0"))
        #expect(line(SampleFrames.tcp(.rst, options: [2, 9, 1, 2])).contains("options [bad opt], length 0"))
        #expect(line(Array(SampleFrames.tcp(.syn, options: SampleFrames.synOptions).prefix(60))).contains("options [|tcp], length 0"))
    }

    @Test func dhcp() {
        #expect(
            line(SampleFrames.dhcpDiscover)
                == "0.0.0.0.68 > 255.255.255.255.67: BOOTP/DHCP, Request from 52:54:00:12:34:56, length 300: Discover")
        #expect(line(SampleFrames.dhcpOffer) == "10.0.2.2.67 > 10.0.2.15.68: BOOTP/DHCP, Reply, length 300: Offer 10.0.2.15 server 10.0.2.2")
        #expect(line(SampleFrames.udp([1, 2], from: 68, to: 67)).hasSuffix("BOOTP/DHCP, [|bootp], length 2"))
        #expect(line(SampleFrames.udp([UInt8](repeating: 1, count: 240), from: 68, to: 67)).hasSuffix(": BOOTP, length 240"))
    }

    @Test func dns() throws {
        #expect(line(SampleFrames.dnsQuery) == "10.0.2.15.40000 > 10.0.2.2.53: 4660+ A? www.example.com. (33)")
        #expect(line(SampleFrames.dnsAnswer) == "10.0.2.2.53 > 10.0.2.15.40000: 4660 2/0/0 CNAME b.example.com., A 192.0.2.1 (65)")
        var message = DNSMessageBuilder(identifier: 9)
        (message.isResponse, message.responseCode, message.isAuthoritative, message.isTruncated) = (true, .nameError, true, true)
        message.add(DNSQuestion(name: SampleFrames.name, type: .a))
        #expect(line(SampleFrames.udp(message.bytes, from: 53, to: 9)).hasSuffix(": 9 NXDomain*-| 0/0/0 (33)"))
        let text = try #require(DNSName("\\027[31m.x"))
        message = DNSMessageBuilder(identifier: 9)
        message.isResponse = true
        for _ in 0..<9 { message.add(DNSRecord(name: text, type: .txt, timeToLive: 0, data: .txt([[27, 34]]))) }
        let line = line(SampleFrames.udp(message.bytes, from: 53, to: 9))
        #expect(line.contains("9- [0q] 9/0/0 TXT \"\\x1b\\x22\", TXT") && line.contains(", … ("))
        #expect(line.utf8.allSatisfy { $0 != 27 })
        #expect(self.line(SampleFrames.udp([1, 2], from: 1, to: 53)).hasSuffix("[|domain]"))
        let cut = SampleFrames.udp(Array(SampleFrames.dnsAnswerMessage.prefix(60)), from: 53, to: 1)
        #expect(self.line(cut).contains("CNAME b.example.com. [|domain]"))
    }
}
