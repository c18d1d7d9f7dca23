import Frames

extension Target {
    /// The frame input of a whole host: a simulated card, the driver, lwIP, SwiftNIO's channels, and a web server, echo and a UDP port
    /// behind them.
    ///
    /// A script of frames: what kind each is, and its bytes. Checksums are made right most of the time, and segments of TCP are
    /// numbered from where the connection really is: chance would never find that.
    static let stack = Target(name: "stack", seeds: StackScript.seeds, check: StackScript.check) { bytes in
        let host = VictimHost.running()
        host.begin()
        var script = Script(bytes)
        var peer = StackScript()
        for _ in 0..<48 where !script.isOver {
            host.put(peer.frame(&script, to: host.macAddress))
            for frame in host.answers() { peer.note(frame) }
        }
        host.finish()
    }
}

/// The other end of the cable.
struct StackScript {
    static let mac = MACAddress(rawValue: 0x0200_0000_0066)
    static let address = IPv4Address("10.77.0.1")!
    static let addressV6 = IPv6Address("fe80::66")!

    /// Where a connection from one of our eight ports is, four of IPv4 and four of IPv6: what we send next, and what the host is to be
    /// told that it sent.
    private struct Connection {
        var next: UInt32 = 1000
        var acknowledged: UInt32 = 0
        var port: UInt16 = 7
    }

    private var connections = [Connection](repeating: Connection(), count: 8)

    private static func sourcePort(_ number: Int) -> UInt16 { 40_000 + UInt16(number) }

    /// What the host sent: a connection's numbers.
    mutating func note(_ frame: [UInt8]) {
        let bytes = frame.span.bytes
        guard let ethernet = EthernetFrame(checking: bytes) else { return }
        let payload = bytes.extracting(ethernet.payload)
        if ethernet.type == .ipv4, let packet = IPv4Packet(checking: payload), packet.type == .tcp { note(segment: packet.payload) }
        if ethernet.type == .ipv6, let packet = IPv6Packet(checking: payload), packet.nextHeader == .tcp { note(segment: packet.payload) }
    }

    private mutating func note(segment bytes: RawSpan) {
        guard let segment = TCPSegment(checking: bytes), segment.destinationPort & ~7 == 40_000 else { return }
        let number = Int(segment.destinationPort & 7)
        let flags = segment.flags
        let numbers: UInt32 = (flags.contains(TCPSegment.Flags.syn) ? 1 : 0) + (flags.contains(TCPSegment.Flags.fin) ? 1 : 0)
        let length = UInt32(segment.payload.byteCount) + numbers
        connections[number].acknowledged = segment.sequenceNumber &+ length
        if segment.flags.contains(TCPSegment.Flags.ack) { connections[number].next = segment.acknowledgementNumber }
    }

    mutating func frame(_ script: inout Script, to mac: MACAddress) -> [UInt8] {
        let kind = script.byte()
        let wrong = kind >= 0xf0
        switch kind & 0xf {
        case 0, 1, 2, 3:
            let bytes = segment(Int(kind & 3), &script)
            let start = InternetChecksum(from: Self.address, to: VictimHost.address, carrying: .tcp, length: bytes.count)
            return ipv4(.tcp, checked(bytes, at: 16, start, wrong), mac, wrong)
        case 4: return ipv4(.udp, datagram(&script, wrong), mac, wrong)
        case 5: return ipv4(.icmp, checked(script.piece(), at: 2, InternetChecksum(), wrong), mac, wrong)
        case 6: return ipv4(IPProtocol(rawValue: script.byte()), script.piece(), mac, wrong)
        case 7:
            // Fragments, options, and everything else of IPv4's header.
            let header = script.bytes(12)
            var packet = Array(IPv4Packet.bytes(from: Self.address, to: VictimHost.address, carrying: .udp, payload: script.piece()))
            for (place, byte) in header.enumerated() where place != 2 && place != 3 { packet[place] ^= byte }
            (packet[10], packet[11]) = (0, 0)
            let headerLength = min(packet.count, max(20, Int(packet[0] & 0xf) * 4))
            let sum = InternetChecksum.of(Array(packet[..<headerLength]))
            (packet[10], packet[11]) = (UInt8(sum >> 8), UInt8(sum & 0xff))
            return EthernetFrame.bytes(to: mac, from: Self.mac, type: .ipv4, payload: packet)
        case 8:
            let to = kind & 0x10 != 0 ? IPv6Address.allNodes : VictimHost.addressV6
            return ipv6(.icmpv6, script.piece(), to, mac, wrong)
        case 9: return ipv6(IPProtocol(rawValue: script.byte()), script.piece(), VictimHost.addressV6, mac, wrong)
        case 10: return EthernetFrame.bytes(to: mac, from: Self.mac, type: .arp, payload: script.piece())
        case 11: return Array(ARPPacket.announcement(of: Self.address, at: Self.mac).frame)
        case 12: return EthernetFrame.bytes(to: .broadcast, from: Self.mac, type: .ipv6, payload: script.piece())
        case 13: return ipv6(.tcp, segment(4 + Int(kind >> 4 & 3), &script), VictimHost.addressV6, mac, wrong)
        default: return mac.bytes + script.piece()
        }
    }

    /// A segment that fits the connection, but for what the script has changed of it.
    private mutating func segment(_ number: Int, _ script: inout Script) -> [UInt8] {
        let flags = script.byte()
        let skew = script.byte()
        let payload = script.piece()
        var options: [UInt8] = []
        if flags & 0x40 != 0 { options = Array(payload.prefix(Int(skew & 0xf) * 4)) }
        while options.count % 4 != 0 { options.append(0) }
        if flags & 0x02 != 0 { connections[number].port = skew & 1 == 0 ? 7 : 80 }
        let connection = connections[number]
        // Mostly at its place; else a little before or behind it, or far away.
        let shift: Int32 = skew < 0xc0 ? 0 : skew < 0xf0 ? Int32(skew & 0x1f) - 16 : Int32(skew & 0xf) << 24
        let sequence = flags & 0x02 != 0 ? 1000 : connection.next &+ UInt32(bitPattern: shift)
        let acknowledged = flags & 0x80 != 0 ? connection.acknowledged &- UInt32(skew) : connection.acknowledged
        var bytes = big(Self.sourcePort(number)) + big(connection.port) + big(sequence) + big(acknowledged)
        bytes += [UInt8(5 + options.count / 4) << 4, flags & 0x3f] + big(UInt16(skew) << 8 | 0xff) + [0, 0] + big(UInt16(skew)) + options + payload
        if shift == 0, flags & 0x02 == 0 { connections[number].next &+= UInt32(payload.count) + (flags & 1 == 0 ? 0 : 1) }
        return bytes
    }

    private func datagram(_ script: inout Script, _ wrong: Bool) -> [UInt8] {
        let port = UInt16([7, 7, 9, 68, 80, 546][Int(script.byte()) % 6])
        let payload = script.piece()
        let bytes = big(Self.sourcePort(0)) + big(port) + big(UInt16(truncatingIfNeeded: 8 + payload.count)) + [0, 0] + payload
        return checked(bytes, at: 6, InternetChecksum(from: Self.address, to: VictimHost.address, carrying: .udp, length: bytes.count), wrong)
    }

    /// With the checksum at a place, if there is room for it.
    private func checked(_ bytes: [UInt8], at place: Int, _ start: InternetChecksum, _ wrong: Bool) -> [UInt8] {
        guard !wrong, bytes.count >= place + 2 else { return bytes }
        var (bytes, sum) = (bytes, start)
        (bytes[place], bytes[place + 1]) = (0, 0)
        sum.add(bytes)
        (bytes[place], bytes[place + 1]) = (UInt8(sum.value >> 8), UInt8(sum.value & 0xff))
        return bytes
    }

    private func ipv4(_ type: IPProtocol, _ payload: [UInt8], _ mac: MACAddress, _ wrong: Bool) -> [UInt8] {
        var packet = IPv4Packet.bytes(from: Self.address, to: VictimHost.address, carrying: type, payload: payload)
        if wrong { packet[payload.count % 20] ^= 0xff }
        return EthernetFrame.bytes(to: mac, from: Self.mac, type: .ipv4, payload: packet)
    }

    /// Where the checksum of what IPv6 carries is.
    private static let checksums: [IPProtocol: Int] = [.tcp: 16, .udp: 6, .icmpv6: 2]

    private func ipv6(_ type: IPProtocol, _ payload: [UInt8], _ to: IPv6Address, _ mac: MACAddress, _ wrong: Bool) -> [UInt8] {
        let start = InternetChecksum(from: Self.addressV6, to: to, carrying: type, length: payload.count)
        let payload = checked(payload, at: Self.checksums[type] ?? payload.count, start, wrong)
        let packet = IPv6Packet.bytes(from: Self.addressV6, to: to, carrying: type, hopLimit: 255, payload: payload)
        return EthernetFrame.bytes(to: mac, from: Self.mac, type: .ipv6, payload: packet)
    }

    private func big<T: FixedWidthInteger>(_ value: T) -> [UInt8] { withUnsafeBytes(of: value.bigEndian) { Array($0) } }

    // MARK: Seeds

    private static func zeros(_ count: Int) -> [UInt8] { [UInt8](repeating: 0, count: count) }

    private static let echoRequestV6: [UInt8] = [8] + Script.piece([128, 0, 0, 0, 0, 1, 0, 1, 1, 2, 3, 4])

    /// What is meant to reach the stack does: an echo request over IPv6 is answered, and a connection taken.
    static func check() {
        let host = VictimHost.running()
        host.begin()
        func answers(_ bytes: [UInt8], _ carries: IPProtocol, _ isAnswer: (RawSpan) -> Bool) -> Bool {
            var (script, peer) = (Script(bytes), StackScript())
            host.put(peer.frame(&script, to: host.macAddress))
            return host.answers().contains { frame in
                let bytes = frame.span.bytes
                guard let ethernet = EthernetFrame(checking: bytes), ethernet.type == .ipv6,
                    let packet = IPv6Packet(checking: bytes.extracting(ethernet.payload)), packet.nextHeader == carries
                else { return false }
                return isAnswer(packet.payload)
            }
        }
        require(answers(echoRequestV6, .icmpv6) { ICMPv6Message(checking: $0)?.kind == .echoReply }, "an echo request over IPv6 is not answered")
        let isTaken = answers([13, TCPSegment.Flags.syn.rawValue, 0], .tcp) { TCPSegment(checking: $0)?.flags == [.syn, .ack] }
        require(isTaken, "a connection over IPv6 is not taken")
        host.finish()
    }

    static func seeds() -> [[UInt8]] {
        func tcp(_ flags: TCPSegment.Flags, _ text: String = "", port: UInt8 = 0, kind: UInt8 = 0) -> [UInt8] {
            [kind, flags.rawValue, port] + Script.piece(Array(text.utf8))
        }
        let ack = tcp(.ack)
        let v6: UInt8 = 13
        let get = "GET /a.txt HTTP/1.1\r\nHost: a\r\n\r\n"
        return [
            tcp(.syn) + ack + tcp([.ack, .psh], "hello") + ack + tcp([.ack, .fin]) + ack,
            tcp(.syn, port: 1) + ack + tcp([.ack, .psh], get) + ack + ack + tcp([.ack, .fin]) + ack,
            tcp(.syn) + ack + tcp([.ack, .psh], "hello") + tcp(.rst),
            [4, 0] + Script.piece(Array("datagram".utf8)) + [4, 2] + Script.piece([1, 2, 3]),
            [5] + Script.piece([8, 0, 0, 0, 0, 1, 0, 1, 1, 2, 3, 4]),
            [7] + [UInt8](repeating: 0, count: 12) + Script.piece([0, 1, 0, 7, 0, 9, 0, 0, 1]),
            [7, 0, 0, 0, 0, 0, 0, 0x20, 0, 0, 0, 0, 0] + Script.piece([UInt8](repeating: 1, count: 64)),
            echoRequestV6,
            [8] + Script.piece([135, 0, 0, 0, 0, 0, 0, 0] + VictimHost.addressV6.bytes + [1, 1] + mac.bytes),
            [8] + Script.piece([136, 0, 0, 0, 0x60, 0, 0, 0] + addressV6.bytes + [2, 1] + mac.bytes),
            // To all nodes: a router with a network, and who is in a group (RFC 4861, 4.2 and 4.6.2; RFC 2710, 3).
            [0x18] + Script.piece(
                [134, 0, 0, 0, 64, 0, 0, 60] + zeros(8) + [1, 1] + mac.bytes + [5, 1, 0, 0, 0, 0, 5, 0]
                    + [3, 4, 64, 0xc0, 0, 0, 0, 60, 0, 0, 0, 60] + zeros(4) + [0xfd, 0x78] + zeros(14)),
            [0x18] + Script.piece([130, 0, 0, 0] + zeros(20)),
            tcp(.syn, kind: v6) + tcp(.ack, kind: v6) + tcp([.ack, .psh], "hello", kind: v6) + tcp([.ack, .fin], kind: v6),
            [9, 17] + Script.piece([0x9c, 0x40, 0, 7, 0, 12, 0, 0] + Array("echo".utf8)),
            [9, 0] + Script.piece([17, 0, 1, 4, 0, 0, 0, 0, 0, 1, 0, 7, 0, 9, 0, 0, 1]),
            [10] + Script.piece(ARPPacket.request(for: VictimHost.address, from: mac, ip: address).bytes),
        ]
    }
}
