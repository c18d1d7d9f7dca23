import Frames
import HostClients
import TestSupport
import Testing

/// Whatever comes in whatever order: no trap, no storm, and the caller's address is always one that the client stands for.
@Suite struct DHCPFuzzTests {
    private func event(_ scene: DHCPScene, _ random: inout SplitMix) -> DHCPClient.Event {
        switch Int.random(in: 0..<60, using: &random) {
        case _ where scene.client.state == .stopped: return .start
        case 0: return .start
        case 1: return .conflict(DHCPScene.address)
        case 2: return Bool.random(using: &random) ? .release : .stop
        case 3...12: return .isFree(DHCPScene.address)
        case 13...30: return .timer
        default:
            let kind: DHCPMessage.Kind = [.offer, .offer, .ack, .ack, .nak].randomElement(using: &random)!
            var reply = scene.reply(kind, lease: [0, 4, 60, 3600, .max, .max - 1].randomElement(using: &random)!)
            for _ in 0..<[0, 0, 1, 3, 20].randomElement(using: &random)! {
                let place = Bool.random(using: &random) ? Int.random(in: 0..<reply.count, using: &random) : Int.random(in: 236..<280, using: &random)
                reply[place] = [0, 255, 4, .random(in: 0...255, using: &random)].randomElement(using: &random)!
            }
            if Int.random(in: 0..<8, using: &random) == 0 { reply.removeLast(.random(in: 0...reply.count, using: &random)) }
            return .received(reply)
        }
    }

    @Test func anything() {
        var visited: Set<DHCPClient.State> = []
        for seed in 1...3 as ClosedRange<UInt64> { visited.formUnion(statesVisited(seed)) }
        // Chance has been everywhere.
        #expect(visited.count == 8, "\(visited)")
    }

    private func statesVisited(_ seed: UInt64) -> Set<DHCPClient.State> {
        var random = SplitMix(seed: seed)
        var scene = DHCPScene(seed: seed)
        var configured: IPv4Address?
        var visited: Set<DHCPClient.State> = []
        for _ in 0..<4_000 {
            // Not to the end of a lease of 136 years, where the time would end as well.
            let latest = scene.now + 10_000 * DHCPScene.second
            switch Int.random(in: 0..<8, using: &random) {
            case 0, 1, 2: scene.now = min(max(scene.now, scene.client.nextDeadline ?? 0), latest)
            // Shortly before a lease ends.
            case 3: scene.now = min(max(scene.now, (scene.client.expiry ?? 0) - 100 * DHCPScene.second), latest)
            case 4: scene.now += .random(in: 0...1_000_000_000_000, using: &random)
            default: break
            }
            let actions = scene.handle(event(scene, &random))
            for action in actions {
                switch action {
                case .configure(let lease):
                    // Only an extension configures anew, and only the same address.
                    #expect(configured == nil || configured == lease.address)
                    #expect((1...32).contains(lease.prefixLength) && lease.address.rawValue >> 28 < 0xe)
                    configured = lease.address
                case .deconfigure:
                    #expect(configured != nil)
                    configured = nil
                case .send(let bytes, _): #expect(bytes.count >= 300 && bytes.count < 576)
                case .probe(let address): #expect(address == scene.client.lease?.address && scene.client.state == .probing)
                }
            }
            #expect(actions.count <= 4)
            let isUsed = [.bound, .renewing, .rebinding].contains(scene.client.state)
            #expect(isUsed == (configured != nil) && (!isUsed || scene.client.lease?.address == configured))
            // Who waits for something has a deadline.
            let waits = [.initial, .selecting, .requesting, .renewing, .rebinding].contains(scene.client.state)
            #expect(!waits || scene.client.nextDeadline != nil)
            visited.insert(scene.client.state)
        }
        return visited
    }

    @Test func chance() {
        var random = SplitMix(seed: 9)
        var scene = DHCPScene()
        scene.handle(.start)
        for _ in 0..<3_000 {
            let bytes = (0..<Int.random(in: 0...600, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
            #expect(scene.handle(.received(bytes)).isEmpty)
        }
        #expect(scene.client.refusalCount == 3_000 && scene.client.lastRefusal == .malformed)
    }
}
