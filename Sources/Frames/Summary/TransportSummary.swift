// UDP and TCP, in a line.
extension FrameSummary {
    /// RFC 768.
    static func udp(_ bytes: RawSpan, _ ends: Ends) -> String {
        do throws(HeaderFault) {
            let datagram = try UDPDatagram(header: bytes)
            let text = application(datagram) ?? "UDP, length \(datagram.payloadLength)"
            return ends.line(datagram.sourcePort, datagram.destinationPort, text)
        } catch .cut {
            return ends.line("[|udp]")
        } catch {
            return ends.line(bytes.big16(0), bytes.big16(2), "UDP, bad \(error)")
        }
    }

    /// What a datagram's ports say that it carries.
    private static func application(_ datagram: UDPDatagram) -> String? {
        let ports = [datagram.sourcePort, datagram.destinationPort]
        let payload = datagram.payload
        if ports.contains(DHCPMessage.serverPort) || ports.contains(DHCPMessage.clientPort) { return dhcp(payload, datagram.payloadLength) }
        // Multicast DNS (RFC 6762) has the same format.
        if ports.contains(DNSMessage.port) || ports.contains(5353) { return dns(payload, datagram.payloadLength) }
        return nil
    }

    /// RFC 9293, 3.1. Numbers are those on the wire, as `tcpdump -S` prints them.
    static func tcp(_ bytes: RawSpan, _ ends: Ends, _ length: Int) -> String {
        guard bytes.byteCount >= TCPSegment.minimumHeaderLength else { return ends.line("[|tcp]") }
        let size = Int(bytes.byte(12) >> 4) * 4
        guard size >= TCPSegment.minimumHeaderLength, size <= length else {
            return ends.line(bytes.big16(0), bytes.big16(2), "bad header length \(size)")
        }
        // Options may be cut; the fields before them are there.
        var text = "Flags [\(TCPSegment.Flags(rawValue: bytes.byte(13)).letters)]"
        let sequence = bytes.big32(4)
        let data = length - size
        let flags = TCPSegment.Flags(rawValue: bytes.byte(13))
        if data > 0 {
            text += ", seq \(sequence):\(sequence &+ UInt32(truncatingIfNeeded: data))"
        } else if !flags.isDisjoint(with: [.fin, .syn, .rst]) {
            text += ", seq \(sequence)"
        }
        if flags.contains(.ack) { text += ", ack \(bytes.big32(8))" }
        text += ", win \(bytes.big16(14))"
        if flags.contains(.urg) { text += ", urg \(bytes.big16(18))" }
        if size > TCPSegment.minimumHeaderLength { text += ", options [\(options(bytes))]" }
        return ends.line(bytes.big16(0), bytes.big16(2), "\(text), length \(data)")
    }

    private static func options(_ bytes: RawSpan) -> String {
        guard let segment = TCPSegment(checking: bytes) else { return "|tcp" }
        var texts: [String] = []
        var options = segment.options
        while let option = options.next() { texts.append(option.summary) }
        if options.isMalformed { texts.append("bad opt") }
        return texts.joined(separator: ",")
    }
}

extension TCPSegment.Flags {
    /// tcpdump's letters, `.` for ACK.
    var letters: String {
        let all: [(TCPSegment.Flags, String)] = [
            (.fin, "F"), (.syn, "S"), (.rst, "R"), (.psh, "P"), (.ack, "."), (.urg, "U"), (.ece, "E"), (.cwr, "W"),
        ]
        let letters = all.filter { contains($0.0) }.map(\.1).joined()
        return letters.isEmpty ? "none" : letters
    }
}

extension TCPOption {
    /// As tcpdump writes it.
    var summary: String {
        switch self {
        case .endOfList: "eol"
        case .noOperation: "nop"
        case .maximumSegmentSize(let size): "mss \(size)"
        case .windowScale(let shift): "wscale \(shift)"
        case .sackPermitted: "sackOK"
        case .sack(let blocks): "sack \(blocks.count) " + blocks.map { "{\($0.left):\($0.right)}" }.joined()
        case .timestamps(let value, let echo): "TS val \(value) ecr \(echo)"
        case .other(let kind, let data):
            data.isEmpty ? "opt-\(kind)" : "opt-\(kind):" + data.map { hex($0, digits: 2) }.joined()
        }
    }
}
