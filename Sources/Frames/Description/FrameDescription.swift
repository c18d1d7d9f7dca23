/// A frame in many lines: each header by its name, then its fields, two blanks further in. What `tshark -V` says, in fewer words.
///
/// Never traps, whatever the bytes are: what is cut or cannot be is said in its place. Text from the wire is printable ASCII only.
///
///     Ethernet, 98 bytes
///       destination: 52:55:0a:00:02:02
///       source: 52:54:00:12:34:56
///       type: 0x0800 (IPv4)
///     IPv4, 84 bytes
///       …
public enum FrameDescription {
    /// - Parameters:
    ///   - frame: the bytes, from the destination address on.
    ///   - originalLength: bytes on the wire, when the capture cut the frame.
    public static func lines(_ frame: RawSpan, originalLength: Int? = nil) -> [String] {
        var outline = Outline()
        ethernet(frame, originalLength ?? frame.byteCount, &outline)
        return outline.lines
    }

    /// The lines of a frame that is an array: as of a span.
    public static func lines(_ frame: [UInt8], originalLength: Int? = nil) -> [String] {
        lines(frame.span.bytes, originalLength: originalLength)
    }

    private static func ethernet(_ frame: RawSpan, _ length: Int, _ outline: inout Outline) {
        outline.header("Ethernet, \(length) bytes" + (length == frame.byteCount ? "" : ", \(frame.byteCount) of them captured"))
        guard let header = EthernetFrame(checking: frame) else { return outline.fault(.cut) }
        outline.field("destination", name(header.destination))
        outline.field("source", name(header.source))
        if let tag = header.tag {
            outline.field("VLAN", "\(tag.identifier), priority \(tag.priority)\(tag.isDropEligible ? ", drop eligible" : "")")
        }
        if header.type.isLength {
            outline.field("length", header.type.rawValue)
        } else {
            outline.field("type", "\(header.type)\(header.type.name.map { " (\($0))" } ?? "")")
        }
        let payload = frame.extracting(header.payload)
        switch header.type {
        case .arp: arp(payload, &outline)
        case .ipv4: ipv4(payload, &outline)
        case .ipv6: ipv6(payload, &outline)
        default: outline.data(payload)
        }
    }

    private static func name(_ address: MACAddress) -> String {
        "\(address)\(address.isBroadcast ? " (broadcast)" : address.isMulticast ? " (multicast)" : "")"
    }

    /// RFC 826.
    private static func arp(_ bytes: RawSpan, _ outline: inout Outline) {
        outline.header("ARP, \(min(bytes.byteCount, ARPPacket.length)) bytes")
        guard bytes.byteCount >= ARPPacket.length else { return outline.fault(.cut) }
        guard let packet = ARPPacket(checking: bytes) else {
            outline.field("hardware type", bytes.big16(0))
            outline.field("protocol type", EtherType(rawValue: bytes.big16(2)))
            return outline.field("operation", bytes.big16(6))
        }
        outline.field("operation", packet.operation == .request ? "1 (request)" : "2 (reply)")
        outline.field("sender", "\(packet.senderMAC), \(packet.senderIP)")
        outline.field("target", "\(packet.targetMAC), \(packet.targetIP)")
        outline.padding(bytes.byteCount - ARPPacket.length)
    }
}
