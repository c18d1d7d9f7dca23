import Frames
import Glibc
import Lab
import TestSupport
import Testing

/// Linux's own network stack over the card: QEMU's user network answers behind it.
@Suite(.serialized, .showsConsole)
struct BridgeTests {
    private func withBridge(_ body: (Guest, GuestJob) throws -> Void) throws {
        var options = Guest.Options(cards: 1, modules: ["tun"])
        options.cards[0].network = .netdev("user,tftp=\(packageFolder)")
        try withGuest(options) { guest in
            try guest.output(of: "modprobe ringlight && e1000-uio bind \(Guest.address(ofCard: 0))")
            let bridge = try guest.start("exec e1000-uio bridge --json --metrics /tmp/bridge.sock")
            try bridge.wait(for: "ready: ringlight0, 52:54:00:12:34:56")
            try body(guest, bridge)
        }
    }

    @Test("ping and a file over the bridged card; Ctrl-C takes the interface away")
    func traffic() throws {
        try withBridge { guest, bridge in
            #expect(try guest.output(of: "cat /sys/class/net/ringlight0/address") == "52:54:00:12:34:56")
            try guest.wait(until: "grep -qx 1 /sys/class/net/ringlight0/carrier")
            try guest.output(of: "ifconfig ringlight0 10.0.2.15 netmask 255.255.255.0")
            let ping = try guest.run("ping -c 5 -i 0.2 -W 5 -s 1400 10.0.2.2")
            #expect(ping.status == 0 && ping.text.contains("5 packets received"), "\(ping.text)\(ping.errors)")
            let top = try guest.run("e1000-uio top --metrics /tmp/bridge.sock --interval 0.2 --count 1")
            #expect(top.status == 0 && top.text.contains("link up, 1000 Mb/s, full duplex"), "\(top.text)\(top.errors)")
            #expect(top.errors.hasSuffix("; e1000-uio bridge drives it as ringlight0\n"), "\(top.errors)")
            // Both ways, and byte for byte.
            let fetch = try guest.run("tftp -g -r README.md -l /tmp/README.md 10.0.2.2", within: .seconds(30))
            #expect(fetch.status == 0, "\(fetch.errors)")
            let file = open("\(packageFolder)/README.md", O_RDONLY | O_CLOEXEC)
            defer { close(file) }
            #expect(try guest.read("/tmp/README.md") == contents(of: file))
            // QEMU's capture: what was on the wire is from the card's address.
            let wire = try guest.wires[0].frames().map { FrameSummary.line($0.bytes) }
            #expect(wire.filter { $0.hasPrefix("52:54:00:12:34:56 >") && $0.contains("10.0.2.15 > 10.0.2.2: ICMP echo request") }.count == 5)
            #expect(wire.filter { $0.contains("10.0.2.2 > 10.0.2.15: ICMP echo reply") }.count == 5)

            // A cable that is pulled is a link that is down.
            try guest.monitor.setLink(card: 0, up: false)
            try guest.wait(until: "grep -qx 0 /sys/class/net/ringlight0/carrier")
            try guest.monitor.setLink(card: 0, up: true)
            try guest.wait(until: "grep -qx 1 /sys/class/net/ringlight0/carrier")

            // A second bridge finds the card taken.
            #expect(try guest.run("e1000-uio bridge").errors.contains("another process has the card open"))
            try bridge.signal(SIGINT)
            let result = try bridge.wait(within: .seconds(10))
            #expect(result.status == 0, "\(result.errors)")
            #expect(result.text.contains("\"interface\" : \"ringlight0\""), "\(result.text)")
            #expect(result.errors.contains(" 0 dropped by the card"), "\(result.errors)")
            #expect(try guest.run("test -e /sys/class/net/ringlight0 -o -e /tmp/bridge.sock").status != 0)
            #expect(try guest.run("e1000-uio info").status == 0)
        }
    }

    @Test("jumbo frames both ways: Linux answers an echo of 9000 bytes from the other card; small rings that serve without segments")
    func jumbo() throws {
        var options = Guest.Options(cards: 2, modules: ["tun"])
        for card in 0...1 { options.cards[card].network = .netdev("hubport,hubid=0") }
        try withGuest(options) { guest in
            try guest.output(of: "modprobe ringlight && e1000-uio bind \(Guest.address(ofCard: 0)) \(Guest.address(ofCard: 1))")
            let bridge = try guest.start("exec e1000-uio bridge --device \(Guest.address(ofCard: 0)) --mtu 9000 --no-offload --ring-size 16 --json")
            try bridge.wait(for: "ready: ringlight0")
            #expect(try guest.output(of: "cat /sys/class/net/ringlight0/mtu") == "9000")
            try guest.output(of: "ifconfig ringlight0 192.0.2.1 netmask 255.255.255.0 && arp -s 192.0.2.2 02:00:00:00:00:02")
            try guest.wait(until: "grep -qx 1 /sys/class/net/ringlight0/carrier")
            let (here, there) = (try #require(IPv4Address("192.0.2.1")), try #require(IPv4Address("192.0.2.2")))
            let payload = (0..<8972).map { UInt8(truncatingIfNeeded: $0 &* 7) }
            let echo = ICMPMessage.echoRequest(identifier: 7, sequenceNumber: 1, payload: payload)
            let request = EthernetFrame.bytes(
                to: try #require(MACAddress("52:54:00:12:34:56")), from: try #require(MACAddress("02:00:00:00:00:02")), type: .ipv4,
                payload: IPv4Packet.bytes(from: there, to: here, carrying: .icmp, payload: echo))
            try guest.write(try capture(of: [request]), to: "/tmp/echo")
            // Paced: three of them are all that the small ring holds.
            try guest.output(
                of: "e1000-uio send --device \(Guest.address(ofCard: 1)) --mtu 9000 --pcap /tmp/echo --loop 5 --pps 20", within: .seconds(30))
            try guest.wait(until: "test $(cat /sys/class/net/ringlight0/statistics/tx_packets) -ge 5")
            try bridge.signal(SIGINT)
            let result = try bridge.wait(within: .seconds(10))
            #expect(result.status == 0 && result.errors.contains(", 0 refused, 0 dropped"), "\(result.errors)")
            let answers = try guest.wires[0].frames().map(\.bytes).filter { bytes in
                let frame = EthernetFrame(checking: bytes)
                return frame?.type == .ipv4 && frame?.source == MACAddress("52:54:00:12:34:56")
            }
            #expect(answers.count == 5 && answers.allSatisfy { $0.count == 9014 && $0.suffix(8972).elementsEqual(payload) })
        }
    }

    @Test("an interface that is deleted, and kill -9: nothing is left behind")
    func ends() throws {
        try withBridge { guest, bridge in
            try guest.output(of: "ip link del ringlight0")
            let result = try bridge.wait(within: .seconds(10))
            #expect(result.status == 1)
            #expect(result.errors.contains("ringlight0: the interface is gone"), "\(result.errors)")

            let second = try guest.start("exec e1000-uio bridge --name lab%d -p")
            try second.wait(for: "ready: lab0")
            // Down, and up again: frames in between are refused, no more.
            try guest.output(of: "ip link set lab0 down && sleep 0.3 && ip link set lab0 up")
            try guest.wait(until: "grep -qx 1 /sys/class/net/lab0/carrier")
            try second.signal(SIGKILL)
            #expect(try second.wait(within: .seconds(10)).status == 128 + SIGKILL)
            #expect(try guest.run("test -e /sys/class/net/lab0").status != 0)
            #expect(try guest.run("e1000-uio info").status == 0)

            // A name that is taken, and a kernel without the driver.
            let refused = try guest.run("e1000-uio bridge --name lo")
            #expect(refused.status == 1)
            #expect(refused.errors.contains("lo: an interface of this name cannot be made"), "\(refused.errors)")
            try guest.output(of: "rmmod tun && rm -f /dev/net/tun")
            #expect(try guest.run("e1000-uio bridge").errors.contains("modprobe tun"))
        }
    }
}
