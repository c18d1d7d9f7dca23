import Frames
import HostClients
import Testing

@Suite struct DNSClientTests {
    @Test func aQuestionAndItsAnswer() throws {
        var scene = DNSScene()
        #expect(scene.client.nextDeadline == nil)
        #expect(scene.handle(.start).count == 1)
        // A second start does nothing.
        #expect(scene.handle(.start).isEmpty)
        let question = try #require(scene.sent.first)
        #expect(question.server == DNSScene.first && question.question == DNSQuestion(name: DNSScene.name, type: .a))
        #expect(scene.client.nextDeadline == scene.now + 2 * DNSScene.second)
        let other = IPv4Address("192.0.2.2")!
        let actions = scene.receive(scene.answer([DNSScene.a(), DNSScene.a(DNSScene.name, other, seconds: 20), DNSScene.a()]))
        let answer = DNSAnswer(name: DNSScene.name, addresses: [.v4(DNSScene.address), .v4(other)], timeToLive: 20)
        #expect(actions == [.finish(.success(answer))] && scene.client.result == .success(answer))
        // Nothing follows.
        #expect(scene.client.nextDeadline == nil && scene.receive(scene.answer([DNSScene.a()])).isEmpty && scene.handle(.cancel).isEmpty)
    }

    @Test func ipv6() throws {
        var scene = DNSScene(DNSScene.name, .aaaa)
        scene.handle(.start)
        #expect(scene.sent[0].question?.type == .aaaa)
        let address = try #require(IPv6Address("2001:db8::1"))
        // An address of the other kind was not asked for.
        scene.receive(scene.answer([DNSScene.a(), DNSRecord(name: DNSScene.name, type: .aaaa, timeToLive: 5, data: .aaaa(address))]))
        #expect(try scene.client.result?.get() == DNSAnswer(name: DNSScene.name, addresses: [.v6(address)], timeToLive: 5))
    }

    /// Case is for people (RFC 4343).
    @Test func theCaseOfLettersDoesNotMatter() throws {
        var scene = DNSScene(DNSName("WWW.Example.COM")!)
        scene.handle(.start)
        scene.receive(scene.answer([DNSScene.a()]))
        #expect(try scene.client.result?.get().addresses == [.v4(DNSScene.address)])
    }

    // Aliases.

    @Test func aliasesInOneAnswer() throws {
        var scene = DNSScene()
        scene.handle(.start)
        // In any order.
        scene.receive(
            scene.answer([
                DNSScene.a(DNSName("c.example")!, seconds: 90), DNSScene.cname("b.example", "c.example", seconds: 70),
                DNSScene.cname("www.example.com", "b.example", seconds: 80),
            ]))
        #expect(try scene.client.result?.get() == DNSAnswer(name: DNSName("c.example")!, addresses: [.v4(DNSScene.address)], timeToLive: 70))
        #expect(scene.client.chain.map(\.description) == ["www.example.com.", "b.example.", "c.example."])
    }

    @Test func anAnswerThatStopsAtAnAlias() throws {
        var scene = DNSScene()
        scene.handle(.start)
        let first = scene.sent[0]
        #expect(scene.receive(scene.answer([DNSScene.cname("www.example.com", "b.example", seconds: 9)])).count == 1)
        let second = try #require(scene.sent.last)
        #expect(second.question == DNSQuestion(name: DNSName("b.example")!, type: .a) && second.identifier != first.identifier)
        scene.receive(scene.answer([DNSScene.a(DNSName("b.example")!)]))
        #expect(try scene.client.result?.get() == DNSAnswer(name: DNSName("b.example")!, addresses: [.v4(DNSScene.address)], timeToLive: 9))
    }

    /// Who knew the alias is asked first about it.
    @Test func theServerThatAnsweredIsAskedOn() {
        var scene = DNSScene()
        scene.handle(.start)
        scene.pass()
        scene.receive(scene.answer([DNSScene.cname("www.example.com", "b.example")]))
        scene.passAll()
        let order = [DNSScene.first] + [DNSClient.Server](repeating: DNSScene.spare, count: 2) + [DNSScene.first, DNSScene.spare]
        #expect(scene.sent.prefix(5).map(\.server) == order)
    }

    /// An alias, and the proof that there is no more (RFC 2308, 2.2).
    @Test func anAliasWithoutAddresses() {
        var scene = DNSScene()
        scene.handle(.start)
        scene.receive(scene.answer([DNSScene.cname("www.example.com", "b.example")]) { $0.add(DNSScene.soa, to: .authority) })
        #expect(scene.client.result == .failure(.noAddresses(DNSName("b.example")!)))
        scene = DNSScene()
        scene.handle(.start)
        // RFC 6604, 3: the code is the last name's.
        scene.receive(scene.answer([DNSScene.cname("www.example.com", "b.example")]) { $0.responseCode = .nameError })
        #expect(scene.client.result == .failure(.noSuchName(DNSName("b.example")!)))
    }

    @Test func aliasesWithoutEnd() {
        for records in [
            [DNSScene.cname("www.example.com", "www.example.com")],
            [DNSScene.cname("www.example.com", "b.example"), DNSScene.cname("b.example", "www.example.com")],
        ] {
            var scene = DNSScene()
            scene.handle(.start)
            scene.receive(scene.answer(records))
            #expect(scene.client.result == .failure(.loop(DNSScene.name)))
        }
        // Over several answers, each with a new alias.
        var scene = DNSScene()
        scene.handle(.start)
        for number in 0..<40 where scene.client.result == nil {
            scene.receive(scene.answer([DNSScene.cname(scene.client.chain.last!.description, "x\(number).example")]))
        }
        #expect(scene.client.result == .failure(.chainTooLong(DNSScene.name)) && scene.sent.count == DNSClient.longestChain + 1)
        // In one answer.
        scene = DNSScene()
        scene.handle(.start)
        let long = [DNSScene.cname("www.example.com", "x0.example")] + (0..<40).map { DNSScene.cname("x\($0).example", "x\($0 + 1).example") }
        scene.receive(scene.answer(long))
        #expect(scene.client.result == .failure(.chainTooLong(DNSScene.name)))
    }

    // What servers say.

    @Test func noSuchName() {
        var scene = DNSScene()
        scene.handle(.start)
        scene.receive(scene.answer { $0.responseCode = .nameError })
        #expect(scene.client.result == .failure(.noSuchName(DNSScene.name)))
    }

    @Test func noAddresses() {
        for hasSOA in [true, false] {
            var scene = DNSScene()
            scene.handle(.start)
            scene.receive(scene.answer { if hasSOA { $0.add(DNSScene.soa, to: .authority) } })
            #expect(scene.client.result == .failure(.noAddresses(DNSScene.name)))
        }
    }

    @Test func truncated() {
        var scene = DNSScene()
        scene.handle(.start)
        scene.receive(scene.answer([DNSScene.a()]) { $0.isTruncated = true })
        #expect(scene.client.result == .failure(.truncated(DNSScene.first)))
    }

    @Test(arguments: [.serverFailure, .refused, .notImplemented, .formatError] as [DNSResponseCode])
    func aServerThatCannotIsNotAskedAgain(code: DNSResponseCode) throws {
        var scene = DNSScene()
        scene.handle(.start)
        #expect(scene.receive(scene.answer { $0.responseCode = code }).count == 1)
        #expect(scene.sent.map(\.server) == [DNSScene.first, DNSScene.spare])
        // The other falls silent: it has all further turns.
        scene.passAll()
        #expect(scene.sent.map(\.server) == [DNSScene.first] + [DNSClient.Server](repeating: DNSScene.spare, count: 3))
        #expect(scene.client.result == .failure(.serverFailed(DNSScene.first, code)))
    }

    @Test func noServerCan() {
        var scene = DNSScene()
        scene.handle(.start)
        scene.receive(scene.answer { $0.responseCode = .refused })
        let actions = scene.receive(scene.answer { $0.responseCode = .serverFailure })
        #expect(actions == [.finish(.failure(.serverFailed(DNSScene.first, .refused)))])
    }

    /// RFC 1035, 4.1.1: a server that does not understand the question may leave it out.
    @Test func anErrorWithoutTheQuestion() {
        var scene = DNSScene(servers: [DNSScene.first])
        scene.handle(.start)
        var message = DNSMessageBuilder(identifier: scene.sent[0].identifier)
        message.isResponse = true
        #expect(scene.receive(message.bytes).isEmpty && scene.client.lastRefusal == .otherQuestion)
        message.responseCode = .formatError
        scene.receive(message.bytes)
        #expect(scene.client.result == .failure(.serverFailed(DNSScene.first, .formatError)))
    }

    @Test func aReferral() {
        var scene = DNSScene(servers: [DNSScene.first])
        scene.handle(.start)
        scene.receive(
            scene.answer {
                $0.recursionAvailable = false
                $0.add(DNSScene.ns, to: .authority)
            })
        #expect(scene.client.result == .failure(.notRecursive(DNSScene.first)))
    }
}
