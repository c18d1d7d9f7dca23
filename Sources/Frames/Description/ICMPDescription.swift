// ICMP and ICMPv6, field by field.
extension FrameDescription {
    /// RFC 792.
    static func icmp(_ bytes: RawSpan, _ isWhole: Bool, _ isQuoted: Bool, _ outline: inout Outline) {
        outline.header("ICMP, \(bytes.byteCount) bytes")
        guard let message = ICMPMessage(checking: bytes) else { return outline.fault(.cut) }
        outline.field("type", "\(message.kind.rawValue)\(message.kind.name.map { " (\($0))" } ?? "")")
        outline.field("code", message.code)
        outline.checksum(message.checksum, isGood: isWhole ? message.hasGoodChecksum : nil)
        switch message.kind {
        case .echoRequest, .echoReply:
            outline.field("identifier", message.identifier)
            outline.field("sequence number", message.sequenceNumber)
            outline.data(message.payload)
        case .destinationUnreachable, .redirect, .timeExceeded, .parameterProblem:
            if message.kind == .redirect { outline.field("gateway", message.gateway) }
            if message.kind == .destinationUnreachable, message.code == 4 { outline.field("next-hop MTU", message.nextHopMTU) }
            let payload = message.payload
            guard !isQuoted else { return outline.data(payload) }
            outline.quote { [payload] in ipv4(payload, isQuoted: true, &$0) }
        default: outline.data(message.payload)
        }
    }

    /// RFC 4443; RFC 4861, 4.
    static func icmpv6(
        _ bytes: RawSpan, _ source: IPv6Address, _ destination: IPv6Address, _ isWhole: Bool, _ isQuoted: Bool, _ outline: inout Outline
    ) {
        outline.header("ICMPv6, \(bytes.byteCount) bytes")
        guard let message = ICMPv6Message(checking: bytes) else { return outline.fault(.cut) }
        outline.field("type", "\(message.kind.rawValue)\(message.kind.name.map { " (\($0))" } ?? "")")
        outline.field("code", message.code)
        outline.checksum(message.checksum, isGood: isWhole ? message.hasGoodChecksum(from: source, to: destination) : nil)
        switch message.kind {
        case .echoRequest, .echoReply:
            outline.field("identifier", message.identifier)
            outline.field("sequence number", message.sequenceNumber)
            outline.data(message.payload)
        case let kind where kind.isError:
            if kind == .packetTooBig { outline.field("MTU", message.mtu) }
            if kind == .parameterProblem { outline.field("pointer", message.mtu) }
            let payload = message.payload
            guard !isQuoted else { return outline.data(payload) }
            outline.quote { [payload] in ipv6(payload, isQuoted: true, &$0) }
        case _ where message.hasOptions: discovery(message, &outline)
        default: outline.data(message.payload)
        }
    }

    /// RFC 4861, 4.
    private static func discovery(_ message: borrowing ICMPv6Message, _ outline: inout Outline) {
        switch message.kind {
        case .routerAdvertisement:
            outline.field("hop limit", message.hopLimit)
            outline.flags("flags", [(message.isManaged, "managed"), (message.hasOtherConfiguration, "other configuration")])
            outline.field("router lifetime", "\(message.routerLifetime) s")
            outline.field("reachable time", "\(message.reachableTime) ms")
            outline.field("retransmission time", "\(message.retransmissionTime) ms")
        case .neighborSolicitation: outline.field("target", message.target)
        case .neighborAdvertisement:
            outline.flags("flags", [(message.isRouter, "router"), (message.isSolicited, "solicited"), (message.overrides, "override")])
            outline.field("target", message.target)
        case .redirect: outline.field("target", message.target)
        default: break
        }
        var options = message.options
        while let option = options.next() { outline.field("option", option.meaning) }
        if options.isMalformed { outline.fault(.bad("an option of a length that cannot be")) }
    }
}

extension ICMPMessage.Kind {
    fileprivate var name: String? {
        switch self {
        case .echoReply: "echo reply"
        case .destinationUnreachable: "destination unreachable"
        case .redirect: "redirect"
        case .echoRequest: "echo request"
        case .timeExceeded: "time exceeded"
        case .parameterProblem: "parameter problem"
        default: nil
        }
    }
}

extension NeighborOption {
    fileprivate var meaning: String {
        switch self {
        case .sourceLinkAddress(let address): "source link-layer address \(address)"
        case .targetLinkAddress(let address): "target link-layer address \(address)"
        case .prefix(let prefix):
            "prefix \(prefix.address)/\(prefix.length)\(prefix.isOnLink ? ", on link" : "")\(prefix.isAutonomous ? ", autonomous" : "")"
                + ", valid \(seconds(prefix.validLifetime)), preferred \(seconds(prefix.preferredLifetime))"
        case .mtu(let mtu): "MTU \(mtu)"
        case .dnsServers(let servers, let lifetime):
            "DNS servers \(servers.map(\.description).joined(separator: ", ")), for \(seconds(lifetime))"
        case .other(let type, let length): "type \(type), \(length) bytes"
        }
    }

    private func seconds(_ count: UInt32) -> String { count == .max ? "for ever" : "\(count) s" }
}
