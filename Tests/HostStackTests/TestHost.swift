import Clocks
import E1000
import E1000Model
import Frames
import Glibc
import HostStack
import TestSupport
import Testing

/// A host on a simulated card, and Linux at the other end of its cable.
final class TestHost: Sendable {
    static let address = IPv4Address("10.77.0.2")!
    static let peerAddress = IPv4Address("10.77.0.1")!

    let loop: HostLoop
    let peer: LinuxPeer

    init(spareBuffers: UInt32 = 1024) throws {
        let peer = try LinuxPeer(addresses: ["10.77.0.1/24", "fd77::1/64"])
        let cable = peer.cable
        var configuration = HostConfiguration()
        configuration.idleTime = 0
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
        peer.close()
    }
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
