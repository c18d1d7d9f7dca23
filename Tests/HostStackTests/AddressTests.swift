import Frames
import Glibc
import HostStack
import TestSupport
import Testing

@Suite("A host's IPv6 addresses", .serialized, .enabled(if: LinuxPeer.missing == nil, "a network namespace needs root and /dev/net/tun"))
struct AddressTests {
    private let taken = IPv6Address("fd77::2")!
    private let free = IPv6Address("fd77::3")!

    private func addresses(_ host: TestHost) throws -> [IPAddress] { try host.loop.run { $0.addresses } }

    @Test("An address that somebody has is never used, one that nobody has is (RFC 4862, 5.4)")
    func duplicate() throws {
        let host = try TestHost()
        defer { host.close() }
        try host.peer.command("ip address add \(taken)/64 dev tap0 nodad")
        try host.loop.run { [taken, free] stack in
            try stack.addIPv6(taken)
            try stack.addIPv6(free)
        }
        // Both are looked for at the same time.
        #expect(try eventually { try addresses(host).contains(.v6(free)) })
        #expect(try !eventually(within: 2) { try addresses(host).contains(.v6(taken)) })
        let told = host.notes.filter { $0.hasPrefix("\(taken): another station") }
        #expect(told.count == 1 && host.notes.allSatisfy { !$0.hasPrefix("\(free)") }, "\(host.notes)")
        // Linux answers from the address itself: that was looked at, and not dropped as our own.
        #expect(try host.loop.run { $0.counters.receivedOwn } == 0)
        let text = try host.peer.command("ping -n -c 3 -i 0.01 -W 5 -I fd77::1 \(free)")
        #expect(text.contains("3 received, 0% packet loss"), "\(text)")
    }

    @Test("Frames from an address that is ours are dropped, but for one by which a neighbour claims it: it is given up")
    func claimed() throws {
        let host = try TestHost(trouble: ImpairedCable.Trouble())
        defer { host.close() }
        try host.loop.run { [free] in try $0.addIPv6(free) }
        try #require(try eventually { try addresses(host).contains(.v6(free)) })
        let before = try host.loop.run { $0.counters.receivedFrames }
        let cable = try #require(host.impaired)
        cable.inject(message(.echoRequest, to: free, [0, 1, 0, 1]))
        #expect(try eventually { try host.loop.run { $0.counters.receivedOwn } == 1 })
        #expect(try addresses(host).contains(.v6(free)))
        // Override; the sender's link-layer address (RFC 4861, 4.4 and 4.6.1).
        cable.inject(message(.neighborAdvertisement, to: .allNodes, [0x20, 0, 0, 0] + free.bytes + [2, 1] + Hostile.sender))
        #expect(try eventually { try !addresses(host).contains(.v6(free)) })
        #expect(eventually { host.notes.contains { $0.hasPrefix("\(free): another station") } }, "\(host.notes)")
        #expect(try host.loop.run { $0.counters.receivedFrames } >= before + 2)
    }

    /// From the host's own address.
    private func message(_ kind: ICMPv6Message.Kind, to destination: IPv6Address, _ fields: [UInt8]) -> [UInt8] {
        let message = ICMPv6Message.bytes(kind, from: free, to: destination, fields: fields, payload: [])
        let packet = IPv6Packet.bytes(from: free, to: destination, carrying: .icmpv6, hopLimit: 255, payload: message)
        return EthernetFrame.bytes(to: MACAddress(Hostile.host)!, from: MACAddress(Hostile.sender)!, type: .ipv6, payload: packet)
    }
}
