import Frames
import HostClients
import TestSupport
import Testing

/// Answers that nobody asked for (RFC 5452, 9.1), and such as no server sends.
@Suite struct DNSHostileTests {
    private func started() -> DNSScene {
        var scene = DNSScene()
        scene.handle(.start)
        return scene
    }

    private func refusal(_ message: [UInt8], from server: DNSClient.Server? = nil, to port: UInt16 = DNSScene.port) -> DNSRefusal? {
        var scene = started()
        let actions = scene.receive(message, from: server, to: port)
        return actions.isEmpty && scene.client.result == nil && scene.client.refusalCount == 1 ? scene.client.lastRefusal : nil
    }

    @Test func whatMustMatch() throws {
        let good = started().answer([DNSScene.a()])
        // Address and port of the server; our own port.
        let elsewhere = DNSClient.Server(.v4(DNSScene.address))
        let otherPort = DNSClient.Server(DNSScene.first.address, port: 54)
        #expect(refusal(good, from: elsewhere) == .otherServer(elsewhere) && refusal(good, from: otherPort) == .otherServer(otherPort))
        // One of ours, but its turn has not come.
        #expect(refusal(good, from: DNSScene.spare) == .otherServer(DNSScene.spare))
        #expect(refusal(good, to: 40_001) == .otherPort(40_001))
        let identifier = started().sent[0].identifier ^ 0x0100
        #expect(refusal(started().answer([DNSScene.a()]) { $0.identifier ^= 0x0100 }) == .otherIdentifier(identifier))
        #expect(refusal(started().answer([DNSScene.a()]) { $0.isResponse = false }) == .notAResponse)
        // Name, type and class of the question; one question.
        var other = DNSMessageBuilder(identifier: started().sent[0].identifier)
        other.isResponse = true
        let questions = [
            DNSQuestion(name: DNSName("www.example.con")!, type: .a), DNSQuestion(name: DNSScene.name, type: .aaaa),
            DNSQuestion(name: DNSScene.name, type: .a, recordClass: 3),
        ]
        for question in questions {
            var message = other
            message.add(question)
            message.add(DNSScene.a())
            #expect(refusal(message.bytes) == .otherQuestion)
        }
        #expect(refusal(started().answer([DNSScene.a()]) { $0.add(DNSQuestion(name: DNSScene.name, type: .a)) }) == .otherQuestion)
        #expect(refusal(other.bytes) == .otherQuestion)
    }

    /// The right one may still come.
    @Test func aForgedAnswerChangesNothing() throws {
        var scene = started()
        let (good, deadline) = (scene.answer([DNSScene.a()]), scene.client.nextDeadline)
        for _ in 0..<1000 { scene.receive(scene.answer { $0.identifier &+= 1 }) }
        #expect(scene.client.refusalCount == 1000 && scene.client.nextDeadline == deadline)
        scene.receive(good)
        #expect(try scene.client.result?.get().addresses == [.v4(DNSScene.address)])
    }

    /// Records of other names, other classes and in other sections answer nothing.
    @Test func recordsOfSomethingElse() {
        var scene = started()
        let chaos = [
            DNSRecord(name: DNSScene.name, type: .a, recordClass: 3, timeToLive: 1, data: .other([1, 2, 3, 4])),
            DNSRecord(name: DNSScene.name, type: .cname, recordClass: 3, timeToLive: 1, data: .cname(DNSName("evil.example")!)),
        ]
        scene.receive(
            scene.answer(chaos + [DNSScene.a(DNSName("evil.example")!), DNSScene.cname("a.example", "b.example")]) {
                $0.add(DNSScene.a(), to: .additional)
                $0.add(DNSScene.a(), to: .authority)
            })
        #expect(scene.client.result == .failure(.noAddresses(DNSScene.name)))
    }

    /// A name has one alias: a second one is not believed.
    @Test func twoAliases() {
        var scene = started()
        scene.receive(
            scene.answer([
                DNSScene.cname("www.example.com", "b.example"), DNSScene.cname("www.example.com", "c.example"), DNSScene.a(DNSName("c.example")!),
            ]))
        #expect(scene.client.chain.last == DNSName("b.example") && scene.client.result == nil)
    }

    @Test func asManyAddressesAsFit() throws {
        var scene = started()
        scene.receive(scene.answer((0..<2000).map { DNSScene.a(DNSScene.name, IPv4Address(rawValue: 0x0a00_0000 + UInt32($0))) }))
        #expect(try scene.client.result?.get().addresses.count == DNSAnswer.mostAddresses)
    }

    @Test func everyCutOfAnAnswer() {
        let whole = started().answer([DNSScene.cname("www.example.com", "b.example"), DNSScene.a(DNSName("b.example")!)])
        for length in 0..<whole.count { #expect(refusal(Array(whole.prefix(length))) == .malformed, "\(length)") }
    }

    @Test func changedBytes() {
        var random = SplitMix(seed: 11)
        let whole = started().answer([DNSScene.cname("www.example.com", "b.example"), DNSScene.a(DNSName("b.example")!)]) {
            $0.add(DNSScene.soa, to: .authority)
            $0.add(DNSScene.ns, to: .additional)
        }
        var results: Set<String> = []
        for _ in 0..<3_000 {
            var scene = started()
            var message = whole
            for _ in 0..<Int.random(in: 1...6, using: &random) {
                message[.random(in: 2..<message.count, using: &random)] =
                    [0, 0xc0, 0xff, 12, .random(in: 0...255, using: &random)].randomElement(using: &random)!
            }
            let actions = scene.receive(message)
            #expect(actions.count <= 1 && (scene.client.result == nil) == (scene.client.nextDeadline != nil))
            switch scene.client.result {
            case .success(let answer): #expect(!answer.addresses.isEmpty && answer.timeToLive <= Int32.max)
            case .failure(let failure): results.insert("\(failure)".prefix(while: { $0 != ":" }).description)
            case nil: break
            }
        }
        #expect(results.count >= 3, "\(results)")
    }

    @Test func chance() {
        var random = SplitMix(seed: 12)
        var scene = started()
        let identifier = scene.sent[0].identifier
        for round in 0..<3_000 {
            var message = (0..<Int.random(in: 0...80, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
            // With what a forger would have to guess, every other time.
            if round.isMultiple(of: 2), message.count > 3 {
                (message[0], message[1], message[2]) = (UInt8(identifier >> 8), UInt8(identifier & 0xff), 0x81)
            }
            #expect(scene.receive(message).isEmpty || scene.client.result != nil)
            if scene.client.result != nil { scene = started() }
        }
    }
}
