import Frames
import HostClients
import Testing

/// RFC 2131, 4.4.5: a lease is renewed, rebound, lost.
@Suite struct DHCPLeaseTimeTests {
    @Test func renewed() throws {
        var scene = DHCPScene()
        scene.bind()
        scene.pass()
        #expect(scene.client.state == .renewing)
        let request = try #require(scene.sent.last)
        #expect(request.destination == .server(DHCPScene.server) && request.message.kind == .request)
        // 4.3.2: neither the address nor the server is an option.
        #expect(request.message.clientAddress == DHCPScene.address && request.message.requested == nil && request.message.server == nil)
        #expect(!request.message.wantsBroadcast && request.message.seconds == 0)
        let asked = scene.now
        scene.now += DHCPScene.second
        let actions = scene.handle(.received(scene.reply(.ack, lease: 7200) { $0.add(.interfaceMTU, number: 1400 as UInt16) }))
        let lease = try #require(scene.client.lease)
        #expect(actions == [.configure(lease)] && lease.mtu == 1400 && scene.client.state == .bound)
        #expect(scene.client.expiry == asked + 7200 * DHCPScene.second)
    }

    /// Half of what is left, not below a minute; then everybody; then it is over.
    @Test func nobodyAnswers() throws {
        var scene = DHCPScene()
        scene.bind()
        let start = scene.now
        scene.sent = []
        let last = scene.pass(until: .selecting)
        #expect(last.first == .deconfigure(.expired) && scene.now == start + 3600 * DHCPScene.second)
        let renewals = scene.sent.filter { $0.destination == .server(DHCPScene.server) }
        let rebindings = scene.sent.filter { $0.destination == .broadcast && $0.message.kind == .request }
        #expect(renewals.count >= 4 && rebindings.count >= 2 && scene.sent.last?.message.kind == .discover)
        for messages in [renewals, rebindings] {
            let gaps = zip(messages, messages.dropFirst()).map { $1.time - $0.time }
            #expect(gaps.allSatisfy { $0 >= 60 * DHCPScene.second } && gaps == gaps.sorted(by: >))
            #expect(Set(messages.map(\.message.transaction)).count == 1)
        }
        #expect(rebindings.allSatisfy { $0.message.clientAddress == DHCPScene.address && $0.message.server == nil })
        let t2 = try #require(rebindings.first).time - start
        #expect((3051...3150).contains(t2 / DHCPScene.second))
    }

    @Test func anotherServerRebinds() throws {
        var scene = DHCPScene()
        scene.bind()
        scene.pass(until: .rebinding)
        let other = IPv4Address("10.0.2.7")!
        func reply(_ kind: DHCPMessage.Kind) -> [UInt8] {
            var message = DHCPMessageBuilder(kind, transaction: scene.transaction, hardwareAddress: DHCPScene.mac)
            message.yourAddress = DHCPScene.address
            message.add(.leaseTime, number: 60 as UInt32)
            message.add(.serverIdentifier, other)
            return message.bytes
        }
        let ack = reply(.ack)
        scene.handle(.received(ack))
        #expect(scene.client.state == .bound && scene.client.lease?.server == other)
        // Not said: of class A.
        #expect(scene.client.lease?.prefixLength == 8)
    }

    @Test func denied() throws {
        var scene = DHCPScene()
        scene.bind()
        scene.pass()
        let actions = scene.handle(.received(scene.reply(.nak)))
        #expect(actions.first == .deconfigure(.denied) && actions.count == 2 && scene.client.state == .selecting)
        // Again and again: later and later.
        var delays: [Int64] = []
        for _ in 0..<6 {
            scene.handle(.received(scene.reply(.offer)))
            scene.handle(.received(scene.reply(.nak)))
            #expect(scene.client.state == .initial)
            delays.append(try #require(scene.client.nextDeadline) - scene.now)
            scene.pass()
        }
        #expect(delays.dropLast() == delays.dropLast().sorted()[...] && delays[0] >= 3 * DHCPScene.second && delays[5] >= 63 * DHCPScene.second)
    }

    /// A machine that slept through everything.
    @Test func aJumpPastTheEnd() {
        var scene = DHCPScene()
        scene.bind()
        scene.now += 100_000 * DHCPScene.second
        scene.sent = []
        let actions = scene.handle(.timer)
        #expect(actions.first == .deconfigure(.expired) && actions.count == 2 && scene.sent.map(\.message.kind) == [.discover])
        // What comes too late is nothing.
        #expect(scene.handle(.isFree(DHCPScene.address)).isEmpty)
    }

    @Test func aProbeThatTakesTooLong() {
        var scene = DHCPScene()
        scene.handle(.start)
        scene.handle(.received(scene.reply(.offer, lease: 5)))
        scene.handle(.received(scene.reply(.ack, lease: 5)))
        #expect(scene.client.nextDeadline == scene.now + 5 * DHCPScene.second)
        // It was never in use.
        #expect(!scene.pass().contains(.deconfigure(.expired)) && scene.client.state == .selecting)
    }

    @Test func forEver() {
        var scene = DHCPScene()
        scene.bind(lease: .max)
        #expect(scene.client.state == .bound && scene.client.nextDeadline == nil && scene.client.expiry == nil && scene.client.lease?.duration == nil)
        scene = DHCPScene()
        scene.now = .max - 5
        scene.bind(lease: .max - 1)
        #expect(scene.client.expiry == .max)
    }

    /// T1 and T2 as the server says, if they come in their order.
    @Test(arguments: [
        (100, 200, 100, 200), (200, 100, 100, 100), (0, 0, 1800, 3150), (100, 3600, 100, 3150), (3600, 200, 200, 200), (3200, 3300, 3200, 3300),
    ] as [(UInt32, UInt32, UInt32, UInt32)])
    func serversTimes(t1: UInt32, t2: UInt32, renewal: UInt32, rebinding: UInt32) throws {
        var scene = DHCPScene()
        scene.bind {
            $0.add(.renewalTime, number: t1)
            $0.add(.rebindingTime, number: t2)
        }
        let lease = try #require(scene.client.lease)
        #expect(lease.renewalTime == renewal && lease.rebindingTime == rebinding)
    }

    /// However short the server makes it, the wire stays quiet.
    @Test func noStorm() {
        var scene = DHCPScene()
        scene.bind(lease: DHCPLease.shortestTime) {
            $0.add(.renewalTime, number: 1 as UInt32)
            $0.add(.rebindingTime, number: 1 as UInt32)
        }
        let start = scene.now
        scene.sent = []
        for _ in 0..<1_000 where scene.now < start + 60 * DHCPScene.second {
            scene.pass()
            scene.handle(.received(scene.reply(.ack, lease: DHCPLease.shortestTime) { $0.add(.renewalTime, number: 1 as UInt32) }))
        }
        #expect(scene.sent.count <= 66 && scene.now >= start + 60 * DHCPScene.second)
    }
}
