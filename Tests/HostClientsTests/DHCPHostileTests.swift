import Frames
import HostClients
import TestSupport
import Testing

/// What a client must not take (RFC 2131, table 3 and 4.4.1).
@Suite struct DHCPHostileTests {
    private func refusal(
        _ kind: DHCPMessage.Kind = .offer, lease: UInt32? = 3600, _ change: (inout DHCPMessageBuilder) -> Void = { _ in }
    ) -> DHCPRefusal? {
        var scene = DHCPScene()
        scene.handle(.start)
        if kind != .offer { scene.handle(.received(scene.reply(.offer))) }
        let state = scene.client.state
        let actions = scene.handle(.received(scene.reply(kind, lease: lease, change)))
        guard actions.isEmpty, scene.client.state == state, scene.client.refusalCount == 1 else { return nil }
        return scene.client.lastRefusal
    }

    @Test func whoItIsFor() {
        #expect(refusal { $0.transaction ^= 1 } != nil)
        #expect(refusal { $0.hardwareAddress = .broadcast } == .otherStation(.broadcast))
        #expect(refusal { $0.operation = .request } == .notAReply)
        #expect(refusal(.ack) { $0.transaction = 5 } == .otherTransaction(5))
    }

    @Test func whatIsWaitedFor() {
        var scene = DHCPScene()
        #expect(scene.handle(.received(scene.reply(.offer))).isEmpty)
        #expect(scene.client.lastRefusal == .unexpected(.offer))
        scene.handle(.start)
        for kind in [DHCPMessage.Kind.ack, .nak] {
            #expect(scene.handle(.received(scene.reply(kind))).isEmpty)
            #expect(scene.client.lastRefusal == .unexpected(kind) && scene.client.state == .selecting)
        }
        scene.handle(.received(scene.reply(.offer)))
        #expect(scene.handle(.received(scene.reply(.offer))).isEmpty)
        let ack = scene.reply(.ack)
        scene.handle(.received(ack))
        // Twice the same.
        #expect(scene.handle(.received(ack)).isEmpty && scene.client.state == .probing)
        scene.handle(.isFree(DHCPScene.address))
        #expect(scene.handle(.received(scene.reply(.nak))).isEmpty && scene.client.state == .bound)
    }

    @Test func servers() {
        let other = IPv4Address("10.0.2.9")!
        // A second piece of an option makes it too long (RFC 3396).
        #expect(refusal { $0.add(.serverIdentifier, other) } == .badOption(.serverIdentifier))
        func reply(_ kind: DHCPMessage.Kind, _ server: IPv4Address?) -> DHCPRefusal? {
            var scene = DHCPScene()
            scene.handle(.start)
            scene.handle(.received(scene.reply(.offer)))
            var message = DHCPMessageBuilder(kind, transaction: scene.transaction, hardwareAddress: DHCPScene.mac)
            message.yourAddress = DHCPScene.address
            message.add(.leaseTime, number: 100 as UInt32)
            if let server { message.add(.serverIdentifier, server) }
            scene.handle(.received(message.bytes))
            return scene.client.lastRefusal
        }
        for kind in [DHCPMessage.Kind.ack, .nak] {
            #expect(reply(kind, other) == .otherServer(other))
            for none in [nil, IPv4Address.any, .broadcast, IPv4Address("224.0.0.1")] { #expect(reply(kind, none) == .noServer) }
        }
    }

    @Test(arguments: ["0.0.0.0", "0.1.2.3", "127.0.0.1", "224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255", "10.0.2.0", "10.0.2.255"])
    func addressesOfNoHost(text: String) throws {
        let address = try #require(IPv4Address(text))
        #expect(refusal { $0.yourAddress = address } == .badAddress(address))
    }

    @Test func anotherAddressThanAskedFor() {
        let other = IPv4Address("10.0.2.16")!
        #expect(refusal(.ack) { $0.yourAddress = other } == .otherAddress(other))
    }

    @Test func times() {
        #expect(refusal(lease: nil) == .noLeaseTime)
        #expect(refusal(lease: 0) == .leaseTooShort(0) && refusal(lease: 3) == .leaseTooShort(3))
    }

    private func masked(_ mask: String, address: String = "10.0.2.15") -> DHCPRefusal? {
        var scene = DHCPScene()
        scene.handle(.start)
        var message = DHCPMessageBuilder(.offer, transaction: scene.transaction, hardwareAddress: DHCPScene.mac)
        message.yourAddress = IPv4Address(address)!
        message.add(.leaseTime, number: 100 as UInt32)
        message.add(.serverIdentifier, DHCPScene.server)
        message.add(.subnetMask, IPv4Address(mask)!)
        scene.handle(.received(message.bytes))
        return scene.client.lastRefusal
    }

    @Test func masks() {
        for mask in ["255.255.255.0", "255.255.255.252", "128.0.0.0", "255.255.255.255", "255.255.255.254"] {
            #expect(masked(mask, address: "10.0.2.14") == nil, "\(mask)")
        }
        for mask in ["0.0.0.0", "0.0.0.255", "255.0.255.0", "255.255.255.253", "0.255.255.255"] {
            #expect(masked(mask) == .badMask(IPv4Address(mask)!), "\(mask)")
        }
        // The subnet's own number and its broadcast; both are hosts on a point-to-point link (RFC 3021).
        #expect(masked("255.255.255.252", address: "10.0.2.4") != nil && masked("255.255.255.252", address: "10.0.2.7") != nil)
        #expect(masked("255.255.255.254", address: "10.0.2.4") == nil && masked("255.255.255.254", address: "10.0.2.5") == nil)
    }

    @Test(arguments: [
        (.subnetMask, 3), (.router, 0), (.router, 5), (.domainNameServer, 3), (.leaseTime, 1), (.renewalTime, 5), (.rebindingTime, 0),
        (.interfaceMTU, 1), (.interfaceMTU, 4),
    ] as [(DHCPOptionCode, Int)])
    func lengths(code: DHCPOptionCode, length: Int) {
        // What is there already becomes longer.
        let known: [DHCPOptionCode: Int] = [.subnetMask: 4, .router: 4, .domainNameServer: 4, .leaseTime: 4]
        guard (known[code] ?? 0) + length != 4, length > 0 || known[code] == nil else { return }
        #expect(refusal { $0.add(code, [UInt8](repeating: 1, count: length)) } == .badOption(code))
    }

    /// Settings that make no sense are left out; the lease is good without them.
    @Test func settings() throws {
        var scene = DHCPScene()
        scene.bind {
            $0.add(.router, .any, .broadcast, DHCPScene.address, IPv4Address("10.0.2.8")!)
            $0.add(.domainNameServer, .any, IPv4Address("127.0.0.1")!)
            $0.add(.interfaceMTU, number: 68 as UInt16)
            $0.add(.domainName, [27, 91, 200])
        }
        let lease = try #require(scene.client.lease)
        #expect("\(lease.routers) \(lease.nameServers)" == "[10.0.2.2, 10.0.2.8] [10.0.2.3, 127.0.0.1]")
        #expect(lease.mtu == nil && lease.domainName == nil)
        scene = DHCPScene()
        scene.bind { $0.add(.domainName, Array("example.org".utf8) + [0]) }
        #expect(scene.client.lease?.domainName == DNSName("example.org"))
    }

    @Test func everyCutOfAReply() {
        let whole = DHCPScene().reply(.offer).count
        for length in 0..<whole {
            var scene = DHCPScene()
            scene.handle(.start)
            let reply = scene.reply(.offer)
            let actions = scene.handle(.received(Array(reply.prefix(length))))
            // Behind its options there is only padding.
            let used = reply.lastIndex { $0 != 0 } ?? 0
            #expect(actions.isEmpty == (length < used), "\(length)")
        }
    }
}
