import Foundation
import Frames
import Glibc
import Lab
import TestSupport
import Testing

/// Linux leaves checksums and segmentation to the card behind the bridge: a file by TCP, from the guest to a server of the test's.
@Suite(.serialized, .showsConsole)
struct BridgeOffloadTests {
    static let size = 4 << 20

    /// A text that has no period: 'seq' with an end.
    static let text: [UInt8] = {
        var bytes: [UInt8] = []
        var number = 1
        while bytes.count < size {
            bytes += Array("\(number)\n".utf8)
            number += 1
        }
        return Array(bytes.prefix(size))
    }()

    @Test("a file by TCP arrives byte for byte; with offloads the card cut it, and made the checksums", arguments: [("e1000", true), ("e1000", false), ("e1000e", true)])
    func file(model: String, offloads: Bool) throws {
        let server = try LoopbackServer()
        defer { server.end() }
        var options = Guest.Options(cards: 1, modules: ["tun"])
        options.cards[0].network = .netdev("user")
        options.cards[0].model = model
        try withGuest(options) { guest in
            try guest.output(of: "modprobe ringlight && e1000-uio bind \(Guest.address(ofCard: 0))")
            let bridge = try guest.start("exec e1000-uio bridge --json\(offloads ? "" : " --no-offload")")
            try bridge.wait(for: "ready: ringlight0")
            try guest.wait(until: "grep -qx 1 /sys/class/net/ringlight0/carrier")
            try guest.output(of: "ifconfig ringlight0 10.0.2.15 netmask 255.255.255.0")
            // 10.0.2.2 is this machine's loopback, behind QEMU's user network.
            let transfer = try guest.start("seq 1 9999999 | head -c \(Self.size) | nc 10.0.2.2 \(server.port)")
            #expect(try server.receive(Self.size, within: 60) == Self.text)
            try transfer.signal(SIGTERM)
            _ = try transfer.wait(within: .seconds(10))
            try bridge.signal(SIGINT)
            let result = try bridge.wait(within: .seconds(10))
            #expect(result.status == 0, "\(result.errors)")

            let totals = try JSONDecoder().decode(Totals.self, from: Data(result.text.utf8))
            #expect(totals.toCard.refused == 0)
            // QEMU's e1000 looks at no checksums of what it receives.
            #expect(totals.toLinux.checksummed > 0 == (offloads && model == "e1000e"))
            #expect(offloads ? totals.segmented > 10 && totals.toCard.checksummed >= totals.segmented : totals.segmented + totals.toCard.checksummed == 0)

            // What was on the wire, as another program reads it: whole segments, every checksum right.
            let sent = try TCPLine.onWire(guest.wires[0]).filter { $0.source == "10.0.2.15" }
            #expect(sent.allSatisfy { $0.frameLength <= 1514 })
            #expect(sent.map(\.dataLength).reduce(0, +) >= Self.size)
            #expect(sent.filter { $0.checksums != "1 1" }.count == 0)
            // Linux handed over fewer packets than the wire saw, or as many.
            #expect(offloads ? totals.toCard.frames < sent.count : totals.toCard.frames >= sent.count)
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
private struct TCPLine {
    let frameLength: Int
    let source: String
    let dataLength: Int
    /// Of IPv4 and of TCP: 1 is good, 0 bad.
    let checksums: String

    static func onWire(_ wire: Wire) throws -> [TCPLine] {
        let fields = ["frame.len", "ip.src", "tcp.len", "ip.checksum.status", "tcp.checksum.status"]
        return try Tshark.decode(wire.frames().map(\.bytes), fields: fields, filter: "tcp").map { values in
            TCPLine(
                frameLength: try #require(Int(values[0])), source: values[1], dataLength: try #require(Int(values[2])),
                checksums: "\(values[3]) \(values[4])")
        }
    }
}

/// A TCP server on this machine's loopback that takes one connection and its bytes.
private struct LoopbackServer {
    private let listener: Int32
    let port: UInt16

    init() throws {
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = INADDR_LOOPBACK.bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let (listener) = listener
        let isListening = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, length) == 0 && listen(listener, 1) == 0 && getsockname(listener, $0, &length) == 0
            }
        }
        try #require(isListening)
        port = UInt16(bigEndian: address.sin_port)
    }

    func end() { close(listener) }

    /// Accepts a connection and reads so many bytes of it, or what comes within the seconds.
    func receive(_ count: Int, within seconds: Int) throws -> [UInt8] {
        var bound = timeval(tv_sec: seconds, tv_usec: 0)
        setsockopt(listener, SOL_SOCKET, SO_RCVTIMEO, &bound, socklen_t(MemoryLayout<timeval>.size))
        let connection = accept(listener, nil, nil)
        try #require(connection >= 0, "nobody connected within \(seconds) s")
        defer { close(connection) }
        setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &bound, socklen_t(MemoryLayout<timeval>.size))
        var received: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while received.count < count {
            let part = read(connection, &buffer, buffer.count)
            guard part > 0 else { break }
            received += buffer[..<part]
        }
        return received
    }
}
