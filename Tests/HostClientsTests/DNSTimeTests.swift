import Frames
import HostClients
import Testing

/// Turns, rounds, and the end of all waiting (RFC 1035, 7.2; RFC 1536, 2).
@Suite struct DNSTimeTests {
    /// Each server in each round, which lasts twice as long as the one before.
    @Test func nobodyAnswers() {
        var scene = DNSScene()
        let start = scene.now
        scene.handle(.start)
        let last = scene.passAll()
        #expect(last == [.finish(.failure(.timedOut))])
        #expect(scene.sent.map { ($0.time - start) / DNSScene.second } == [0, 2, 4, 8, 12, 20])
        #expect(scene.sent.map(\.server) == [0, 1, 0, 1, 0, 1].map { $0 == 0 ? DNSScene.first : DNSScene.spare })
        #expect(Set(scene.sent.map(\.identifier)).count == 1)
        #expect(scene.now - start == 28 * DNSScene.second)
    }

    @Test func aLateAnswerIsAnAnswer() throws {
        var scene = DNSScene()
        scene.handle(.start)
        scene.pass()
        scene.receive(scene.answer([DNSScene.a()]), from: DNSScene.first)
        #expect(try scene.client.result?.get().addresses == [.v4(DNSScene.address)])
        // A late "cannot" does not end the other's turn.
        scene = DNSScene()
        scene.handle(.start)
        scene.pass()
        let deadline = scene.client.nextDeadline
        #expect(scene.receive(scene.answer { $0.responseCode = .refused }, from: DNSScene.first).isEmpty)
        #expect(scene.client.nextDeadline == deadline && scene.client.result == nil)
    }

    @Test func everythingHasAnEnd() {
        var scene = DNSScene { $0.longestTime = 5 * DNSScene.second }
        let start = scene.now
        scene.handle(.start)
        for number in 0..<10 where scene.client.result == nil {
            scene.now += DNSScene.second
            scene.receive(scene.answer([DNSScene.cname(scene.client.chain.last!.description, "x\(number).example")]))
        }
        #expect(scene.client.result == .failure(.timedOut) && scene.now == start + 5 * DNSScene.second)
        // A machine that slept.
        scene = DNSScene()
        scene.handle(.start)
        scene.now = .max
        #expect(scene.handle(.timer) == [.finish(.failure(.timedOut))])
    }

    @Test func extremeSettings() {
        for (timeout, rounds) in [(.max, 3), (0, 0), (.min, -1), (1, .max)] as [(Int64, Int)] {
            var scene = DNSScene(servers: [DNSScene.first]) { ($0.timeout, $0.rounds) = (timeout, rounds) }
            scene.handle(.start)
            scene.passAll()
            #expect(scene.client.result == .failure(.timedOut))
        }
    }

    @Test func noServersAndCancel() {
        var scene = DNSScene(servers: [])
        #expect(scene.handle(.start) == [.finish(.failure(.noServers))])
        scene = DNSScene()
        scene.handle(.start)
        #expect(scene.handle(.cancel) == [.finish(.failure(.cancelled))] && scene.client.nextDeadline == nil)
    }

    @Test func identifiersAreChance() {
        let identifiers = (1...50 as ClosedRange<UInt64>).map { seed in
            var scene = DNSScene(seed: seed)
            scene.handle(.start)
            return scene.sent[0].identifier
        }
        #expect(Set(identifiers).count > 45)
    }
}
