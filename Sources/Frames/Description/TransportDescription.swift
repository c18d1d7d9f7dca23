// UDP and TCP, field by field.
extension FrameDescription {
    /// RFC 768.
    static func udp(_ bytes: RawSpan, _ ends: Ends, _ outline: inout Outline) {
        do throws(HeaderFault) {
            let datagram = try UDPDatagram(header: bytes)
            outline.header("UDP, \(datagram.length) bytes")
            outline.field("source port", datagram.sourcePort)
            outline.field("destination port", datagram.destinationPort)
            if datagram.checksum == 0 {
                outline.field("checksum", "none")
            } else {
                let isGood =
                    switch ends {
                    case .v4(let source, let destination): datagram.hasGoodChecksum(from: source, to: destination)
                    case .v6(let source, let destination): datagram.hasGoodChecksum(from: source, to: destination)
                    }
                outline.checksum(datagram.checksum, isGood: datagram.isWhole ? isGood : nil)
            }
            let ports = [datagram.sourcePort, datagram.destinationPort]
            if ports.contains(DHCPMessage.serverPort) || ports.contains(DHCPMessage.clientPort) {
                dhcp(datagram.payload, &outline)
            } else if ports.contains(DNSMessage.port) || ports.contains(5353) {
                dns(datagram.payload, &outline)
            } else {
                outline.data(datagram.payload)
            }
        } catch {
            outline.header("UDP")
            outline.fault(error)
        }
    }

    /// RFC 9293, 3.1.
    static func tcp(_ bytes: RawSpan, _ ends: Ends, _ isWhole: Bool, _ outline: inout Outline) {
        do throws(HeaderFault) {
            let segment = try TCPSegment(header: bytes)
            outline.header("TCP, \(bytes.byteCount) bytes")
            outline.field("source port", segment.sourcePort)
            outline.field("destination port", segment.destinationPort)
            outline.field("sequence number", segment.sequenceNumber)
            let flags = segment.flags
            if flags.contains(.ack) { outline.field("acknowledgement number", segment.acknowledgementNumber) }
            outline.field("header length", segment.headerLength)
            outline.flags("flags", flags.names)
            outline.field("window", segment.window)
            let isGood =
                switch ends {
                case .v4(let source, let destination): segment.hasGoodChecksum(from: source, to: destination)
                case .v6(let source, let destination): segment.hasGoodChecksum(from: source, to: destination)
                }
            outline.checksum(segment.checksum, isGood: isWhole ? isGood : nil)
            if flags.contains(.urg) { outline.field("urgent pointer", segment.urgentPointer) }
            var options = segment.options
            while let option = options.next() { outline.field("option", option.meaning) }
            if options.isMalformed { outline.fault(.bad("an option of a length that cannot be")) }
            outline.data(segment.payload)
        } catch {
            outline.header("TCP")
            outline.fault(error)
        }
    }
}

extension TCPSegment.Flags {
    fileprivate var names: [(Bool, String)] {
        let all: [(TCPSegment.Flags, String)] = [
            (.fin, "FIN"), (.syn, "SYN"), (.rst, "RST"), (.psh, "PSH"), (.ack, "ACK"), (.urg, "URG"), (.ece, "ECE"), (.cwr, "CWR"),
        ]
        return all.map { (contains($0.0), $0.1) }
    }
}

extension TCPOption {
    fileprivate var meaning: String {
        switch self {
        case .endOfList: "end of list"
        case .noOperation: "no operation"
        case .maximumSegmentSize(let size): "maximum segment size \(size)"
        case .windowScale(let shift): "window scale \(shift) (times \(1 << min(14, Int(shift))))"
        case .sackPermitted: "selective acknowledgements permitted"
        case .sack(let blocks): "selective acknowledgement of " + blocks.map { "\($0.left)–\($0.right)" }.joined(separator: ", ")
        case .timestamps(let value, let echo): "timestamp \(value), echo \(echo)"
        case .other(let kind, let data): "kind \(kind), \(data.count) bytes"
        }
    }
}
