import Frames
import HostClients
import TestSupport

extension Target {
    /// A DHCP client and whatever its server, the clock and its owner do.
    ///
    /// A script of steps: what happens, and for a message whether it answers the client's last one, and its bytes.
    static let dhcp = Target(name: "dhcp", seeds: DHCPScript.seeds) { bytes in
        var scene = DHCPScript()
        var script = Script(bytes)
        scene.handle(.start)
        for _ in 0..<64 where !script.isOver { scene.step(&script) }
    }

    /// A DNS client and whatever comes to its port; a script of answers, each with a byte for what it gets right.
    static let dns = Target(
        name: "dns", seeds: { [[3] + Script.piece(Array(SampleFrames.dnsAnswerMessage.dropFirst(12 + 21)))] }
    ) { bytes in
        let server = DNSClient.Server(.v4(SampleFrames.routerIP))
        var client = DNSClient(
            SampleFrames.name, bytes.count.isMultiple(of: 2) ? .a : .aaaa, DNSClient.Configuration(servers: [server]), sourcePort: 40_000,
            random: SplitMix(seed: 1))
        var now: Int64 = 1_000_000_000
        var query: [UInt8] = []
        var script = Script(bytes)
        func keep(_ actions: [DNSClient.Action]) { for case .send(let bytes, _) in actions { query = bytes } }
        keep(client.handle(.start, at: now))
        for _ in 0..<32 where !script.isOver {
            let kind = script.byte()
            var message = script.piece()
            if kind & 1 != 0, query.count > 12 {
                // Behind the right identifier and the right question: as many records as it likes to say.
                message = query.prefix(2) + [0x81, 0x80, 0, 1, 0, kind >> 4, 0, 0, 0, 0] + query.dropFirst(12) + message
            }
            if kind & 4 != 0 {
                now = max(now, client.nextDeadline ?? now)
                keep(client.handle(.timer, at: now))
            }
            keep(client.handle(.received(message, from: server, to: 40_000), at: now))
        }
        require(client.chain.count <= DNSClient.longestChain + 1, "aliases end")
    }
}

private struct DHCPScript {
    private var client: DHCPClient
    private var now: Int64 = 1_000_000_000_000
    private var transaction: [UInt8] = [0, 0, 0, 0]

    init() { client = DHCPClient(DHCPClient.Configuration(hardwareAddress: SampleFrames.host), random: SplitMix(seed: 1)) }

    mutating func handle(_ event: DHCPClient.Event) {
        let actions = client.handle(event, at: now)
        require(actions.count <= 4, "no storm")
        for case .send(let bytes, _) in actions {
            require((300..<576).contains(bytes.count), "a message is as long as RFC 2131 lets it be")
            transaction = Array(bytes[4..<8])
        }
        let isUsed = [.bound, .renewing, .rebinding].contains(client.state)
        require(!isUsed || client.lease != nil, "an address that is used is leased")
    }

    mutating func step(_ script: inout Script) {
        let kind = script.byte()
        switch kind & 0x7 {
        case 0:
            // Not to the end of a lease of 136 years.
            now = min(max(now, client.nextDeadline ?? now), now + 10_000_000_000_000)
            handle(.timer)
        case 1: handle(.isFree(client.lease?.address ?? .any))
        case 2: handle(.conflict(client.lease?.address ?? .any))
        case 3: handle([.start, .release, .stop][Int(kind >> 3) % 3])
        default:
            var message = script.piece()
            if kind & 0x8 == 0, message.count >= 34 {
                message.replaceSubrange(4..<8, with: transaction)
                message.replaceSubrange(28..<34, with: SampleFrames.host.bytes)
            }
            handle(.received(message))
        }
    }

    static func seeds() -> [[UInt8]] {
        func reply(_ kind: DHCPMessage.Kind) -> [UInt8] {
            var message = DHCPMessageBuilder(kind, transaction: 1, hardwareAddress: SampleFrames.host)
            message.yourAddress = SampleFrames.hostIP
            message.add(.serverIdentifier, SampleFrames.routerIP)
            message.add(.subnetMask, IPv4Address(rawValue: 0xffff_ff00))
            message.add(.router, SampleFrames.routerIP)
            message.add(.leaseTime, number: 3600 as UInt32)
            return [4] + Script.piece(message.bytes)
        }
        let bound = [0] + reply(.offer) + reply(.ack) + [1]
        return [bound, bound + [0] + reply(.ack), bound + [0, 0] + reply(.nak), bound + [2], bound + [11]]
    }
}
