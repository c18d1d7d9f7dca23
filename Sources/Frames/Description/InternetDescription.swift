// IPv4 and IPv6, field by field.
extension FrameDescription {
    /// Whom the checksum of the upper layer counts too.
    enum Ends {
        case v4(IPv4Address, IPv4Address)
        case v6(IPv6Address, IPv6Address)
    }

    /// RFC 791, 3.1.
    static func ipv4(_ bytes: RawSpan, isQuoted: Bool = false, _ outline: inout Outline) {
        do throws(HeaderFault) {
            let packet = try IPv4Packet(header: bytes)
            outline.header("IPv4, \(packet.totalLength) bytes")
            outline.field("header length", packet.headerLength)
            service(packet.serviceType, &outline)
            outline.field("identification", packet.identification)
            outline.flags("flags", [(packet.dontFragment, "do not fragment"), (packet.moreFragments, "more fragments")])
            if packet.fragmentOffset > 0 { outline.field("fragment offset", packet.fragmentOffset) }
            outline.field("time to live", packet.timeToLive)
            outline.field("protocol", packet.type)
            outline.checksum(packet.checksum, isGood: packet.hasGoodChecksum)
            outline.field("source", packet.source)
            outline.field("destination", packet.destination)
            if packet.headerLength > IPv4Packet.minimumHeaderLength { outline.field("options", "\(packet.options.byteCount) bytes") }
            if packet.isFragment {
                outline.data(packet.payload)
            } else {
                upper(packet.type, packet.payload, .v4(packet.source, packet.destination), packet.isWhole, isQuoted, &outline)
            }
            outline.padding(bytes.byteCount - packet.totalLength)
        } catch {
            outline.header("IPv4")
            outline.fault(error)
        }
    }

    /// RFC 8200, 3 and 4.
    static func ipv6(_ bytes: RawSpan, isQuoted: Bool = false, _ outline: inout Outline) {
        do throws(HeaderFault) {
            let packet = try IPv6Packet(header: bytes)
            outline.header("IPv6, \(IPv6Packet.headerLength + packet.payloadLength) bytes")
            service(packet.trafficClass, &outline)
            outline.field("flow label", "0x\(hex(packet.flowLabel, digits: 5))")
            outline.field("payload length", packet.payloadLength)
            outline.field("next header", packet.nextHeader)
            outline.field("hop limit", packet.hopLimit)
            outline.field("source", packet.source)
            outline.field("destination", packet.destination)
            let layer = try packet.upperLayer()
            for header in layer.extensions { outline.header("IPv6 \(header.type.name ?? "header \(header.type)"), \(header.range.count) bytes") }
            if let fragment = layer.fragment {
                outline.field("identification", "0x\(hex(fragment.identification, digits: 8))")
                outline.field("offset", fragment.offset)
                outline.flags("flags", [(fragment.moreFragments, "more fragments")])
            }
            let payload = packet.bytes.extracting(layer.start...)
            if layer.fragment.map({ !$0.isAtomic }) == true {
                outline.data(payload)
            } else {
                upper(layer.type, payload, .v6(packet.source, packet.destination), packet.isWhole, isQuoted, &outline)
            }
            outline.padding(bytes.byteCount - IPv6Packet.headerLength - packet.payloadLength)
        } catch {
            outline.header("IPv6")
            outline.fault(error)
        }
    }

    /// RFC 2474 and RFC 3168.
    private static func service(_ byte: UInt8, _ outline: inout Outline) {
        guard byte != 0 else { return }
        let congestion = ["", ", ECT(1)", ", ECT(0)", ", congestion experienced"][Int(byte & 3)]
        outline.field("class of service", "DSCP \(byte >> 2)\(congestion)")
    }

    /// - Parameter isQuoted: within an error's message; so that messages do not quote each other without end, no further quotes.
    private static func upper(
        _ type: IPProtocol, _ bytes: RawSpan, _ ends: Ends, _ isWhole: Bool, _ isQuoted: Bool, _ outline: inout Outline
    ) {
        switch (type, ends) {
        case (.icmp, .v4): icmp(bytes, isWhole, isQuoted, &outline)
        case (.icmpv6, .v6(let source, let destination)): icmpv6(bytes, source, destination, isWhole, isQuoted, &outline)
        case (.tcp, _): tcp(bytes, ends, isWhole, &outline)
        case (.udp, _): udp(bytes, ends, &outline)
        default: outline.data(bytes)
        }
    }
}
