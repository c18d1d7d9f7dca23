/// A frame in one line, as `tcpdump -e -n` would say it: Ethernet, 802.1Q, ARP, IPv4 and IPv6 with ICMP, UDP and TCP, DHCP and DNS.
///
/// Every length is checked against the bytes that are there; what is cut short is marked `[|arp]`, `[|ip]` and so on. Text from the wire
/// is printable ASCII only: a hostile name does not reach the terminal. `FrameDescription` says more.
public enum FrameSummary {
    /// - Parameters:
    ///   - frame: the bytes, from the destination address on.
    ///   - originalLength: bytes on the wire, when the capture cut the frame.
    public static func line(_ frame: RawSpan, originalLength: Int? = nil) -> String {
        let length = originalLength ?? frame.byteCount
        guard let header = EthernetFrame(checking: frame) else { return "[|ether], length \(length)" }
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
        case .ipv6: return text + separator + ipv6(payload)
        default: return text
        }
    }

    /// The line of a frame that is an array: as of a span.
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
}
