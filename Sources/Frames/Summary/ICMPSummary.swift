// ICMP and ICMPv6, in a few words.
extension FrameSummary {
    /// RFC 792.
    static func icmp(_ bytes: RawSpan) -> String {
        guard let message = ICMPMessage(checking: bytes) else { return "[|icmp]" }
        let payload = message.payload
        switch message.kind {
        case .echoReply: return "ICMP echo reply, id \(message.identifier), seq \(message.sequenceNumber)"
        case .echoRequest: return "ICMP echo request, id \(message.identifier), seq \(message.sequenceNumber)"
        case .destinationUnreachable: return "ICMP " + unreachable(message.code, message.nextHopMTU, payload)
        case .redirect:
            guard let about = try? IPv4Packet(header: payload) else { return "ICMP redirect to \(message.gateway)" }
            return "ICMP redirect \(about.destination) to \(message.gateway)"
        case .timeExceeded:
            switch message.code {
            case 0: return "ICMP time exceeded in-transit"
            case 1: return "ICMP ip reassembly time exceeded"
            default: return "ICMP time exceeded, code \(message.code)"
            }
        case .parameterProblem: return "ICMP parameter problem - octet \(message.identifier >> 8)"
        default: return "ICMP type \(message.kind.rawValue), code \(message.code)"
        }
    }

    private static func unreachable(_ code: UInt8, _ mtu: UInt16, _ payload: RawSpan) -> String {
        guard let about = try? IPv4Packet(header: payload) else { return "unreachable, code \(code)" }
        let destination = about.destination
        switch code {
        case 0: return "net \(destination) unreachable"
        case 1: return "host \(destination) unreachable"
        case 2: return "\(destination) protocol \(about.type.rawValue) unreachable"
        case 3: return "\(destination) \(port(about.type, about.payload)) unreachable"
        case 4: return "\(destination) unreachable - need to frag (mtu \(mtu))"
        case 9, 10, 13: return "\(destination) unreachable - admin prohibited"
        default: return "\(destination) unreachable, code \(code)"
        }
    }

    /// The port that a quoted packet was for: its first bytes are enough (RFC 792).
    private static func port(_ type: IPProtocol, _ bytes: RawSpan) -> String {
        guard type == .udp || type == .tcp, bytes.byteCount >= 4 else { return "protocol \(type.rawValue) port" }
        return "\(type == .udp ? "udp" : "tcp") port \(bytes.big16(2))"
    }

    /// RFC 4443; RFC 4861, 4.
    static func icmpv6(_ bytes: RawSpan) -> String {
        guard let message = ICMPv6Message(checking: bytes) else { return "[|icmp6]" }
        let name = "ICMP6, \(message.kind.name ?? "type-#\(message.kind.rawValue)")"
        let payload = message.payload
        switch message.kind {
        case .echoRequest, .echoReply: return name + ", id \(message.identifier), seq \(message.sequenceNumber)"
        case .neighborSolicitation: return name + ", who has \(message.target)"
        case .neighborAdvertisement: return name + ", tgt is \(message.target)"
        case .redirect: return name + ", \(IPv6Address(bytes, at: 24)) to \(message.target)"
        case .packetTooBig: return name + ", mtu \(message.mtu)"
        case .destinationUnreachable: return name + ", " + unreachable(message.code, payload)
        case .timeExceeded: return name + (message.code == 0 ? " in-transit" : message.code == 1 ? " (reassembly)" : "") + quoted(payload)
        case .parameterProblem: return name + ", code \(message.code) - octet \(message.mtu)"
        default: return name
        }
    }

    private static func quoted(_ payload: RawSpan) -> String {
        guard let about = try? IPv6Packet(header: payload) else { return "" }
        return " for \(about.destination)"
    }

    /// RFC 4443, 3.1.
    private static func unreachable(_ code: UInt8, _ payload: RawSpan) -> String {
        let names = [
            "unreachable route", "unreachable prohibited", "beyond scope", "unreachable address", "unreachable port",
            "source address failed policy", "reject route",
        ]
        let name = Int(code) < names.count ? names[Int(code)] : "code \(code)"
        guard let about = try? IPv6Packet(header: payload), let upper = try? about.upperLayer() else { return name }
        guard code == 4, upper.fragment?.offset ?? 0 == 0 else { return "\(name) \(about.destination)" }
        return "\(name), \(about.destination) \(port(upper.type, about.bytes.extracting(upper.start...)))"
    }
}

extension ICMPv6Message.Kind {
    var name: String? {
        switch self {
        case .destinationUnreachable: "destination unreachable"
        case .packetTooBig: "packet too big"
        case .timeExceeded: "time exceeded"
        case .parameterProblem: "parameter problem"
        case .echoRequest: "echo request"
        case .echoReply: "echo reply"
        case .listenerQuery: "multicast listener query"
        case .listenerReport: "multicast listener report"
        case .listenerDone: "multicast listener done"
        case .routerSolicitation: "router solicitation"
        case .routerAdvertisement: "router advertisement"
        case .neighborSolicitation: "neighbor solicitation"
        case .neighborAdvertisement: "neighbor advertisement"
        case .redirect: "redirect"
        case .listenerReportV2: "multicast listener report v2"
        default: nil
        }
    }
}
