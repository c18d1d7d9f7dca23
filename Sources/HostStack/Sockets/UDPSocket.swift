import CLWIP
import Frames

/// Who owns a UDP port is told what comes, on the loop's thread.
public protocol UDPSocketDelegate: AnyObject {
    func udpReceived(_ data: ReceivedData, from remote: HostEndpoint, _ socket: UDPSocket)
    /// The socket is no more: the loop ends.
    func udpFailed(_ error: HostError, _ socket: UDPSocket)
}

/// A UDP port (RFC 768).
public final class UDPSocket: HostSocket {
    /// Bytes of the longest datagram: what IPv4 can carry (RFC 768, RFC 791), in fragments.
    public static let longest = 65_507

    public weak var delegate: (any UDPSocketDelegate)?
    private let stack: HostStack
    private var pcb: UnsafeMutablePointer<udp_pcb>?

    /// `local`: any IPv6 address (`::`) takes IPv4 as well; port 0: the stack chooses.
    /// - Throws: `.addressInUse`.
    public init(_ stack: HostStack, _ local: HostEndpoint, reuseAddress: Bool = false) throws(HostError) {
        self.stack = stack
        let isDual = local.address == .anyIPv6
        let type = isDual ? IPADDR_TYPE_ANY : local.address.isIPv6 ? IPADDR_TYPE_V6 : IPADDR_TYPE_V4
        guard let pcb = udp_new_ip_type(UInt8(type.rawValue)) else { throw HostError(.wouldBlock, "UDP socket", "no memory") }
        ringlight_set_udp_option(pcb, UInt8(SOF_REUSEADDR), reuseAddress)
        var address = isDual ? ringlight_any_family() : local.address.lwip(on: stack.interface.netif)
        let status = udp_bind(pcb, &address, local.port)
        guard status == err_t(ERR_OK.rawValue) else {
            udp_remove(pcb)
            throw HostError(status, "\(local)")
        }
        self.pcb = pcb
        udp_recv(pcb, Self.onReceive, Unmanaged.passUnretained(self).toOpaque())
        stack.add(self)
    }

    /// From now on only this peer is heard, and sent to by default.
    public func connect(to remote: HostEndpoint) throws(HostError) {
        let pcb = try open()
        var address = remote.address.lwip(on: stack.interface.netif)
        try check(udp_connect(pcb, &address, remote.port), "\(remote)")
    }

    /// Sends a datagram.
    ///
    /// `remote`: `nil`: the peer of `connect`.
    /// - Throws: `.tooLong`, `.unreachable`, `.wouldBlock` when there is no memory or too much waits for the card.
    public func send(_ bytes: UnsafeRawBufferPointer, to remote: HostEndpoint? = nil) throws(HostError) {
        let pcb = try open()
        guard bytes.count <= Self.longest else {
            throw HostError(.tooLong, "UDP datagram", "\(bytes.count) bytes; at most \(Self.longest) can be sent")
        }
        guard let packet = pbuf_alloc(PBUF_TRANSPORT, UInt16(bytes.count), PBUF_RAM) else {
            throw HostError(.wouldBlock, "UDP datagram", "no memory")
        }
        defer { pbuf_free(packet) }
        if !bytes.isEmpty { pbuf_take(packet, bytes.baseAddress, UInt16(bytes.count)) }
        guard let remote else { return try check(udp_send(pcb, packet), "UDP datagram") }
        var address = remote.address.lwip(on: stack.interface.netif)
        try check(udp_sendto(pcb, packet, &address, remote.port), "\(remote)")
    }

    public func close() {
        guard let pcb else { return }
        self.pcb = nil
        udp_remove(pcb)
        stack.remove(self)
    }

    func end(_ error: HostError) {
        close()
        delegate?.udpFailed(error, self)
    }

    private func open() throws(HostError) -> UnsafeMutablePointer<udp_pcb> {
        guard let pcb else { throw HostError(.notConnected, "UDP socket", "it is closed") }
        return pcb
    }

    public var localEndpoint: HostEndpoint? {
        pcb.map { HostEndpoint(IPAddress($0.pointee.local_ip), port: $0.pointee.local_port) }
    }
    public var remoteEndpoint: HostEndpoint? {
        pcb.flatMap { $0.pointee.remote_port == 0 ? nil : HostEndpoint(IPAddress($0.pointee.remote_ip), port: $0.pointee.remote_port) }
    }

    var summary: SocketDescription { SocketDescription(kind: "udp", local: localEndpoint, remote: remoteEndpoint, state: "") }

    private static let onReceive: udp_recv_fn = { argument, _, packet, address, port in
        guard let packet else { return }
        // Owned from here on.
        let data = ReceivedData(packet)
        guard let argument, let address else { return }
        let socket = Unmanaged<UDPSocket>.fromOpaque(argument).takeUnretainedValue()
        socket.delegate?.udpReceived(data, from: HostEndpoint(IPAddress(address.pointee), port: port), socket)
    }
}
