import Frames
import HostClients
import Testing

/// RFC 2131, 3.1 and 4.4: how an address is got, kept and given back.
@Suite struct DHCPExchangeTests {
    @Test func fromNothingToALease() throws {
        var scene = DHCPScene { ($0.hostName, $0.requestedAddress) = ("ring", IPv4Address(rawValue: 7)) }
        #expect(scene.client.state == .stopped && scene.client.nextDeadline == nil)
        scene.handle(.start)
        #expect(scene.client.state == .selecting && scene.sent.count == 1)
        let discover = scene.sent[0]
        #expect(discover.destination == .broadcast && discover.message.kind == .discover && discover.message.length >= 300)
        #expect(discover.message.wantsBroadcast && discover.message.clientAddress == .any && discover.message.server == nil)
        #expect(discover.message.requested == [0, 0, 0, 7] && discover.message.hostName == Array("ring".utf8))
        #expect(discover.message.identifier == [1] + DHCPScene.mac.bytes && discover.message.hasParameterList)

        scene.now += DHCPScene.second
        scene.handle(.received(scene.reply(.offer)))
        #expect(scene.client.state == .requesting)
        let request = scene.sent[1]
        // 4.4.1: the numbers of the discovery.
        #expect(request.message.transaction == discover.message.transaction && request.message.seconds == discover.message.seconds)
        #expect(request.destination == .broadcast && request.message.kind == .request && request.message.clientAddress == .any)
        #expect(request.message.requested == [10, 0, 2, 15] && request.message.server == [10, 0, 2, 2])
        let asked = scene.now

        scene.now += DHCPScene.second
        #expect(scene.handle(.received(scene.reply(.ack))) == [.probe(DHCPScene.address)])
        #expect(scene.client.state == .probing)
        scene.now += 9 * DHCPScene.second
        // Another address's answer is not waited for.
        #expect(scene.handle(.isFree(.broadcast)).isEmpty)
        let lease = try #require(scene.client.lease)
        #expect(scene.handle(.isFree(DHCPScene.address)) == [.configure(lease)])
        #expect(scene.client.state == .bound)
        #expect(lease.address == DHCPScene.address && lease.prefixLength == 24 && lease.server == DHCPScene.server)
        #expect("\(lease.routers) \(lease.nameServers) \(lease.mask)" == "[10.0.2.2] [10.0.2.3] 255.255.255.0")
        #expect(lease.duration == 3600 && lease.renewalTime == 1800 && lease.rebindingTime == 3150)
        // 4.4.1: counted from when it was asked for. 4.4.5: T1 less a little.
        #expect(scene.client.expiry == asked + 3600 * DHCPScene.second)
        let t1 = try #require(scene.client.nextDeadline)
        #expect((asked + 1743 * DHCPScene.second...asked + 1800 * DHCPScene.second).contains(t1))
    }

    /// 4.1: 4, 8, 16, 32 and 64 seconds, one more or less; then 64 for ever.
    @Test(arguments: 1...20)
    func discoveriesAreRepeated(seed: UInt64) {
        var scene = DHCPScene(seed: seed)
        scene.handle(.start)
        for _ in 0..<8 { scene.pass() }
        let gaps = zip(scene.sent, scene.sent.dropFirst()).map { $1.time - $0.time }
        for (gap, seconds) in zip(gaps, [4, 8, 16, 32, 64, 64, 64, 64] as [Int64]) {
            #expect(((seconds - 1) * DHCPScene.second...(seconds + 1) * DHCPScene.second).contains(gap))
        }
        #expect(scene.sent.count == 9 && Set(scene.sent.map(\.message.transaction)).count == 1)
        #expect(scene.sent.allSatisfy { Int64($0.message.seconds) == ($0.time - scene.sent[0].time) / DHCPScene.second })
    }

    @Test func chanceIsInTheWaits() {
        let first = (1...20 as ClosedRange<UInt64>).map { seed in
            var scene = DHCPScene(seed: seed)
            scene.handle(.start)
            return scene.client.nextDeadline ?? 0
        }
        #expect(Set(first).count == 20)
    }

    @Test func aStartMayBeDelayed() {
        var scene = DHCPScene { $0.longestStartDelay = 10 * DHCPScene.second }
        scene.handle(.start)
        #expect(scene.sent.isEmpty && scene.client.state == .initial)
        scene.pass()
        #expect(scene.sent.count == 1 && scene.now <= 1_010 * DHCPScene.second)
    }

    /// 3.1, step 5: four requests in a minute, then a new discovery.
    @Test func aServerThatFallsSilent() {
        var scene = DHCPScene()
        scene.handle(.start)
        scene.handle(.received(scene.reply(.offer)))
        for _ in 0..<4 { scene.pass() }
        #expect(scene.sent.map(\.message.kind) == [.discover, .request, .request, .request, .request, .discover])
        #expect(scene.sent[5].time - scene.sent[1].time >= 56 * DHCPScene.second && scene.sent[5].time - scene.sent[1].time <= 64 * DHCPScene.second)
        #expect(scene.sent[5].message.transaction != scene.sent[4].message.transaction && scene.client.lease == nil)
    }

    @Test func theFirstOfferIsTaken() {
        var scene = DHCPScene()
        scene.handle(.start)
        let second = scene.reply(.offer) { $0.yourAddress = IPv4Address("10.0.2.99")! }
        scene.handle(.received(scene.reply(.offer)))
        #expect(scene.handle(.received(second)).isEmpty)
        #expect(scene.client.lease?.address == DHCPScene.address)
    }

    /// 4.4.6.
    @Test func release() {
        var scene = DHCPScene()
        scene.bind()
        let actions = scene.handle(.release)
        #expect(actions.count == 2 && actions.last == .deconfigure(.stopped))
        let last = scene.sent[scene.sent.count - 1]
        #expect(last.message.kind == .release && last.destination == .server(DHCPScene.server))
        #expect(last.message.clientAddress == DHCPScene.address && last.message.server == [10, 0, 2, 2] && last.message.requested == nil)
        #expect(!last.message.hasParameterList)
        #expect(scene.client.state == .stopped && scene.client.nextDeadline == nil && scene.client.lease == nil)
        #expect(scene.handle(.release).isEmpty)
    }

    @Test func stopSaysNothingToTheServer() {
        var scene = DHCPScene()
        scene.bind()
        #expect(scene.handle(.stop) == [.deconfigure(.stopped)])
        scene.handle(.start)
        #expect(scene.handle(.stop).isEmpty && scene.client.nextDeadline == nil)
    }

    @Test func startForgetsALease() {
        var scene = DHCPScene()
        scene.bind()
        let actions = scene.handle(.start)
        #expect(actions.first == .deconfigure(.stopped) && actions.count == 2 && scene.client.state == .selecting)
    }

    /// 3.1, step 5, and table 5.
    @Test func aConflictIsDeclined() {
        var scene = DHCPScene()
        scene.handle(.start)
        scene.handle(.received(scene.reply(.offer)))
        scene.handle(.received(scene.reply(.ack)))
        let actions = scene.handle(.conflict(DHCPScene.address))
        #expect(actions.count == 1 && scene.client.state == .initial && scene.client.lease == nil)
        let decline = scene.sent[scene.sent.count - 1]
        #expect(decline.message.kind == .decline && decline.destination == .broadcast && decline.message.clientAddress == .any)
        #expect(decline.message.requested == [10, 0, 2, 15] && decline.message.server == [10, 0, 2, 2] && !decline.message.hasParameterList)
        #expect(scene.client.nextDeadline == scene.now + 10 * DHCPScene.second)
        scene.pass()
        #expect(scene.sent.last?.message.kind == .discover)
    }

    @Test func aConflictThatIsFoundLater() {
        var scene = DHCPScene()
        scene.bind()
        #expect(scene.handle(.conflict(.broadcast)).isEmpty)
        let actions = scene.handle(.conflict(DHCPScene.address))
        #expect(actions.last == .deconfigure(.conflict) && scene.sent.last?.message.kind == .decline)
    }

    /// RFC 5227, 2.1.1: after ten conflicts, once a minute.
    @Test func manyConflicts() {
        var scene = DHCPScene()
        scene.handle(.start)
        for count in 1...12 {
            scene.handle(.received(scene.reply(.offer)))
            scene.handle(.received(scene.reply(.ack)))
            scene.handle(.conflict(DHCPScene.address))
            #expect(scene.client.nextDeadline == scene.now + (count > 10 ? 60 : 10) * DHCPScene.second)
            scene.pass()
        }
    }
}
