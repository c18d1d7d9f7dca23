import Clocks
import E1000
import E1000Model
import Frames
import Glibc
import HostStack
import Synchronization
import TestSupport
import Testing

/// A host on a simulated card, and Linux at the other end of its cable.
final class TestHost: Sendable {
    static let address = IPv4Address("10.77.0.2")!
    static let peerAddress = IPv4Address("10.77.0.1")!

    let loop: HostLoop
    let peer: LinuxPeer

    let impaired: ImpairedCable?
    private let told = Notes()
    /// What the host had to say.
    var notes: [String] { told.lines.withLock { $0 } }

    init(spareBuffers: UInt32 = 1024, trouble: ImpairedCable.Trouble? = nil, seed: UInt64 = 0) throws {
        let peer = try LinuxPeer(addresses: ["10.77.0.1/24", "fd77::1/64"])
        impaired = trouble.map { ImpairedCable(to: peer.cable, $0, seed: seed) }
        let cable = impaired?.end ?? peer.cable
        var configuration = HostConfiguration()
        configuration.idleTime = 0
        configuration.note = { [told] line in told.lines.withLock { $0.append(line) } }
        loop = try HostLoop(configuration) {
            var card = HostConfiguration.card()
            card.spareBuffers = spareBuffers
            let sim = SimDevice()
            sim.wire = cable
            return try Controller(sim.device(), configuration: card)
        }
        self.peer = peer
        try loop.run { stack in
            stack.setIPv4(Self.address, prefixLength: 24)
        }
    }

    /// Ends both, and looks whether every packet came home.
    func close(sourceLocation: SourceLocation = #_sourceLocation) {
        loop.stop()
        let end = loop.wait()
        #expect(end.error == nil, sourceLocation: sourceLocation)
        #expect(end.missingPackets == 0, sourceLocation: sourceLocation)
        if let trouble = impaired { print("lost on the way: \(trouble.lostFrames) frames") }
        impaired?.close()
        peer.close()
    }
}

private final class Notes: Sendable {
    let lines = Mutex<[String]>([])
}

/// Waits for something that another thread brings about.
func eventually(within seconds: Double = 10, _ condition: () throws -> Bool) rethrows -> Bool {
    let deadline = Clocks.monotonic + Int64(seconds * 1e9)
    while try !condition() {
        guard Clocks.monotonic < deadline else { return false }
        usleep(1000)
    }
    return true
}

/// A host that answers on port 7, TCP and UDP, both families.
func withServer(
    trouble: ImpairedCable.Trouble? = nil, seed: UInt64 = 0, spareBuffers: UInt32 = 1024, _ body: (TestHost) throws -> Void
) throws {
    let host = try TestHost(spareBuffers: spareBuffers, trouble: trouble, seed: seed)
    defer { host.close() }
    let server = EchoServer()
    try host.loop.run { stack in
        let endpoint = HostEndpoint(.anyIPv6, port: 7)
        server.listener = try TCPListener(stack, endpoint)
        server.listener?.delegate = server
        server.port = try UDPSocket(stack, endpoint)
        server.port?.delegate = server
        try stack.addIPv6(IPv6Address("fd77::2")!)
    }
    try body(host)
    try host.loop.run { _ in
        server.listener?.close()
        server.port?.close()
    }
}

/// Sends that many bytes to the echo server, and looks whether the same come back.
func echo(_ count: Int, _ host: TestHost, address: String = "10.77.0.2", seconds: Int = 60) throws {
    let file = "/tmp/ringlight-echo-\(getpid())"
    let text = try host.peer.command(
        "head -c \(count) /dev/urandom > \(file); timeout \(seconds) nc -N \(address) 7 < \(file) | cmp - \(file) && echo same; rm \(file)")
    #expect(text.contains("same"), "\(text)")
}
