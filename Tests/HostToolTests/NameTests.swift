import Frames
import Glibc
import TestSupport
import Testing

/// `dns`, and names where an address is wanted, with a server that says what the test wants.
@Suite("Names on QEMU's card", .serialized)
struct NameTests {
    private static let v4 = IPv4Address("192.0.2.7")!
    private static let v6 = IPv6Address("2001:db8::7")!

    private static func record(_ name: String, _ type: DNSRecordType, _ data: DNSRecord.Content, time: UInt32 = 300) -> DNSRecord {
        DNSRecord(name: DNSName(name)!, type: type, timeToLive: time, data: data)
    }

    /// What the server knows.
    private static func zone(_ question: DNSQuestion) -> (DNSResponseCode, [DNSRecord])? {
        switch ("\(question.name)".lowercased(), question.type) {
        case ("both.test.", .a): return (.noError, [record("both.test", .a, .a(v4)), record("both.test", .a, .a(ScriptedNetwork.other), time: 60)])
        case ("both.test.", .aaaa): return (.noError, [record("both.test", .aaaa, .aaaa(v6))])
        case ("alias.test.", _):
            let alias = record("alias.test", .cname, .cname(DNSName("both.test")!))
            return (.noError, [alias] + (zone(DNSQuestion(name: DNSName("both.test")!, type: question.type))?.1 ?? []))
        case ("card.test.", .a): return (.noError, [record("card.test", .a, .a(ScriptedNetwork.other))])
        case ("card.test.", _), ("empty.test.", _): return (.noError, [])
        case ("silent.test.", _): return nil
        default: return (.nameError, [])
        }
    }

    private func run(_ arguments: [String], _ body: (ToolResult, ScriptedNetwork) throws -> Void) throws {
        var services = ScriptedNetwork.Services()
        services.dns = Self.zone
        let network = try ScriptedNetwork(services)
        defer { network.close() }
        let options = ["--device", "qemu", "--netdev", network.netdev, "--ip", "10.77.0.2/24", "--nameserver", "\(ScriptedNetwork.address)"]
        try body(try runTool("e1000-uio", [arguments[0]] + options + arguments.dropFirst()), network)
    }

    @Test("Addresses of both kinds, of one, and by an alias", arguments: [
        (["both.test"], "192.0.2.7\n10.77.0.9\n2001:db8::7\n"),
        (["--type", "a", "both.test"], "192.0.2.7\n10.77.0.9\n"),
        (["--type", "aaaa", "BOTH.test."], "2001:db8::7\n"),
        (["alias.test"], "192.0.2.7\n10.77.0.9\n2001:db8::7\n"),
        (["card.test"], "10.77.0.9\n"),
    ])
    func addresses(arguments: [String], output: String) throws {
        try run(["dns"] + arguments) { result, network in
            #expect(result.status == 0 && result.text == output, "\(result.text)\(result.errors)")
            #expect(result.errors.contains("is both.test") == (arguments.last == "alias.test"), "\(result.errors)")
            #expect(network.dns.count == (arguments.contains("--type") ? 1 : 2), "\(network.dns)")
        }
    }

    @Test("An address of IPv6 that somebody has is said to be taken, and the host goes on without it (RFC 4862, 5.4)")
    func duplicate() throws {
        var services = ScriptedNetwork.Services()
        let taken = try #require(IPv6Address("fd77::2"))
        services.isTaken6 = { $0 == taken }
        let network = try ScriptedNetwork(services)
        defer { network.close() }
        let tool = try RunningTool(
            ["echo"], netdev: network.netdev, ready: "echo:", options: ["--ip", "10.77.0.2/24", "--ip6", "\(taken)", "--ip6", "fd77::3"])
        let isTold = eventually(within: 15) { tool.errors.contains("\(taken): another station on the link has this address") }
        #expect(isTold && !tool.errors.contains("fd77::3: another"), "\(tool.errors)")
        #expect(tool.end() == 0)
    }

    @Test("JSON has the shortest time, and the alias's right name")
    func json() throws {
        try run(["dns", "--json", "alias.test"]) { result, _ in
            for part in ["\"timeToLive\" : 60", "\"canonicalName\" : \"both.test.\"", "\"2001:db8::7\""] {
                #expect(result.text.contains(part), "\(result.text)")
            }
        }
    }

    @Test("A name that is not, one without addresses, and a server that says nothing are exit code 1", arguments: [
        (["nobody.test"], "no such name"), (["empty.test"], "no address"), (["--type", "a", "silent.test"], "no server answered"),
    ])
    func failures(arguments: [String], message: String) throws {
        try run(["dns"] + arguments) { result, network in
            #expect(result.status == 1 && result.text.isEmpty && result.errors.contains(message), "\(result.errors)")
            // In three rounds, the same question.
            if arguments.last == "silent.test" { #expect(network.dns.count == 3, "\(network.dns)") }
        }
    }

    @Test("ping of a name asks, says which address, and goes there; of none says why")
    func ping() throws {
        try run(["ping", "--count", "3", "--interval", "0.05", "card.test"]) { result, network in
            #expect(result.status == 0 && result.errors.contains("PING card.test (10.77.0.9)"), "\(result.errors)")
            #expect(result.text.split(separator: "\n").filter { $0.contains("from 10.77.0.9") }.count == 3, "\(result.text)")
            #expect(network.dns.map { "\($0.name) \($0.type)" } == ["card.test. A"])
        }
        try run(["ping", "--count", "1", "nobody.test"]) { result, _ in
            #expect(result.status == 1 && result.errors.contains("nobody.test"), "\(result.errors)")
        }
    }
}
