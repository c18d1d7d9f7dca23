import Frames

/// Frames of every kind that the printers know, their checksums right.
package enum SampleFrames {
    package static let host = MACAddress(rawValue: 0x5254_0012_3456)
    package static let router = MACAddress(rawValue: 0x5255_0a00_0202)
    package static let hostIP = IPv4Address(rawValue: 0x0a00_020f)
    package static let routerIP = IPv4Address(rawValue: 0x0a00_0202)
    package static let hostIPv6 = IPv6Address("fe80::5054:ff:fe12:3456")!
    package static let routerIPv6 = IPv6Address("fe80::2")!

    package static func ipv4(_ packet: [UInt8], fromHost: Bool = true) -> [UInt8] {
        EthernetFrame.bytes(to: fromHost ? router : host, from: fromHost ? host : router, type: .ipv4, payload: packet)
    }

    package static func ipv6(_ packet: [UInt8], to destination: MACAddress = router) -> [UInt8] {
        EthernetFrame.bytes(to: destination, from: host, type: .ipv6, payload: packet)
    }

    package static func udp(_ payload: [UInt8], from source: UInt16, to destination: UInt16) -> [UInt8] {
        ipv4(UDPDatagram.packet(from: (hostIP, source), to: (routerIP, destination), payload: payload))
    }

    /// A TCP segment in an IPv4 packet, made by hand: clients of this stack send none of their own.
    package static func tcp(_ flags: TCPSegment.Flags, options: [UInt8] = [], payload: [UInt8] = []) -> [UInt8] {
        var segment: [UInt8] = [0xc0, 0, 0, 80, 0, 0, 0, 100, 0, 0, 0, 7, UInt8(5 + options.count / 4) << 4, flags.rawValue]
        segment += [0xff, 0xff, 0, 0, 0, 9] + options + payload
        var sum = InternetChecksum(from: hostIP, to: routerIP, carrying: .tcp, length: segment.count)
        sum.add(segment)
        (segment[16], segment[17]) = (UInt8(sum.value >> 8), UInt8(sum.value & 0xff))
        return ipv4(IPv4Packet.bytes(from: hostIP, to: routerIP, carrying: .tcp, payload: segment))
    }

    package static let synOptions: [UInt8] = [2, 4, 5, 0xb4, 4, 2, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2, 1, 3, 3, 7]

    package static func neighbor(_ kind: ICMPv6Message.Kind, fields: [UInt8], options: [UInt8], to: IPv6Address = routerIPv6) -> [UInt8] {
        let message = ICMPv6Message.bytes(kind, from: hostIPv6, to: to, fields: fields, payload: options)
        return ipv6(IPv6Packet.bytes(from: hostIPv6, to: to, carrying: .icmpv6, hopLimit: 255, payload: message))
    }

    package static let solicitation = neighbor(
        .neighborSolicitation, fields: [0, 0, 0, 0] + routerIPv6.bytes, options: [1, 1] + host.bytes, to: routerIPv6.solicitedNode)
    package static let advertisement = neighbor(
        .neighborAdvertisement, fields: [0x60, 0, 0, 0] + hostIPv6.bytes, options: [2, 1] + host.bytes)
    package static let routerSolicitation = neighbor(.routerSolicitation, fields: [0, 0, 0, 0], options: [1, 1] + host.bytes, to: .allRouters)
    package static let routerAdvertisement = neighbor(
        .routerAdvertisement, fields: [64, 0x40, 7, 8, 0, 0, 0x75, 0x30, 0, 0, 3, 0xe8],
        options: [3, 4, 64, 0xc0, 0, 0, 0xe, 0x10, 0, 0, 7, 8, 0, 0, 0, 0] + IPv6Address("fec0::")!.bytes
            + [5, 1, 0, 0, 0, 0, 5, 0xdc] + [25, 3, 0, 0, 0, 0, 0, 60] + IPv6Address("fec0::3")!.bytes, to: .allNodes)
    package static let ping6 = ipv6(
        IPv6Packet.bytes(
            from: hostIPv6, to: routerIPv6, carrying: .icmpv6,
            payload: ICMPv6Message.echoRequest(from: hostIPv6, to: routerIPv6, identifier: 5, sequenceNumber: 6, payload: [1, 2, 3])))
    package static let ping = ipv4(
        IPv4Packet.bytes(
            from: hostIP, to: routerIP, carrying: .icmp,
            payload: ICMPMessage.echoRequest(identifier: 4660, sequenceNumber: 1, payload: Array("hello".utf8))))

    package static var dhcpDiscover: [UInt8] {
        var message = DHCPMessageBuilder(.discover, transaction: 0x1234_5678, hardwareAddress: host)
        message.wantsBroadcast = true
        message.add(.parameterRequestList, [1, 3, 6])
        message.add(.hostName, Array("ring".utf8))
        return EthernetFrame.bytes(
            to: .broadcast, from: host, type: .ipv4,
            payload: UDPDatagram.packet(from: (.any, 68), to: (.broadcast, 67), payload: message.bytes))
    }

    package static var dhcpOffer: [UInt8] {
        var message = DHCPMessageBuilder(.offer, transaction: 0x1234_5678, hardwareAddress: host)
        message.yourAddress = hostIP
        message.add(.serverIdentifier, routerIP)
        message.add(.subnetMask, IPv4Address(rawValue: 0xffff_ff00))
        message.add(.router, routerIP)
        message.add(.leaseTime, number: 86400 as UInt32)
        message.add(.interfaceMTU, number: 1500 as UInt16)
        return ipv4(UDPDatagram.packet(from: (routerIP, 67), to: (hostIP, 68), payload: message.bytes), fromHost: false)
    }

    package static let name = DNSName("www.example.com")!
    package static var dnsQuery: [UInt8] { udp(DNSMessage.query(DNSQuestion(name: name, type: .a), identifier: 4660), from: 40000, to: 53) }

    /// Compressed as servers do it: the answer's owner points to the question, its data to `example.com` there.
    package static let dnsAnswerMessage: [UInt8] =
        [0x12, 0x34, 0x81, 0x80, 0, 1, 0, 2, 0, 0, 0, 0] + DNSName("www.example.com")!.wire + [0, 1, 0, 1]
        + [0xc0, 12, 0, 5, 0, 1, 0, 0, 1, 0x2c, 0, 4, 1, UInt8(ascii: "b"), 0xc0, 16]
        + [0xc0, 45, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 1]
    package static let dnsAnswer = ipv4(
        UDPDatagram.packet(from: (routerIP, 53), to: (hostIP, 40000), payload: dnsAnswerMessage), fromHost: false)

    /// "Port unreachable" about a datagram of the host's.
    package static var unreachable: [UInt8] {
        let about = UDPDatagram.packet(from: (hostIP, 5000), to: (routerIP, 7), payload: [1, 2, 3, 4])
        var message: [UInt8] = [3, 3, 0, 0, 0, 0, 0, 0] + about.prefix(28)
        let sum = InternetChecksum.of(message)
        (message[2], message[3]) = (UInt8(sum >> 8), UInt8(sum & 0xff))
        return ipv4(IPv4Packet.bytes(from: routerIP, to: hostIP, carrying: .icmp, payload: message), fromHost: false)
    }

    package static var all: [[UInt8]] {
        [
            ARPPacket.request(for: routerIP, from: host, ip: hostIP).frame, ping, ping6, unreachable, udp([1, 2, 3], from: 1, to: 7),
            tcp(.syn, options: synOptions), tcp([.ack, .psh], payload: Array("GET /".utf8)), solicitation, advertisement,
            routerSolicitation, routerAdvertisement, dhcpDiscover, dhcpOffer, dnsQuery, dnsAnswer,
        ]
    }
}
