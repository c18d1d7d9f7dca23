import Foundation
import Frames
import Glibc
import Lab
import TestSupport
import Testing

/// Linux leaves checksums and segmentation to the card behind the bridge: a file by TCP, to another card on the same hub, which
/// Linux's own driver drives in a network namespace.
@Suite(.serialized, .showsConsole)
struct BridgeOffloadTests {
    static let size = 1 << 20

    @Test(
        "a file by TCP arrives byte for byte; with offloads the card made the checksums, and cut it where it can",
        arguments: [("e1000", true), ("e1000", false), ("e1000e", true)])
    func file(model: String, offloads: Bool) throws {
        var options = Guest.Options(cards: 2, modules: ["tun", "e1000"])
        for card in 0...1 { options.cards[card].network = .netdev("hubport,hubid=0") }
        options.cards[0].model = model
        try withGuest(options) { guest in
            try guest.output(of: "modprobe ringlight && e1000-uio bind \(Guest.address(ofCard: 0))")
            let bridge = try guest.start("exec e1000-uio bridge --json\(offloads ? "" : " --no-offload")")
            try bridge.wait(for: "ready: ringlight0")
            try guest.wait(until: "grep -qx 1 /sys/class/net/ringlight0/carrier")
            try guest.output(of: "ifconfig ringlight0 192.0.2.1 netmask 255.255.255.0")
            let other = try guest.start("exec unshare -n sleep 300")
            let interface = try guest.output(of: "ls /sys/bus/pci/devices/\(Guest.address(ofCard: 1))/net")
            try guest.wait(until: "ip link set \(interface) netns $(pidof sleep)")
            let inside = "nsenter -t $(pidof sleep) -n"
            try guest.output(of: "\(inside) ifconfig \(interface) 192.0.2.2 netmask 255.255.255.0 up")
            try guest.wait(until: "ping -c 1 -W 1 192.0.2.2 > /dev/null", within: .seconds(20))
            // An input that never ends: nc would close the connection with it.
            let receiver = try guest.start("mkfifo /tmp/quiet && \(inside) nc -l -p 5000 0<>/tmp/quiet | md5sum")
            try guest.output(of: "seq 1 9999999 | head -c \(Self.size) > /tmp/file")
            try guest.wait(until: "\(inside) netstat -ltn | grep -q :5000")
            try guest.output(of: "nc 192.0.2.2 5000 < /tmp/file", within: .seconds(60))
            #expect(try receiver.wait(within: .seconds(60)).text == guest.run("md5sum < /tmp/file").text)
            try other.signal(SIGKILL)
            try bridge.signal(SIGINT)
            let result = try bridge.wait(within: .seconds(10))
            #expect(result.status == 0, "\(result.errors)")

            let totals = try JSONDecoder().decode(Totals.self, from: Data(result.text.utf8))
            #expect(totals.toCard.refused == 0)
            // QEMU's e1000 looks at no checksums of what it receives.
            #expect((totals.toLinux.checksummed > 0) == (offloads && model == "e1000e"))
            // QEMU's e1000e cuts wrongly, so the driver does not offer it there.
            #expect(offloads && model == "e1000" ? totals.segmented > 10 : totals.segmented == 0)
            #expect(offloads ? totals.toCard.checksummed > 10 && totals.toCard.checksummed >= totals.segmented : totals.toCard.checksummed == 0)

            // What was on the wire, as another program reads it: whole segments, every checksum right.
            let sent = try TCPLine.onWire(guest.wires[0]).filter { $0.source == "192.0.2.1" }
            #expect(sent.allSatisfy { $0.frameLength <= 1514 })
            let own = try guest.wires[0].frames().filter { $0.bytes[6..<12].elementsEqual([0x52, 0x54, 0, 0x12, 0x34, 0x56]) }
            #expect(sent.map(\.dataLength).reduce(0, +) >= Self.size)
            #expect(sent.filter { $0.checksums != "1 1" } == [])
            // Of what the card cuts, Linux handed over less than the wire saw.
            #expect(totals.segmented > 0 ? totals.toCard.frames < own.count : totals.toCard.frames == own.count)
        }
    }

    /// What the test looks at in `bridge --json`.
    private struct Totals: Decodable {
        struct Direction: Decodable {
            let frames, refused, checksummed: Int
        }
        let toCard, toLinux: Direction
        let segmented: Int
    }
}

/// A TCP segment on the wire, as tshark decodes it.
private struct TCPLine: Equatable {
    let frameLength: Int
    let source: String
    let dataLength: Int
    /// Of IPv4 and of TCP: 1 is good, 0 bad.
    let checksums: String

    static func onWire(_ wire: Wire) throws -> [TCPLine] {
        let fields = ["frame.len", "ip.src", "tcp.len", "ip.checksum.status", "tcp.checksum.status"]
        return try Tshark.fields(fields, of: wire.frames().map { Self.withPositiveZero($0.bytes) }, filter: "tcp").map { values in
            TCPLine(
                frameLength: try #require(Int(values[0])), source: values[1], dataLength: try #require(Int(values[2])),
                checksums: "\(values[3]) \(values[4])")
        }
    }

    /// QEMU's cards store a checksum of 0 as 0xFFFF, in TCP too (`net_checksum_finish_nozero`), one segment in 65,536. Both are zero
    /// and add up to a good sum (RFC 1624, 3), but tshark calls TCP's 0xFFFF bad.
    private static func withPositiveZero(_ frame: [UInt8]) -> [UInt8] {
        // Ethernet, IPv4, TCP.
        guard frame.count > 34, frame[12...13] == [8, 0], frame[23] == 6 else { return frame }
        var frame = frame
        let field = 14 + 4 * Int(frame[14] & 0xf) + 16
        if field + 2 <= frame.count, frame[field...field + 1] == [0xff, 0xff] { frame.replaceSubrange(field...field + 1, with: [0, 0]) }
        return frame
    }
}
