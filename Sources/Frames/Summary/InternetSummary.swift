// IPv4 and IPv6, in a line.
extension FrameSummary {
    /// Whom a packet is from and to, as text.
    struct Ends {
        let source: String
        let destination: String
        /// What stands before the rest: the extension headers of IPv6.
        var prefix = ""

        func line(_ text: String) -> String { "\(source) > \(destination): \(prefix)\(text)" }

        /// Behind extension headers tcpdump writes the ports for themselves.
        func line(_ sourcePort: UInt16, _ destinationPort: UInt16, _ text: String) -> String {
            prefix.isEmpty
                ? "\(source).\(sourcePort) > \(destination).\(destinationPort): \(text)"
                : line("\(sourcePort) > \(destinationPort): \(text)")
        }
    }

    /// RFC 791, 3.1.
    static func ipv4(_ bytes: RawSpan) -> String {
        do throws(HeaderFault) {
            let packet = try IPv4Packet(header: bytes)
            let ends = Ends(source: "\(packet.source)", destination: "\(packet.destination)")
            if packet.fragmentOffset > 0 {
                return ends.line("protocol \(packet.type.rawValue), fragment at \(packet.fragmentOffset), length \(packet.payloadLength)")
            }
            let more = packet.moreFragments ? ", more fragments" : ""
            let payload = packet.payload
            switch packet.type {
            case .icmp: return ends.line("\(icmp(payload)), length \(packet.payloadLength)") + more
            default: return transport(packet.type, payload, ends, packet.payloadLength) + more
            }
        } catch .cut {
            return "[|ip]"
        } catch {
            return "IP with a bad header: \(error)"
        }
    }

    /// RFC 8200, 3 and 4.
    static func ipv6(_ bytes: RawSpan) -> String {
        do throws(HeaderFault) {
            let packet = try IPv6Packet(header: bytes)
            var ends = Ends(source: "\(packet.source)", destination: "\(packet.destination)")
            guard let upper = try? packet.upperLayer() else { return ends.line("[|ip6 extension headers]") }
            let end = IPv6Packet.headerLength + packet.payloadLength
            let length = end - upper.start
            for header in upper.extensions {
                ends.prefix += name(header.type) + " "
                if header.type == .fragment { ends.prefix += "(\(upper.fragment?.offset ?? 0)|\(end - header.range.upperBound)) " }
            }
            // Only the first fragment has a header to read.
            if let fragment = upper.fragment, fragment.offset > 0 { return String(ends.line("").dropLast()) }
            let payload = packet.bytes.extracting(upper.start...)
            switch upper.type {
            case .icmpv6: return ends.line("\(icmpv6(payload)), length \(length)")
            case .noNextHeader: return ends.line("no next header, length \(length)")
            default: return transport(upper.type, payload, ends, length)
            }
        } catch .cut {
            return "[|ip6]"
        } catch {
            return "IP6 with a bad header: \(error)"
        }
    }

    private static func name(_ type: IPProtocol) -> String {
        switch type {
        case .hopByHopOptions: "HBH"
        case .destinationOptions: "DSTOPT"
        case .routing: "rt"
        case .fragment: "frag"
        case .authentication: "AH"
        default: type.name ?? "protocol \(type.rawValue)"
        }
    }

    /// - Parameter length: bytes of the payload by the packet's own account.
    private static func transport(_ type: IPProtocol, _ payload: RawSpan, _ ends: Ends, _ length: Int) -> String {
        switch type {
        case .tcp: tcp(payload, ends, length)
        case .udp: udp(payload, ends)
        default: ends.line("protocol \(type.rawValue), length \(length)")
        }
    }
}
