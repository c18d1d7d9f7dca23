import DeviceAccess

// What the self-test learns of the card's work on frames (3.2.9, 3.5, 3.6, 9.2): what comes back is compared with what software
// makes of the same packet.
extension Controller {
    /// A frame that came back.
    private struct Echo {
        let bytes: [UInt8]
        let checksums: ChecksumStatus
        let vlanTag: UInt16?
    }

    /// The parts that the card does and is set up for; what is left out is said.
    mutating func checkOffloads() throws(DeviceError) -> Outcome {
        var (done, left): ([String], [String]) = ([], [])
        if let wrong = try wrongChecksums() { return .failed(wrong) }
        done.append("checksums of IPv4 and IPv6")
        if offloads.contains(.segmentation) {
            if let wrong = try wrongSegments(.ipv4) { return .failed(wrong) }
            if offloads.contains(.segmentationIPv6) {
                if let wrong = try wrongSegments(.ipv6) { return .failed(wrong) }
                done.append("segments of IPv4 and IPv6")
            } else {
                done.append("segments of IPv4")
                left.append(
                    model.offloads.contains(.segmentationIPv6)
                        ? "QEMU's \(model.qemuName) makes wrong segments of IPv6" : "the \(model.name) makes no segments of IPv6")
            }
        } else {
            left.append("QEMU's \(model.qemuName) does not segment")
        }
        let vlan = configuration.filters.vlans.map(\.first) ?? 0x123
        if offloads.contains(.vlan), let vlan {
            if let wrong = try wrongTag(0xa000 | vlan) { return .failed(wrong) }
            done.append("tag")
        } else {
            left.append("tags are left alone, as configured")
        }
        if verifiesChecksums {
            if let wrong = try wrongStatus() { return .failed(wrong) }
            done.append("checksum status")
            if model.is82544 { left.append("the \(model.name) looks at no received checksum of IPv6") }
        } else {
            let who = quirks.ignoresChecksums ? "QEMU's \(model.qemuName)" : "the card, as configured,"
            left.append("\(who) looks at no received checksum")
        }
        return .passed(([done.joined(separator: ", ")] + left).joined(separator: "; "))
    }

    /// - Returns: what is wrong with the checksums that the card inserts.
    private mutating func wrongChecksums() throws(DeviceError) -> String? {
        for packet in Self.kinds {
            for length in [40, 555, 1400] {
                var packet = packet
                packet.data = Self.data(length)
                let echo = try echo(packet)
                if let wrong = Self.difference(of: echo, from: [packet.frame], "checksums of \(packet.name), \(length) bytes of data") {
                    return wrong
                }
            }
        }
        return nil
    }

    /// - Returns: what is wrong with the segments that the card makes.
    private mutating func wrongSegments(_ network: SelftestPacket.Network) throws(DeviceError) -> String? {
        let packet = SelftestPacket(network: network, data: Self.data(3000))
        return Self.difference(
            of: try echo(packet, segmentSize: 1200), from: packet.segments(1200).map(\.frame),
            "segments of 3000 bytes of data\(network == .ipv4 ? "" : " over IPv6")")
    }

    /// - Returns: what is wrong with a tag, of a VLAN that is received, that the card inserts and takes out.
    private mutating func wrongTag(_ tag: UInt16) throws(DeviceError) -> String? {
        let packet = SelftestPacket(data: Self.data(100))
        let echo = try echo(packet, vlanTag: tag)
        if let wrong = Self.difference(of: echo, from: [packet.frame], "tag") { return wrong }
        guard echo.first?.vlanTag == tag else {
            return "tag 0x\(String(tag, radix: 16)) came back as \(echo.first?.vlanTag.map { "0x" + String($0, radix: 16) } ?? "none")"
        }
        return nil
    }

    /// - Returns: what is wrong with what the card says of received checksums, good ones and bad ones.
    private mutating func wrongStatus() throws(DeviceError) -> String? {
        for packet in Self.kinds where packet.network == .ipv4 || !model.is82544 {
            // IPv6's header has no checksum.
            let network = packet.network == .ipv4 ? ChecksumStatus.Verdict.good : .unknown
            guard let good = try echo(packet).first else { return "checksum status of \(packet.name): nothing came back within 2 s" }
            guard good.checksums.network == network, good.checksums.transport == .good else {
                let status = "checksum status of \(packet.name): "
                let transport = "\(packet.transport.name) \(good.checksums.transport)"
                return status
                    + (packet.network == .ipv4
                        ? "IPv4 is called \(good.checksums.network), \(transport), and both are good"
                        : "IPv6, which has none, is called \(good.checksums.network), \(transport), which is good")
            }
            var spoilt = packet.frame
            spoilt[packet.headerLength + 5] ^= 0x10
            guard let bad = try echo(chain(copying: spoilt), .none, 1).first else {
                return "checksum status of bad \(packet.name): nothing came back within 2 s"
            }
            guard bad.checksums.network == network, bad.checksums.transport == .bad else {
                return "checksum status of bad \(packet.name): it is called \(bad.checksums.transport)"
            }
        }
        return nil
    }

    /// TCP and UDP, over IPv4 first.
    private static let kinds = SelftestPacket.Network.allCases.flatMap { network in
        SelftestPacket.Transport.allCases.map { SelftestPacket(network: network, transport: $0, data: Self.data(100)) }
    }

    private static func data(_ length: Int) -> [UInt8] { Array(SelftestPattern.random.frame(length, length: length + 18).dropFirst(18)) }

    /// - Returns: the first that is not as it should be; `nil`: all are.
    private static func difference(of echo: [Echo], from frames: [[UInt8]], _ what: String) -> String? {
        let bytes = echo.map(\.bytes)
        guard bytes != frames else { return nil }
        guard frames.count > 1 else { return "\(what): \(difference(of: bytes, from: frames[0]))" }
        guard bytes.count == frames.count else { return "\(what): \(bytes.count) frames came back, not \(frames.count)" }
        let number = zip(bytes, frames).enumerated().first { $1.0 != $1.1 }?.offset ?? 0
        return "\(what), number \(number + 1): \(difference(of: [bytes[number]], from: frames[number]))"
    }

    /// Sends a packet, with its checksums left to the card, and its data cut if they are longer than a segment; takes what comes back.
    private mutating func echo(
        _ packet: SelftestPacket, segmentSize: Int? = nil, vlanTag: UInt16? = nil
    ) throws(DeviceError) -> [Echo] {
        guard var chain = chain(copying: packet.frame, headerLength: packet.headerLength) else { return [] }
        guard var offload = chain.prepareOffload(segmentSize: segmentSize) else {
            put(chain)
            return []
        }
        offload.vlanTag = vlanTag
        return try echo(chain, offload, segmentSize.map { (packet.data.count + $0 - 1) / $0 } ?? 1)
    }

    private mutating func echo(_ chain: consuming PacketChain?, _ offload: TransmitOffload, _ count: Int) throws(DeviceError) -> [Echo] {
        guard let chain else { return [] }
        switch append(chain, offload: offload) {
        case .queued: break
        case .full(let chain): put(chain)
        case .refused(let chain, _): put(chain)
        }
        var echoes: [Echo] = []
        try takeEchoes(count) { echoes.append(Echo(bytes: $0.copy(), checksums: $0.checksums, vlanTag: $0.vlanTag)) }
        return echoes
    }
}
