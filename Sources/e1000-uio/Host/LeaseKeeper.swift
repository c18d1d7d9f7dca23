import Clocks
import Frames
import HostClients
import HostStack
import Synchronization
import ToolSupport

/// Gets the host's IPv4 address by DHCP, keeps it, and gives it back.
///
/// Its messages are frames of its own, since lwIP takes none before it has an address, and Debian's build has no DHCP
/// that would be let through. The client's state is the loop's.
final class LeaseKeeper: @unchecked Sendable {
    /// Nanoseconds between two probes for somebody else with the address, and after the last one (RFC 5227, 1.1, made shorter:
    /// a person waits).
    private static let probeInterval: Int64 = 150_000_000
    private static let probes = 2

    private let loop: HostLoop
    private var client: DHCPClient
    private var timer: HostTimer?
    /// The address that is being probed.
    private var probed: IPv4Address?
    /// The station that brought the server's last message: itself, or the router on the way to it.
    private var serverStation: MACAddress?
    private let current = Mutex<DHCPLease?>(nil)

    init(_ loop: HostLoop) {
        self.loop = loop
        var configuration = DHCPClient.Configuration(hardwareAddress: loop.macAddress)
        configuration.hostName = "ringlight"
        client = DHCPClient(configuration)
    }

    var lease: DHCPLease? { current.withLock { $0 } }
    var nameservers: [IPAddress] { lease?.nameServers.map { .v4($0) } ?? [] }
    var summary: String? {
        lease.map { "DHCP from \($0.server), \($0.duration.map { "\($0) s" } ?? "for ever")" }
    }

    /// - Throws: `Problem` when nobody gave an address in time.
    func start(within patience: Int64) throws {
        try loop.run { [self] stack in
            stack.addFrameHandler(self) { [weak self] frame in self?.received(frame) }
            perform(.start)
        }
        let deadline = Clocks.monotonic + patience
        while lease == nil {
            guard !loop.hasEnded else { throw loop.wait().error ?? Problem("network", "the host has ended") }
            guard Clocks.monotonic < deadline else {
                throw Problem("DHCP", "no server gave an address within \(patience / 1_000_000_000) s", remedy: "give --ip ADDRESS/LENGTH")
            }
            guard Interruption.sleep(nanoseconds: 10_000_000) else { throw InterruptedByUser() }
        }
    }

    /// Gives the address back.
    func release() {
        try? loop.run { [self] stack in
            perform(.release)
            stack.removeFrameHandler(self)
        }
    }

    // MARK: On the loop

    private func perform(_ event: DHCPClient.Event) {
        for action in client.handle(event, at: Clocks.monotonic) { perform(action) }
        timer?.cancel()
        timer = client.nextDeadline.flatMap { deadline in loop.schedule(at: deadline) { [weak self] in self?.perform(.timer) } }
    }

    private func perform(_ action: DHCPClient.Action) {
        let stack = loop.stack
        switch action {
        case .send(let message, let destination): try? stack.send(frame: frame(message, destination))
        case .probe(let address): probe(address, left: Self.probes)
        case .configure(let lease):
            stack.setIPv4(lease.address, prefixLength: lease.prefixLength, gateway: lease.routers.first)
            current.withLock { $0 = lease }
        case .deconfigure(let reason):
            stack.clearIPv4()
            current.withLock { $0 = nil }
            if reason != .stopped { Output.noteLater("DHCP: the address is gone (\(reason)); asking for another") }
        }
    }

    private func frame(_ message: [UInt8], _ destination: DHCPClient.Destination) -> [UInt8] {
        let (station, source, target) =
            switch destination {
            case .broadcast: (MACAddress.broadcast, IPv4Address.any, IPv4Address.broadcast)
            case .server(let server): (serverStation ?? .broadcast, lease?.address ?? .any, server)
            }
        let packet = UDPDatagram.packet(from: (source, 68), to: (target, 67), payload: message)
        return EthernetFrame.bytes(to: station, from: loop.macAddress, type: .ipv4, payload: packet)
    }

    /// Asks whether somebody has the address (RFC 5227, 2.1.1).
    private func probe(_ address: IPv4Address, left: Int) {
        probed = address
        guard left > 0 else {
            probed = nil
            return perform(.isFree(address))
        }
        let packet = ARPPacket(operation: .request, senderMAC: loop.macAddress, senderIP: .any, targetMAC: .zero, targetIP: address)
        try? loop.stack.send(frame: EthernetFrame.bytes(to: .broadcast, from: loop.macAddress, type: .arp, payload: packet.bytes))
        _ = loop.schedule(at: Clocks.monotonic + Self.probeInterval) { [weak self] in
            guard let self, self.probed == address else { return }
            self.probe(address, left: left - 1)
        }
    }

    /// Most frames are somebody's TCP, and not worth a look at every field: EtherType (RFC 894), and IPv4's protocol (RFC 791, 3.1).
    private static func mayBeMine(_ bytes: RawSpan) -> Bool {
        guard bytes.byteCount >= 34 else { return true }
        let isIPv4 = bytes.unsafeLoad(fromByteOffset: 12, as: UInt8.self) == 0x08 && bytes.unsafeLoad(fromByteOffset: 13, as: UInt8.self) == 0
        return !isIPv4 || bytes.unsafeLoad(fromByteOffset: 23, as: UInt8.self) == IPProtocol.udp.rawValue
    }

    private func received(_ bytes: RawSpan) {
        guard Self.mayBeMine(bytes), let frame = EthernetFrame(checking: bytes) else { return }
        let payload = bytes.extracting(frame.payload)
        switch frame.type {
        case .arp:
            guard let packet = ARPPacket(checking: payload), let address = probed ?? lease?.address, packet.senderMAC != loop.macAddress,
                packet.senderIP == address || probed == address && packet.senderIP == .any && packet.targetIP == address
            else { return }
            probed = nil
            perform(.conflict(address))
        case .ipv4:
            guard let packet = IPv4Packet(checking: payload), packet.type == .udp, !packet.isFragment, packet.hasGoodChecksum,
                let datagram = UDPDatagram(checking: packet.payload), datagram.destinationPort == 68,
                datagram.hasGoodChecksum(from: packet.source, to: packet.destination)
            else { return }
            let refused = client.refusalCount
            perform(.received(datagram.payload.withUnsafeBytes { Array($0) }))
            if client.refusalCount == refused { serverStation = frame.source }
        default: return
        }
    }
}
