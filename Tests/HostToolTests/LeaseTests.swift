import Frames
import Glibc
import Synchronization
import TestSupport
import Testing

/// `dhcp`, with a server whose leases last some seconds.
@Suite("Leases on QEMU's card", .serialized)
struct LeaseTests {
    private static let first = IPv4Address("10.77.0.20")!
    private static let second = IPv4Address("10.77.0.21")!

    /// A reply of the network's server.
    private static func reply(
        _ kind: DHCPMessage.Kind, _ asked: ScriptedNetwork.Asked, _ address: IPv4Address, seconds: UInt32
    ) -> DHCPMessageBuilder {
        var message = DHCPMessageBuilder(kind, transaction: asked.transaction, hardwareAddress: asked.station)
        message.add(.serverIdentifier, ScriptedNetwork.address)
        guard kind != .nak else { return message }
        message.yourAddress = address
        message.add(.subnetMask, IPv4Address("255.255.255.0")!)
        message.add(.leaseTime, number: seconds)
        return message
    }

    /// Offers what `offer` says, and lends what is asked for, but for what `denies`.
    private static func server(
        seconds: UInt32, offer: @escaping @Sendable () -> IPv4Address = { first },
        denies: @escaping @Sendable (ScriptedNetwork.Asked) -> Bool = { _ in false }
    ) -> @Sendable (ScriptedNetwork.Asked) -> DHCPMessageBuilder? {
        { asked in
            switch asked.kind {
            case .discover: reply(.offer, asked, offer(), seconds: seconds)
            case .request where denies(asked): reply(.nak, asked, .any, seconds: 0)
            case .request: reply(.ack, asked, asked.requested ?? asked.clientAddress, seconds: seconds)
            default: nil
            }
        }
    }

    /// The first address, and from then on the second.
    private static func firstOnce() -> @Sendable () -> IPv4Address {
        let offers = Mutex(0)
        return {
            offers.withLock { $0 += 1 }
            return offers.withLock { $0 } == 1 ? first : second
        }
    }

    /// A tool that holds its lease.
    private func hold(_ services: ScriptedNetwork.Services, _ body: (RunningTool, ScriptedNetwork) throws -> Void) throws {
        let network = try ScriptedNetwork(services)
        defer { network.close() }
        let tool = try RunningTool(["dhcp", "--hold"], netdev: network.netdev, ready: "ready:")
        let result = Result { try body(tool, network) }
        #expect(tool.end() == 0)
        try result.get()
        // What was lent is given back, to its server alone.
        #expect(eventually(within: 5) { network.dhcp.last?.kind == .release })
        if let last = network.dhcp.last { expectUnicast(last) }
    }

    private func expectUnicast(_ asked: ScriptedNetwork.Asked, sourceLocation: SourceLocation = #_sourceLocation) {
        #expect(
            asked.destination == ScriptedNetwork.address && asked.frameDestination == ScriptedNetwork.mac && asked.source == asked.clientAddress,
            "\(asked)", sourceLocation: sourceLocation)
    }

    @Test("Asked for, probed, renewed with its server alone, and given back to it")
    func renewal() throws {
        var services = ScriptedNetwork.Services()
        services.dhcp = Self.server(seconds: 6)
        try hold(services) { tool, network in
            #expect(tool.errors.contains("\(Self.first)"), "\(tool.errors)")
            #expect(network.dhcp.map(\.kind) == [.discover, .request])
            #expect(network.dhcp.allSatisfy { $0.source == .any && $0.destination == .broadcast && $0.frameDestination == .broadcast })
            #expect(network.probes == [Self.first, Self.first])
            // Half of six seconds each time.
            #expect(eventually(within: 15) { network.dhcp.count >= 4 })
            for renewal in network.dhcp.dropFirst(2) {
                #expect(renewal.kind == .request && renewal.clientAddress == Self.first && renewal.requested == nil)
                expectUnicast(renewal)
            }
            #expect(network.probes.count == 2 && !tool.errors.contains("gone"), "\(tool.errors)")
        }
    }

    @Test("An address that somebody has is declined, and another one asked for (RFC 5227, 2.1.1)")
    func conflict() throws {
        var services = ScriptedNetwork.Services()
        services.dhcp = Self.server(seconds: 600, offer: Self.firstOnce())
        services.isTaken = { $0 == ScriptedNetwork.address || $0 == Self.first }
        try hold(services) { tool, network in
            #expect(network.dhcp.map(\.kind) == [.discover, .request, .decline, .discover, .request])
            let decline = network.dhcp[2]
            #expect(decline.requested == Self.first && decline.destination == .broadcast && decline.frameDestination == .broadcast)
            #expect(network.probes == [Self.first, Self.second, Self.second])
            #expect(tool.errors.contains("\(Self.second)"), "\(tool.errors)")
        }
    }

    @Test("A server that denies a renewal takes the address away; the next one is asked for at once")
    func denial() throws {
        var services = ScriptedNetwork.Services()
        services.dhcp = Self.server(seconds: 6, offer: Self.firstOnce()) { $0.clientAddress == Self.first }
        try hold(services) { tool, network in
            #expect(eventually(within: 20) { network.probes.last == Self.second })
            #expect(network.dhcp.map(\.kind).prefix(5) == [.discover, .request, .request, .discover, .request])
            #expect(tool.says("the address is gone (denied)"), "\(tool.errors)")
            // Until it has been probed.
            usleep(1_000_000)
        }
    }
}
