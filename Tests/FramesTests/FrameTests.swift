import Frames
import Testing

@Suite struct FrameTests {
    let source = MACAddress(rawValue: 0x5254_0012_3456)
    let other = MACAddress(rawValue: 0x5254_0012_3457)

    @Test func untaggedAndTagged() throws {
        let bytes = EthernetFrame.bytes(to: .broadcast, from: source, type: .localExperimental, payload: [1, 2, 3])
        #expect(bytes == [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x52, 0x54, 0, 0x12, 0x34, 0x56, 0x88, 0xb5, 1, 2, 3])
        let frame = try #require(EthernetFrame(checking: bytes))
        #expect(frame.destination == .broadcast && frame.source == source)
        #expect(frame.type == .localExperimental && frame.tag == nil)
        #expect(Array(bytes[frame.payload]) == [1, 2, 3])

        let tag = EthernetFrame.Tag(identifier: 5, priority: 3)
        let taggedBytes = EthernetFrame.bytes(to: other, from: source, tag: tag, type: .arp, payload: [9])
        let tagged = try #require(EthernetFrame(checking: taggedBytes))
        #expect(tagged.tag?.identifier == 5 && tagged.tag?.priority == 3 && tagged.tag?.isDropEligible == false)
        #expect(tagged.type == .arp && Array(taggedBytes[tagged.payload]) == [9])
        for length in 0..<14 { #expect(EthernetFrame(checking: Array(bytes.prefix(length))) == nil) }
        for length in 14..<18 { #expect(EthernetFrame(checking: Array(taggedBytes.prefix(length))) == nil) }
    }

    @Test func arpOnTheWire() throws {
        let address = try #require(IPv4Address("10.0.2.15"))
        let announcement = ARPPacket.announcement(of: address, at: source)
        #expect(
            announcement.frame == [
                0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x52, 0x54, 0, 0x12, 0x34, 0x56, 8, 6,
                0, 1, 8, 0, 6, 4, 0, 1, 0x52, 0x54, 0, 0x12, 0x34, 0x56, 10, 0, 2, 15, 0, 0, 0, 0, 0, 0, 10, 0, 2, 15,
            ])
        #expect(ARPPacket(frame: announcement.frame + [UInt8](repeating: 0, count: 18)) == announcement)
    }

    @Test func arpReplies() throws {
        let mine = try #require(IPv4Address("10.0.2.15"))
        let theirs = try #require(IPv4Address("10.0.2.2"))
        let request = ARPPacket.request(for: mine, from: other, ip: theirs)
        let reply = try #require(request.reply(for: mine, at: source))
        #expect(reply == ARPPacket(operation: .reply, senderMAC: source, senderIP: mine, targetMAC: other, targetIP: theirs))
        #expect(EthernetFrame(checking: reply.frame)?.destination == other)
        // A probe (RFC 5227, 2.1.1) is a question too.
        #expect(ARPPacket.request(for: mine, from: other, ip: .any).reply(for: mine, at: source) != nil)
        // Not for us; not a request; our own; someone else's announcement of our address.
        #expect(request.reply(for: theirs, at: source) == nil)
        #expect(reply.reply(for: theirs, at: source) == nil)
        #expect(ARPPacket.request(for: mine, from: source, ip: theirs).reply(for: mine, at: source) == nil)
        #expect(ARPPacket.announcement(of: mine, at: other).reply(for: mine, at: source) == nil)
    }

    @Test func arpThatIsNotForIPv4OverEthernet() {
        let bytes = ARPPacket.announcement(of: .broadcast, at: source).bytes
        for (place, value) in [(1, 6), (2, 0x86), (4, 8), (5, 16), (7, 3)] as [(Int, UInt8)] {
            var changed = bytes
            changed[place] = value
            #expect(ARPPacket(checking: changed) == nil)
        }
        for length in 0..<bytes.count { #expect(ARPPacket(checking: Array(bytes.prefix(length))) == nil) }
    }

    @Test func summaries() throws {
        let address = try #require(IPv4Address("10.0.2.15"))
        #expect(
            FrameSummary.line(ARPPacket.announcement(of: address, at: source).frame)
                == "52:54:00:12:34:56 > ff:ff:ff:ff:ff:ff, ethertype ARP (0x0806), length 42: Announcement 10.0.2.15, length 28")
        let ping = try HexText.bytes(
            """
            5255 0a00 0202 5254 0012 3456 0800 4500 0054 0000 4000 4001 2290 0a00 020f 0a00 0202
            0800 0000 1234 0001
            """)
        #expect(
            FrameSummary.line(ping + [UInt8](repeating: 0, count: 56))
                == "52:54:00:12:34:56 > 52:55:0a:00:02:02, ethertype IPv4 (0x0800), length 98: "
                + "10.0.2.15 > 10.0.2.2: ICMP echo request, id 4660, seq 1, length 64")
        let syn = try HexText.bytes(
            """
            5255 0a00 0202 5254 0012 3456 0800 4500 0028 0000 4000 4006 0000 0a00 020f 0a00 0202
            c000 0050 0000 0064 0000 0000 5002 ffff 0000 0000
            """)
        #expect(FrameSummary.line(syn).hasSuffix(": 10.0.2.15.49152 > 10.0.2.2.80: Flags [S], seq 100, win 65535, length 0"))
        let tag = EthernetFrame.Tag(identifier: 7, priority: 2)
        let tagged = EthernetFrame.bytes(
            to: .broadcast, from: source, tag: tag, type: .localExperimental, payload: [UInt8](repeating: 0, count: 46))
        #expect(
            FrameSummary.line(tagged)
                == "52:54:00:12:34:56 > ff:ff:ff:ff:ff:ff, ethertype 802.1Q (0x8100), length 64: vlan 7, p 2, ethertype Unknown (0x88b5)"
        )
        #expect(FrameSummary.line([1, 2, 3]) == "[|ether], length 3")
        #expect(FrameSummary.line(Array(ping.prefix(30)), originalLength: 98).hasSuffix("length 98: [|ip]"))
    }

    @Test func hexDumps() {
        #expect(HexDump.text([]) == "")
        #expect(
            HexDump.text(Array("Hello, Ringlight!".utf8) + [0, 0xff])
                == "\t0x0000:  4865 6c6c 6f2c 2052 696e 676c 6967 6874  Hello,.Ringlight\n"
                + "\t0x0010:  2100 ff                                  !..")
    }

    @Test func hexText() throws {
        let expected: [UInt8] = [0x02, 0x00, 0x5e, 0x10]
        for text in [
            "02005e10", "02 00 5E 10", "02:00:5e:10", "0x02 0x00 0x5e 0x10", "0x02005e10", " 02-00\n5e\t10 ", "0X0200 5e10",
        ] {
            #expect(try HexText.bytes(text) == expected)
        }
    }

    @Test(
        arguments: [
            ("", .empty), ("  : ", .empty), ("f", .oddDigits(position: 1)), ("0x", .oddDigits(position: 2)),
            ("ff f", .oddDigits(position: 4)),
            ("ff f ff", .oddDigits(position: 4)), ("fg", .notADigit("g", position: 2)), ("ff,ff", .notADigit(",", position: 3)),
            ("00 é0", .notADigit("é", position: 4)), ("000x00", .notADigit("x", position: 4)),
        ] as [(String, HexTextError)])
    func notHex(text: String, error: HexTextError) { #expect(throws: error) { try HexText.bytes(text) } }
}
