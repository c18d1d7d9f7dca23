import CLinux
import Frames
import Glibc
import Synchronization
import Testing

/// The far end of QEMU's cable: a network with one other station, which answers ARP and echo requests, and serves DNS and DHCP as a
/// test says. One raw frame a datagram, on a thread of its own.
final class ScriptedNetwork: @unchecked Sendable {
    static let address = IPv4Address("10.77.0.1")!
    static let mac = MACAddress(rawValue: 0x0200_0000_7701)
    /// An address that is not this station's, and that somebody answers for.
    static let other = IPv4Address("10.77.0.9")!

    struct Services: Sendable {
        /// The records of an answer, or why there are none; `nil`: no answer at all.
        var dns: @Sendable (DNSQuestion) -> (DNSResponseCode, [DNSRecord])? = { _ in nil }
        /// The answer to a DHCP message; `nil`: none.
        var dhcp: @Sendable (Asked) -> DHCPMessageBuilder? = { _ in nil }
        /// Whether somebody else has an address.
        var isTaken: @Sendable (IPv4Address) -> Bool = { $0 == ScriptedNetwork.address || $0 == ScriptedNetwork.other }
        var isTaken6: @Sendable (IPv6Address) -> Bool = { _ in false }
    }

    /// A DHCP message that came, and how.
    struct Asked: Sendable {
        let kind: DHCPMessage.Kind
        let transaction: UInt32
        let station: MACAddress
        let clientAddress: IPv4Address
        let requested: IPv4Address?
        /// Of the frame and of the packet.
        let frameDestination: MACAddress
        let source: IPv4Address
        let destination: IPv4Address
    }

    private let services: Services
    private let folder: String
    private let descriptor: Int32
    private var thread = pthread_t()
    private let isOver = Atomic<Bool>(false)
    private let heard = Mutex<(dhcp: [Asked], dns: [DNSQuestion], probes: [IPv4Address])>(([], [], []))

    var dhcp: [Asked] { heard.withLock { $0.dhcp } }
    var dns: [DNSQuestion] { heard.withLock { $0.dns } }
    /// Addresses that somebody without one asked for (RFC 5227, 2.1.1).
    var probes: [IPv4Address] { heard.withLock { $0.probes } }

    /// For `--netdev`.
    var netdev: String { "dgram,local.type=unix,local.path=\(folder)/qemu,remote.type=unix,remote.path=\(folder)/test" }

    init(_ services: Services) throws {
        self.services = services
        var template = Array("/tmp/ringlight-wire-XXXXXX".utf8CString)
        try #require(mkdtemp(&template) != nil)
        folder = String(decoding: template.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        let bound = ringlight_bind(descriptor, "\(folder)/test")
        try #require(descriptor >= 0 && bound == 0)
        let status = pthread_create(&thread, nil, { argument in
            Unmanaged<ScriptedNetwork>.fromOpaque(argument!).takeUnretainedValue().serve()
            return nil
        }, Unmanaged.passUnretained(self).toOpaque())
        try #require(status == 0)
    }

    func close() {
        isOver.store(true, ordering: .relaxed)
        pthread_join(thread, nil)
        Glibc.close(descriptor)
        for name in ["qemu", "test"] { unlink("\(folder)/\(name)") }
        rmdir(folder)
    }

    private func serve() {
        var buffer = [UInt8](repeating: 0, count: 2048)
        while !isOver.load(ordering: .relaxed) {
            var poller = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            guard poll(&poller, 1, 50) == 1 else { continue }
            let count = recv(descriptor, &buffer, buffer.count, 0)
            guard count > 0 else { continue }
            take(Array(buffer.prefix(count)))
        }
    }

    private func send(_ frame: [UInt8]) {
        ringlight_send_to(descriptor, "\(folder)/qemu", frame, frame.count)
    }

    private func take(_ bytes: [UInt8]) {
        guard let frame = EthernetFrame(checking: bytes.span.bytes) else { return }
        let payload = bytes.span.bytes.extracting(frame.payload)
        if frame.type == .arp, let packet = ARPPacket(checking: payload), packet.operation == .request {
            if packet.senderIP == .any { heard.withLock { $0.probes.append(packet.targetIP) } }
            if services.isTaken(packet.targetIP), let reply = packet.reply(for: packet.targetIP, at: Self.mac) { send(reply.frame) }
        }
        if frame.type == .ipv6 { answerNeighbor(payload) }
        guard frame.type == .ipv4, let packet = IPv4Packet(checking: payload) else { return }
        if packet.type == .icmp, let message = ICMPMessage(checking: packet.payload), message.kind == .echoRequest {
            let data = message.payload.withUnsafeBytes { Array($0) }
            let answer = ICMPMessage.echoReply(identifier: message.identifier, sequenceNumber: message.sequenceNumber, payload: data)
            let reply = IPv4Packet.bytes(from: packet.destination, to: packet.source, carrying: .icmp, payload: answer)
            send(EthernetFrame.bytes(to: frame.source, from: Self.mac, type: .ipv4, payload: reply))
        }
        guard packet.type == .udp, let datagram = UDPDatagram(checking: packet.payload),
            datagram.hasGoodChecksum(from: packet.source, to: packet.destination)
        else { return }
        switch datagram.destinationPort {
        case DNSMessage.port: answerDNS(datagram, from: packet.source, at: frame.source)
        case DHCPMessage.serverPort: answerDHCP(datagram.payload, packet, frame.destination)
        default: break
        }
    }

    /// Somebody who has no address yet asks whether one is free (RFC 4862, 5.4.3).
    private func answerNeighbor(_ bytes: RawSpan) {
        guard let packet = IPv6Packet(checking: bytes), packet.nextHeader == .icmpv6, packet.source == .any,
            let message = ICMPv6Message(checking: packet.payload), message.kind == .neighborSolicitation, services.isTaken6(message.target)
        else { return }
        // Overrides; the sender's link-layer address (RFC 4861, 4.4 and 4.6.1).
        let fields: [UInt8] = [0x20, 0, 0, 0] + message.target.bytes + [2, 1] + Self.mac.bytes
        let answer = ICMPv6Message.bytes(.neighborAdvertisement, from: message.target, to: .allNodes, fields: fields, payload: [])
        let reply = IPv6Packet.bytes(from: message.target, to: .allNodes, carrying: .icmpv6, hopLimit: 255, payload: answer)
        send(EthernetFrame.bytes(to: MACAddress(rawValue: 0x3333_0000_0001), from: Self.mac, type: .ipv6, payload: reply))
    }

    private func answerDNS(_ datagram: borrowing UDPDatagram, from source: IPv4Address, at station: MACAddress) {
        guard let message = DNSMessage(checking: datagram.payload) else { return }
        var sections = message.sections
        guard let question = sections.nextQuestion() else { return }
        heard.withLock { $0.dns.append(question) }
        guard let (code, records) = services.dns(question) else { return }
        var answer = DNSMessageBuilder(identifier: message.identifier)
        (answer.isResponse, answer.recursionDesired, answer.recursionAvailable, answer.responseCode) = (true, true, true, code)
        answer.add(question)
        for record in records { answer.add(record) }
        let packet = UDPDatagram.packet(from: (Self.address, DNSMessage.port), to: (source, datagram.sourcePort), payload: answer.bytes)
        send(EthernetFrame.bytes(to: station, from: Self.mac, type: .ipv4, payload: packet))
    }

    private func answerDHCP(_ bytes: RawSpan, _ packet: borrowing IPv4Packet, _ destination: MACAddress) {
        guard let message = DHCPMessage(checking: bytes), message.operation == .request, let kind = message.kind else { return }
        let requested = message.value(.requestedAddress).map { IPv4Address(rawValue: $0.reduce(0) { $0 << 8 | UInt32($1) }) }
        let asked = Asked(
            kind: kind, transaction: message.transaction, station: message.hardwareAddress, clientAddress: message.clientAddress,
            requested: requested, frameDestination: destination, source: packet.source, destination: packet.destination)
        heard.withLock { $0.dhcp.append(asked) }
        guard let answer = services.dhcp(asked) else { return }
        let reply = UDPDatagram.packet(
            from: (Self.address, DHCPMessage.serverPort), to: (.broadcast, DHCPMessage.clientPort), payload: answer.bytes)
        send(EthernetFrame.bytes(to: .broadcast, from: Self.mac, type: .ipv4, payload: reply))
    }
}
