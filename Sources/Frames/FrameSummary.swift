/// A frame in one line, as `tcpdump -e -n` would say it: Ethernet, 802.1Q, ARP, IPv4 with ICMP, UDP and TCP.
///
/// Every length is checked against the bytes that are there; what is cut short is marked `[|arp]`, `[|ip]` and so on.
public enum FrameSummary {
    /// - Parameters:
    ///   - frame: the bytes, from the destination address on.
    ///   - originalLength: bytes on the wire, when the capture cut the frame.
    public static func line(_ frame: RawSpan, originalLength: Int? = nil) -> String {
        guard let header = EthernetFrame(checking: frame) else { return "[|ether], length \(originalLength ?? frame.byteCount)" }
        let length = originalLength ?? frame.byteCount
        var text = "\(header.source) > \(header.destination), "
        if let tag = header.tag {
            text +=
                "\(kind(.vlan)), length \(length): vlan \(tag.identifier), p \(tag.priority)\(tag.isDropEligible ? ", DEI" : "")"
            text += ", \(kind(header.type))"
        } else {
            text += "\(kind(header.type)), length \(length)"
        }
        let separator = header.tag == nil ? ": " : ", "
        let payload = frame.extracting(header.payload)
        switch header.type {
        case .arp: return text + separator + arp(payload)
        case .ipv4: return text + separator + ipv4(payload)
        default: return text
        }
    }

    public static func line(_ frame: [UInt8], originalLength: Int? = nil) -> String {
        line(frame.span.bytes, originalLength: originalLength)
    }

    private static func kind(_ type: EtherType) -> String {
        type.isLength ? "802.3" : "ethertype \(type.name ?? "Unknown") (\(type))"
    }

    private static func arp(_ bytes: RawSpan) -> String {
        guard bytes.byteCount >= ARPPacket.length else { return "[|arp]" }
        guard let packet = ARPPacket(checking: bytes) else {
            return
                "ARP hardware type \(bytes.big16(0)), protocol \(EtherType(rawValue: bytes.big16(2)))"
                + ", operation \(bytes.big16(6))"
        }
        let end = ", length \(bytes.byteCount)"
        switch packet.operation {
        case .reply: return "Reply \(packet.senderIP) is-at \(packet.senderMAC)\(end)"
        case .request where packet.senderIP == packet.targetIP: return "Announcement \(packet.senderIP)\(end)"
        case .request where packet.senderIP == .any: return "Probe \(packet.targetIP)\(end)"
        case .request: return "Request who-has \(packet.targetIP) tell \(packet.senderIP)\(end)"
        }
    }

    /// RFC 791, 3.1.
    private static func ipv4(_ bytes: RawSpan) -> String {
        guard bytes.byteCount >= 20 else { return "[|ip]" }
        let headerLength = Int(bytes.byte(0) & 0x0f) * 4
        let totalLength = Int(bytes.big16(2))
        guard bytes.byte(0) >> 4 == 4, headerLength >= 20, totalLength >= headerLength else { return "IP with a bad header" }
        guard bytes.byteCount >= headerLength else { return "[|ip]" }
        let source = IPv4Address(rawValue: bytes.big32(12))
        let destination = IPv4Address(rawValue: bytes.big32(16))
        let length = totalLength - headerLength
        let fragment = bytes.big16(6)
        let offset = Int(fragment & 0x1fff) * 8
        if offset > 0 {
            return "\(source) > \(destination): protocol \(bytes.byte(9)), fragment at \(offset), length \(length)"
        }
        let end = min(bytes.byteCount, totalLength)
        let inner = bytes.extracting(headerLength..<end)
        let more = fragment & 0x2000 != 0 ? ", more fragments" : ""
        switch bytes.byte(9) {
        case 1: return "\(source) > \(destination): \(icmp(inner)), length \(length)\(more)"
        case 6: return tcp(inner, source, destination, length) + more
        case 17: return udp(inner, source, destination) + more
        default: return "\(source) > \(destination): protocol \(bytes.byte(9)), length \(length)\(more)"
        }
    }

    /// RFC 792.
    private static func icmp(_ bytes: RawSpan) -> String {
        guard bytes.byteCount >= 8 else { return "[|icmp]" }
        switch bytes.byte(0) {
        case 0: return "ICMP echo reply, id \(bytes.big16(4)), seq \(bytes.big16(6))"
        case 8: return "ICMP echo request, id \(bytes.big16(4)), seq \(bytes.big16(6))"
        case 3: return "ICMP unreachable, code \(bytes.byte(1))"
        case 11: return "ICMP time exceeded, code \(bytes.byte(1))"
        default: return "ICMP type \(bytes.byte(0)), code \(bytes.byte(1))"
        }
    }

    /// RFC 768.
    private static func udp(_ bytes: RawSpan, _ source: IPv4Address, _ destination: IPv4Address) -> String {
        guard bytes.byteCount >= 8 else { return "\(source) > \(destination): [|udp]" }
        let length = Int(bytes.big16(4))
        let text = "\(source).\(bytes.big16(0)) > \(destination).\(bytes.big16(2)): UDP"
        return length >= 8 ? "\(text), length \(length - 8)" : "\(text), bad length \(length)"
    }

    /// RFC 9293, 3.1. Numbers are those on the wire, as `tcpdump -S` prints them.
    private static func tcp(_ bytes: RawSpan, _ source: IPv4Address, _ destination: IPv4Address, _ length: Int) -> String {
        guard bytes.byteCount >= 20 else { return "\(source) > \(destination): [|tcp]" }
        var text = "\(source).\(bytes.big16(0)) > \(destination).\(bytes.big16(2)): "
        let headerLength = Int(bytes.byte(12) >> 4) * 4
        guard headerLength >= 20, headerLength <= length else { return text + "bad header length \(headerLength)" }
        let bits = bytes.byte(13)
        var flags = ""
        for (bit, letter) in [
            (0x01, "F"), (0x02, "S"), (0x04, "R"), (0x08, "P"), (0x10, "."), (0x20, "U"), (0x40, "E"), (0x80, "W"),
        ]
        where Int(bits) & bit != 0 { flags += letter }
        text += "Flags [\(flags.isEmpty ? "none" : flags)]"
        let payload = length - headerLength
        let sequence = bytes.big32(4)
        if payload > 0 {
            text += ", seq \(sequence):\(sequence &+ UInt32(truncatingIfNeeded: payload))"
        } else if bits & 0x07 != 0 {
            text += ", seq \(sequence)"
        }
        if bits & 0x10 != 0 { text += ", ack \(bytes.big32(8))" }
        return text + ", win \(bytes.big16(14)), length \(payload)"
    }
}
